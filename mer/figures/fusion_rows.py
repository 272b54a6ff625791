"""Fusion weights of a clip, or their mean over some, taken from a run's arrays for the figures that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.rows import Rows
from mer.figures.images import as_grey
from mer.figures.regions import NINE


@dataclass(frozen=True)
class FusionRow:
    """Fusion weights of one clip, or their mean over some clips. All weights are means over the heads.

    Attributes:
        name: printed at the left.
        image: face, uint8 or float in [0, 1]; for a mean, the mean onset.
        boxes: (9, 4), fractions of the image.
        weights_local: (9, N), sums to 1 over the N patches of a box, row by row.
        weights_global: (9,), sums to 1 over the boxes.
        weights_full: (Nf,), sums to 1 over the patches of the face, row by row; None for a model without the full-face
            module.
        weights_time: (S,), sums to 1 over the frames after the onset; None but for a sequence model.
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray
    weights_local: np.ndarray
    weights_global: np.ndarray
    weights_full: np.ndarray | None = None
    weights_time: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the shapes."""
        for what, weights in (("weights_local", self.weights_local), ("weights_full", self.weights_full)):
            if weights is not None and round((count := weights.shape[-1]) ** 0.5) ** 2 != count:
                raise InputError(f"{self.name}: {what} holds {count} patches, not the square of a whole number.")
        if len(self.weights_local) != len(self.boxes) or len(self.weights_global) != len(self.boxes):
            raise InputError(
                f"{self.name}: {len(self.boxes)} boxes, but local weights of {len(self.weights_local)} and global "
                f"weights of {len(self.weights_global)}. Expected one each a box."
            )


def clip_row(name: str, arrays: Mapping[str, Rows], index: int) -> FusionRow:
    """The weights of one clip of a run's ``arrays/clips.npz``, mean over the heads."""
    return mean_row(name, arrays, np.array([index]))


def mean_row(name: str, arrays: Mapping[str, Rows], chosen: np.ndarray) -> FusionRow:
    """Mean weights, mean boxes and mean onset of some clips of a run's arrays.

    Args:
        name: of the row.
        arrays: ``onset`` uint8 (n, H, W), ``boxes`` (n, 9, 4), ``weights_local`` (n, 9, heads, N), ``weights_global``
            (n, heads, 9), and, where the model has them, ``weights_full`` (n, heads, Nf) and ``weights_time``
            (n, heads, S).
        chosen: indices or booleans of the clips.

    Raises:
        InputError: no clip is chosen, or an array is missing.
    """
    needed = ("onset", "boxes", "weights_local", "weights_global")
    missing = [key for key in needed if key not in arrays]
    if missing:
        raise InputError(f"The run's arrays lack {', '.join(missing)}. Run the training again with this version.")
    chosen = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
    if chosen.size == 0:
        raise InputError(f"{name}: no clip to average. Widen the selection.")
    optional = {
        key: np.asarray(arrays[key][chosen]).astype(float).mean(axis=(0, 1))
        for key in ("weights_full", "weights_time")
        if key in arrays
    }
    return FusionRow(
        name,
        np.mean([as_grey(image) for image in np.asarray(arrays["onset"][chosen])], axis=0),
        np.asarray(arrays["boxes"][chosen]).mean(axis=0),
        np.asarray(arrays["weights_local"][chosen]).astype(float).mean(axis=(0, 2)),
        np.asarray(arrays["weights_global"][chosen]).astype(float).mean(axis=(0, 1)),
        **optional,
    )


def class_rows(arrays: Mapping[str, Rows], labels: Sequence[str], classes: Sequence[str]) -> list[FusionRow]:
    """One mean a class that has clips, by true label."""
    given = np.asarray(labels, dtype=object)
    return [
        mean_row(f"{name} (n = {int((given == name).sum())})", arrays, given == name)
        for name in classes
        if (given == name).any()
    ]


def weights_table(rows: Sequence[FusionRow], names: Sequence[str] = NINE) -> pd.DataFrame:
    """The plotted numbers, each a multiple of the uniform weight: ``row, layer, box, patch, weight, times_uniform``."""
    records = []
    for row in rows:
        for box, weights in zip(names, row.weights_local, strict=True):
            records += [
                (row.name, "local", box, patch, float(value), len(weights)) for patch, value in enumerate(weights)
            ]
        count = len(row.weights_global)
        records += [
            (row.name, "global", box, -1, float(v), count) for box, v in zip(names, row.weights_global, strict=True)
        ]
        for layer, box, weights in (("full", "face", row.weights_full), ("time", "frame", row.weights_time)):
            if weights is not None:
                count = len(weights)
                records += [(row.name, layer, box, place, float(v), count) for place, v in enumerate(weights)]
    table = pd.DataFrame(records, columns=["row", "layer", "box", "patch", "weight", "times_uniform"])
    table["times_uniform"] = table["times_uniform"] * table["weight"]
    return table
