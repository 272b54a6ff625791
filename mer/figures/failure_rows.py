"""Wrongly predicted clips with all that the figure of failures shows of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mer.evaluation.attributions import Attribution
from mer.evaluation.predictions import SCORE, score_classes
from mer.figures.displacement import DisplacementRow
from mer.figures.fusion_rows import FusionRow


@dataclass(frozen=True)
class FailureRow:
    """One wrongly predicted clip.

    Attributes:
        clip: name, frames and displacement fields; the first two fields are drawn.
        weights: its fusion weights.
        label: true class.
        predicted: predicted class.
        scores: probability of every class.
        for_predicted: (H, W), attributions of the predicted class, all inputs together.
        for_true: same, of the true class.
        note: what else is known, printed beside the scores; may have several lines.
    """

    clip: DisplacementRow
    weights: FusionRow
    label: str
    predicted: str
    scores: dict[str, float]
    for_predicted: np.ndarray
    for_true: np.ndarray
    note: str = ""


def failure_rows(
    clips: Sequence[DisplacementRow],
    weights: Sequence[FusionRow],
    predictions: pd.DataFrame,
    for_predicted: Attribution,
    for_true: Attribution,
    notes: Sequence[str],
) -> list[FailureRow]:
    """Rows of the figure; every argument holds the same clips in the same order.

    Args:
        clips: frames and displacements (`mer.figures.from_store.displacement_rows`).
        weights: fusion weights (`mer.figures.fusion_weights.clip_row`).
        predictions: their rows of the predictions table.
        for_predicted: attributions of the predicted classes (`mer.evaluation.explain.attribute_run`).
        for_true: same, of the true classes.
        notes: one a clip (`failure_note`).
    """
    classes = score_classes(predictions)
    maps = [part.onset + part.apex + part.displacement.sum(axis=1) for part in (for_predicted, for_true)]
    rows = zip(clips, weights, predictions.to_dict("records"), *maps, notes, strict=True)
    return [
        FailureRow(
            clip,
            heat,
            row["label"],
            row["predicted"],
            {name: row[SCORE + name] for name in classes},
            predicted,
            true,
            note,
        )
        for clip, heat, row, predicted, true, note in rows
    ]


def failure_note(row: pd.Series) -> str:
    """What a row of `mer.evaluation.failures.errors_table` knows of a clip besides its classes, in short lines."""
    lines = [f"generated motion: {row['motion_px']:.2f} px"]
    if pd.notna(row.get("peak_px")):
        lines.append(f"expression: {row['peak_px']:.2f} px")
    if pd.notna(row.get("head_drift_px")):
        lines.append(f"head moved: {row['head_drift_px']:.1f} px")
    if pd.notna(row.get("blink")):
        lines.append(f"blink: lids {row['blink']:.0%} closed" if row["blink"] else "no blink")
    return "\n".join(lines)


def without_head(clip: DisplacementRow) -> DisplacementRow:
    """The clip with displacements from which the similarity that fits their known part best is subtracted."""
    fields = {}
    for name, values in clip.fields.items():
        if values is not None and (known := np.isfinite(values).all(axis=0)).any():
            y, x = (np.linspace(-1, 1, n)[index] for n, index in zip(known.shape, np.nonzero(known), strict=True))
            one, none = np.ones_like(x), np.zeros_like(x)
            columns = np.stack([np.r_[one, none], np.r_[none, one], np.r_[x, y], np.r_[-y, x]], axis=1)
            found = np.asarray(values, float)[:, known]
            fit, *_ = np.linalg.lstsq(columns, found.ravel(), rcond=None)
            rest = np.full(values.shape, np.nan, np.float32)
            rest[:, known] = found - (columns @ fit).reshape(2, -1)
            values = rest
        fields[name] = values
    return replace(clip, fields=fields)
