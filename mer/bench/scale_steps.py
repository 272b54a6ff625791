"""The steps of a study whose cost against the number of clips is measured, each as a call to be made in a new process.

Every function prepares (imports, opening) and returns the call that is measured. It is the code that studies run;
stand-ins are the landmarks (`mer.bench.scale_data.KnownPoints`) and, in `bookkeeping`, the training of a fold.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mer.bench.scale_data import SIZE, KnownPoints
from mer.manifest.clips import person
from mer.manifest.labels import COMPOSITE

Step = Callable[[], Any]
#: What a fold keeps of a clip beside its displacement: numbers of the embedding.
_EMBEDDING = 96


def open_database(database: str) -> Step:
    """Open a folder of clips: its table is checked, its frames are listed."""
    from mer.datasets.folder import open_folder

    return lambda: len(open_folder(Path(database)).clips)


def align(database: str) -> Step:
    """Align all clips into a store; the store's path."""
    from mer.datasets.folder import open_folder
    from mer.face.store import StoreConfig, build_store

    opened = open_folder(Path(database))
    return lambda: str(build_store(opened, StoreConfig(size=SIZE), KnownPoints(), workers=1).path)


def open_the_store(store: str) -> Step:
    """Open an aligned store, as every worker does."""
    from mer.face.aligned_store import open_store

    return lambda: len(open_store(store))


def sequences(store: str, wanted: int = 10) -> Step:
    """The sequences of all clips, interpolated and kept on disk."""
    from dataclasses import replace

    from mer.face.aligned_store import open_store
    from mer.models.configs import model_config
    from mer.training.inputs import prepare_inputs

    opened = open_store(store)
    model = replace(model_config("small"), sequence=wanted)
    return lambda: str(prepare_inputs(opened, np.arange(len(opened)), model, (0,)).folder)


def displacements(store: str, folder: str) -> Step:
    """The displacement of all clips, generated once for all folds by a DGM (of random weights) and kept on disk."""
    from mer.core.paths import cache_dir
    from mer.face.aligned_store import open_store
    from mer.models.configs import model_config
    from mer.models.frl_dgt import FRLDGT
    from mer.training.checkpoints import save_weights
    from mer.training.inputs import prepare_inputs
    from mer.training.stacks import prepare_stacks

    opened, model, target = open_store(store), model_config("small"), Path(folder)
    dgm = FRLDGT(model).dgm
    assert dgm is not None
    save_weights(target / "dgm.safetensors", dgm.state_dict(), {})
    prepared = prepare_inputs(opened, np.arange(len(opened)), model, (0,))

    def generate() -> int:
        shutil.rmtree(cache_dir() / "inputs", ignore_errors=True)
        files = prepare_stacks(opened, prepared, model, {target / "dgm.safetensors"}, "cpu", 1)
        return sum(file.stat().st_size for file in files.values())

    return generate


def pairs(store: str, batches: int = 300, batch: int = 32) -> Step:
    """Batches of random pairs as pretraining draws them."""
    import torch

    from mer.face.aligned_store import open_store
    from mer.training.pairs import RandomPairs

    opened, device = open_store(store), torch.device("cpu")

    def draw() -> float:
        drawn = RandomPairs(opened, np.arange(len(opened)), 1)
        rng = np.random.default_rng(0)
        return sum(float(drawn.draw(batch, rng, device)[0][0, 0, 0, 0]) for _ in range(batches))

    return draw


def fold_inputs(store: str) -> Step:
    """The onset and apex frames of all clips but one person's, as a fold holds them while it trains; bytes held."""
    import torch

    from mer.face.aligned_store import open_store
    from mer.models.configs import model_config
    from mer.training.fold import folds_of, labelled_clips
    from mer.training.fold_config import FoldConfig
    from mer.training.inputs import load_inputs, prepare_inputs

    opened = open_store(store)
    first = person(opened.clips).iloc[0]

    def load() -> int:
        prepared = prepare_inputs(opened, labelled_clips(opened, COMPOSITE), model_config("small"), (0,))
        fold = folds_of(opened, prepared.rows, FoldConfig())[first]
        training = np.isin(np.arange(len(prepared.rows)), fold.train)
        found = load_inputs(opened, prepared, training, (0,), torch.device("cpu"))
        return sum(one.nbytes for one in (found.onset, found.others, found.boxes))

    return load


def bookkeeping(store: str, folder: str) -> Step:
    """Leave-one-subject-out without the training: folds written, found again, put together, scored with intervals."""
    import pandas as pd
    import torch

    from mer.evaluation.predictions import predictions_table, read_predictions, write_predictions
    from mer.evaluation.report import evaluate
    from mer.face.aligned_store import open_store
    from mer.training.fold import folds_of, labelled_clips
    from mer.training.fold_config import FoldConfig
    from mer.training.folds import FoldResult, collect_folds, run_folds

    opened, target = open_store(store), Path(folder)
    rows = labelled_clips(opened, COMPOSITE)
    by_name = folds_of(opened, rows, FoldConfig())
    history = pd.DataFrame({"step": range(10), "phase": "joint", "classification": 1.0})

    def train(folds: Sequence[str]) -> Iterator[FoldResult]:
        for fold in folds:
            clips = rows[by_name[fold].test]
            shares = np.full((len(clips), len(COMPOSITE.classes)), 1 / len(COMPOSITE.classes), np.float32)
            arrays: dict[str, np.ndarray] = {
                "probabilities": shares,
                "embedding": np.zeros((len(clips), _EMBEDDING), np.float32),
                "displacement": np.zeros((len(clips), 2, SIZE, SIZE), np.float16),
            }
            yield FoldResult({"weight": torch.zeros(8)}, {"held_out": [fold]}, history, clips, arrays)

    def keep() -> int:
        shutil.rmtree(target, ignore_errors=True)
        keys = dict.fromkeys(by_name.names, "key")
        for _ in range(2):  # the second finds all of them done
            run_folds(target, keys, train, 1)
        found = collect_folds(target, keys, opened.clips, rows, by_name.names_of_rows)
        table = predictions_table(
            found.clips, COMPOSITE.classes, found.arrays["probabilities"], found.fold, "last", "scale", 0
        )
        write_predictions(table, target / "predictions.csv")
        return int(evaluate(read_predictions(target / "predictions.csv"))["n"].iloc[0])

    return keep
