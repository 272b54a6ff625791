"""What a model gets wrong: its most confident errors, all of them as a table, and where they gather."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, bootstrap_intervals, person_matrices
from mer.evaluation.metrics import accuracy
from mer.evaluation.predictions import SCORE, score_classes
from mer.evaluation.report import label_indices
from mer.manifest.clips import KEY, person
from mer.models.head_motion import without_head_motion
from mer.motion.units import grid_to_pixels

#: Clips whose lids close by more than this share count as blinks.
_BLINK = 0.1
_THIRDS = ("small", "middle", "large")


def confident_errors(predictions: pd.DataFrame, most: int) -> list[int]:
    """The wrong predictions, those with the highest score of a wrong class first.

    Args:
        predictions: checked predictions table of one run, index 0..n-1.
        most: how many at most; fewer when fewer are wrong, none when none is.

    Returns:
        Rows of the table. Equal scores: the lower score of the true class first, then the order of the table.
    """
    if most < 0:
        raise InputError(f"most is {most}; expected 0 or more clips.")
    wrong, true = _scores(predictions)
    rows = np.flatnonzero((predictions["label"] != predictions["predicted"]).to_numpy())
    return [int(row) for row in sorted(rows, key=lambda row: (-wrong[row], true[row], row))[:most]]


def motion_size(displacement: np.ndarray) -> np.ndarray:
    """How far the skin moves: the 99th percentile of the displacement's length, head motion taken out, in pixels.

    Args:
        displacement: (n, 2, H, W), normalised grid units, as a run's arrays hold it.

    Returns:
        float64, (n,). Taken from a generated displacement it is what the model saw, not the truth.
    """
    if not len(displacement):
        return np.zeros(0)
    sizes = []
    for part in np.array_split(displacement, -(-len(displacement) // 64)):
        field = without_head_motion(torch.from_numpy(np.asarray(part, np.float32)))
        lengths = torch.linalg.vector_norm(grid_to_pixels(field), dim=1).flatten(1)
        sizes.append(lengths.quantile(0.99, dim=1).numpy())
    return np.concatenate(sizes).astype(np.float64)


def errors_table(predictions: pd.DataFrame, motion_px: np.ndarray, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """All wrong predictions, the most confident first.

    Args:
        predictions: checked predictions table of one run.
        motion_px: (n,), of every row (`motion_size`).
        known: what else is recorded of every row, n rows, such as `mer.datasets.synthetic.records.clip_records`;
            columns without any value are left out.

    Returns:
        Columns ``database, subject, clip, label, predicted, score_predicted, score_true, motion_px`` and those of
        ``known``. No rows when nothing is wrong.
    """
    _, true = _scores(predictions)
    _, predicted, classes = label_indices(predictions)
    scores = predictions[[SCORE + name for name in classes]].to_numpy(float)[np.arange(len(predicted)), predicted]
    table = predictions[[*KEY, "label", "predicted"]].assign(
        score_predicted=scores, score_true=true, motion_px=np.asarray(motion_px, float)
    )
    if known is not None:
        table = pd.concat([table, known.reset_index(drop=True).dropna(axis=1, how="all")], axis=1)
    return table.iloc[confident_errors(predictions, len(predictions))].reset_index(drop=True)


def error_shares(
    predictions: pd.DataFrame,
    motion_px: np.ndarray,
    known: Mapping[str, Any] | None = None,
    config: BootstrapConfig | None = None,
) -> pd.DataFrame:
    """Share of wrong predictions among the clips of a kind: by class, database, size of the motion, blink.

    Args:
        predictions: checked predictions table of one run.
        motion_px: (n,), of every row; the groups are thirds of all clips, those of equal motion in one.
        known: what else is recorded of every row; ``blink``, how far the lids close, is used when there.
        config: of the intervals, which resample persons.

    Returns:
        Columns ``by, group, n, persons, errors, share, low, high``; first the row ``all``. Bounds are NaN where one
        person only has such clips, and where none or all of them are wrong, of which resampling knows nothing.
    """
    motion_px = np.asarray(motion_px, float)
    if len(motion_px) != len(predictions):
        raise InputError(f"{len(motion_px)} sizes of motion for {len(predictions)} predictions; expected one each.")
    groups: list[tuple[str, str, np.ndarray]] = [("all", "all clips", np.ones(len(predictions), bool))]
    groups += [("class", name, (predictions["label"] == name).to_numpy()) for name in score_classes(predictions)]
    databases = predictions["database"].unique()
    if len(databases) > 1:
        groups += [("database", name, (predictions["database"] == name).to_numpy()) for name in databases]
    groups += _by_motion(motion_px)
    if known is not None and "blink" in known:
        lids = pd.to_numeric(pd.Series(known["blink"])).to_numpy(float)
        groups += [("blink", "no blink", lids <= _BLINK), ("blink", "blink", lids > _BLINK)]
    rows = [_share(by, group, predictions[mask], config) for by, group, mask in groups if mask.any()]
    return pd.DataFrame(rows, columns=["by", "group", "n", "persons", "errors", "share", "low", "high"])


def _scores(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Highest score of a wrong class, and score of the true class, of every row: float64 (n,) each."""
    label, _, classes = label_indices(predictions)
    scores = predictions[[SCORE + name for name in classes]].to_numpy(float)
    rows = np.arange(len(scores))
    wrong = scores.copy()
    wrong[rows, label] = -np.inf
    return wrong.max(axis=1, initial=-np.inf), scores[rows, label]


def _by_motion(motion_px: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    finite = motion_px[np.isfinite(motion_px)]
    if not finite.size or finite.min() == finite.max():
        return []
    low, high = np.quantile(finite, [1 / 3, 2 / 3])
    with np.errstate(invalid="ignore"):
        masks = (motion_px <= low, (motion_px > low) & (motion_px <= high), motion_px > high)
    words = (f"to {low:.2f} px", f"to {high:.2f} px", f"above {high:.2f} px")
    return [("motion", f"{name}, {span}", mask) for name, span, mask in zip(_THIRDS, words, masks, strict=True)]


def _share(by: str, group: str, rows: pd.DataFrame, config: BootstrapConfig | None) -> dict[str, Any]:
    label, predicted, classes = label_indices(rows)
    names, matrices = person_matrices(label, predicted, person(rows).to_numpy(), len(classes))
    right_low, right_high = bootstrap_intervals(matrices, {"accuracy": accuracy}, config)["accuracy"]
    errors = int((label != predicted).sum())
    if errors in (0, len(rows)):
        right_low = right_high = np.nan
    row = {"by": by, "group": group, "n": len(rows), "persons": len(names), "errors": errors}
    return row | {"share": errors / len(rows), "low": 1 - right_high, "high": 1 - right_low}
