"""A finished run applied to its own clips when they are seen otherwise: other key frames, harder conditions.

The models are not trained again; every clip is predicted by the one that held its person out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer.evaluation.predictions import predictions_table, read_predictions, score_classes
from mer.face.aligned_store import AlignedStore
from mer.training.apply_run import apply_run
from mer.training.fold_model import check_pair_model, fold_model
from mer.training.run_folder import fold_weights


@dataclass(frozen=True, eq=False)
class Applied:
    """One store, predicted.

    Attributes:
        predictions: predictions table of m clips, whose ``run`` is the name of the store.
        rows: int64 (m,), their rows in the store.
        displacement: float16 (m, 2, H, W), generated, normalised grid units; None where the model generates none.
    """

    predictions: pd.DataFrame
    rows: np.ndarray
    displacement: np.ndarray | None


def apply_to_stores(
    train_run: Path | str, stores: Mapping[str, AlignedStore], device: str = "auto"
) -> dict[str, Applied]:
    """Every clip of every store, predicted by the model that held its person out.

    Args:
        train_run: folder of a finished run of ``04_train_loso`` on the same clips as they are.
        stores: name to clips.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        MissingPath: no such run, or a person whom it did not hold out.
        InputError: its models see more of a clip than onset and apex; other labels or another size than the run's.
    """
    check_pair_model(
        fold_model(fold_weights(train_run)[0])[0].config,
        train_run,
        "a key frame that is moved, or a clip of which only the key frames are rendered, can be judged by a model of "
        "the onset-apex pair alone. Give a run of such a model (variant M9).",
        motion=("dgm", "flow"),
    )
    trained = read_predictions(Path(train_run) / "predictions.csv")
    classes = score_classes(trained)
    rule, seed = str(trained["epoch_rule"].iloc[0]), int(trained["seed"].iloc[0])
    found = {}
    for name, store in stores.items():
        result = apply_run(train_run, store, device)
        scores = result.arrays["probabilities"]
        table = predictions_table(result.clips, classes, scores, result.fold, rule, name, seed)
        field = result.arrays.get("displacement")
        whole = field is not None and field.shape[-2:] == store.frames.shape[1:3]
        found[name] = Applied(table, np.asarray(result.rows), field if whole else None)
    return found
