"""A pipeline of seconds, of real parts: faces rendered, aligned, a DGM pretrained, folds trained, a figure drawn."""

import os

from mer.core.configs import with_changes
from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig
from mer.face.store import AlignedStore
from mer.motion.prepare import DataConfig, prepared_store
from mer.training.fold_config import FoldConfig
from tests.training.conftest import fold_config, pretrain_config

FACES = SyntheticConfig(
    seed=7, looks=("synthetic-casme2",), subjects=3, clips_per_subject=2, tempo=0.1, margin=0, size=96
)
SIZE = 48  # of the aligned faces
#: Workers; how many there are changes no result.
JOBS = int(os.environ.get("TINY_JOBS", "2"))
FOLD: FoldConfig = with_changes(fold_config(2, 1), {"minimum_gap": 1})
PRETRAIN = with_changes(pretrain_config(2, 3), {"minimum_gap": 1})

#: Cells of two notebooks.
PRETRAINING = (
    "from mer.training.pretrain_groups import pretrain_groups\nfrom tests.endurance import tiny",
    "pretrain_groups(tiny.store(), run.folder, tiny.FOLD.model.dgm, tiny.PRETRAIN, 0, 'cpu', 1)\nrun.finish({})",
)
TRAINING = (
    "from pathlib import Path\nfrom mer.evaluation.predictions import predictions_table, write_predictions\n"
    "from mer.figures.save import show\nfrom mer.figures.training_curves import training_figure\n"
    "from mer.training.loso import run_loso, save_clip_arrays\nfrom tests.endurance import tiny",
    "store = tiny.store()\nresult = run_loso(store, run.folder, tiny.FOLD, Path(source), 0, 'cpu', tiny.JOBS)",
    "told = result.arrays['probabilities']\nclasses = tiny.FOLD.labels.classes\n"
    "table = predictions_table(result.clips, classes, told, result.fold, 'last', run.folder.name, 0)\n"
    "write_predictions(table, run.folder / 'predictions.csv')\n"
    "save_clip_arrays(store, result, run.arrays / 'clips.npz')",
    "figure = training_figure(result.history, synthetic=True, columns=['classification'])\n"
    "show(figure, 'training', run, title='Training', caption='Loss.', alt='Loss.', data=result.history)\n"
    "run.finish({})",
)


def store() -> AlignedStore:
    """The aligned clips; rendered and aligned where that is not done."""
    database = build_synthetic(FACES, n_jobs=JOBS)
    return prepared_store(DataConfig(str(database.root), size=SIZE))
