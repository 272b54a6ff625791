"""The head's own motion between two frames: a shift, a turn and a change of size that most of the face follows.

What is left after it is the face's. A head that turns in depth also changes shape in the picture; of that nothing is
taken off.
"""

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.motion.apex_curve import GRID, cells_in

_FEWEST = 16  # places at which the motion must be known


def head_transform(field: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The similarity that takes the later frame's head to where it was at the onset.

    Least median of squares over the means of cells in the nine boxes: parts of the face that move on their own do not
    pull at it while they are less than half of it.

    Args:
        field: float (2, H, W), pixels, forward on the later frame's grid (`mer.widgets.explorer.motion`); NaN where
            unknown.
        boxes: float (9, 4), fractions of the image.

    Returns:
        float64 (2, 3): (x, y, 1) of the later frame to x, y of the onset frame.

    Raises:
        InputError: the motion is known at too few places.
    """
    height, width = field.shape[1:]
    small = cv2.resize(field.transpose(1, 2, 0), (GRID, GRID), interpolation=cv2.INTER_AREA)
    rows, columns = np.nonzero(cells_in(boxes) & np.isfinite(small).all(axis=2))
    if len(rows) < _FEWEST:
        raise InputError(
            f"The motion is known in {len(rows)} places of the face, which is too few to tell the head's from it; "
            "show it with that of the head."
        )
    places = np.stack([(columns + 0.5) * width / GRID - 0.5, (rows + 0.5) * height / GRID - 0.5], axis=1)
    fitted, _ = cv2.estimateAffinePartial2D(places, places - small[rows, columns], method=cv2.LMEDS)
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) if fitted is None else fitted


def without_head(field: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """A field less the head's motion; arguments and errors of `head_transform`."""
    height, width = field.shape[1:]
    transform = head_transform(field, boxes)
    y, x = np.mgrid[:height, :width]
    onset = np.einsum("ij,jhw->ihw", transform, np.stack([x, y, np.ones_like(x)]).astype(np.float64))
    return (field - (np.stack([x, y]) - onset)).astype(np.float32)


def held_still(frame: np.ndarray, field: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """A later frame, uint8 (H, W, C), with its head where it was at the onset."""
    height, width = frame.shape[:2]
    moved = cv2.warpAffine(
        frame,
        head_transform(field, boxes),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return moved.reshape(frame.shape)
