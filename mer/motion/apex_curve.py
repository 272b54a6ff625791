"""How much a face has changed since its onset, frame by frame: the curve whose top is the apex.

Three things move a face's pixels besides the expression: the head, the light, and a blink. The head's motion is taken
out of each frame as a similarity (shift, turn, size), fitted so that the moving parts of the face do not pull at it.
What is left of it (a head turns in depth) and the light drift slowly, so the share of the offset's change that a
steady drift would have reached by each frame is taken out too. The lids are left out.

One expression moves a face along one pattern, more or less of it in each frame. The pattern is the clip's mean motion;
the curve is how much of it a frame shows, places that jitter from frame to frame counting less (a matched filter). The
mean length of the motion, jitter and all, finds the apex of synthetic faces 1.7 frames off, this curve 1.2.

Source: flow of every frame against the onset, brightness matched and the head's motion removed, as coded for ME-PLAN.
Deviation: there the head's motion is the mean flow at the nose, nothing is done about drift, the lids stay in, and the
curve is the mean length of the flow.
"""

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.face.regions import REGION_NAMES
from mer.motion.flow import DISConfig, FlowConfig, optical_flow

#: Pixels a side at which frames are compared, whatever the size of the store.
WORKING_SIZE = 128

#: Cells a side of the grid on which the change is kept; the mean over a cell takes out noise.
GRID = 32

#: Flow at a third of the time of the usual configuration, for curves that are looked at. On the 180 rendered clips the
#: top of the curve is as near the apex.
QUICK = DISConfig(patch_stride=4, descent_iterations=12, refinement_iterations=0)

_EYE_BOXES = tuple(REGION_NAMES.index(name) for name in ("1L", "1R"))
_JITTER = 0.3  # added to the jitter of a place, as a share of the usual one: no place counts without bounds
_FITS = 3  # of the head's motion: the first counts all cells alike, the others those less that move on their own


def motion_curve(
    frames: np.ndarray, boxes: np.ndarray | None = None, estimator: str | FlowConfig = "dis", remove_drift: bool = True
) -> np.ndarray:
    """How far the face has moved along the clip's pattern of motion, in the boxes, without the head's motion.

    Args:
        frames: uint8, (n, H, W, C), aligned, onset first.
        boxes: float, (9, 4), boxes of action units as fractions of the image; None means the whole image.
        estimator: name in `mer.motion.flow.FLOW_METHODS`, or a configuration of one.
        remove_drift: subtract a steady drift from nothing at the onset to the whole flow of the last frame. The curve
            then ends at 0: it assumes that the expression is gone, or no longer changing, at the offset.

    Returns:
        float32, (n,), mean over the boxes, pixels of a face of 128 x 128; 0 at the onset, never below.
    """
    images = working_images(frames)
    cells = cells_in(boxes)
    field = np.zeros((len(images), 2 * int(cells.sum())), np.float32)
    for number in range(1, len(images)):
        flow = optical_flow(images[0], images[number], estimator)
        # An array of two channels in the last axis is what OpenCV shrinks in one call.
        small = cv2.resize(flow.transpose(1, 2, 0), (GRID, GRID), interpolation=cv2.INTER_AREA)
        field[number] = small[cells].T.ravel()  # all x, then all y
    field = _without_head_motion(field, cells)
    if remove_drift:
        field = _without_drift(field)
    return _along_pattern(field)


def difference_curve(frames: np.ndarray, boxes: np.ndarray | None = None, remove_drift: bool = True) -> np.ndarray:
    """Mean absolute difference from the onset, in the boxes, after matching the mean brightness.

    Arguments as for `motion_curve`.

    Returns:
        float32, (n,), grey levels (0 to 255); 0 at the onset.
    """
    cells = cells_in(boxes)
    small = [cv2.resize(image, (GRID, GRID), interpolation=cv2.INTER_AREA) for image in working_images(frames)]
    values = np.stack(small).astype(np.float32)[:, cells]
    # A lamp multiplies: the ratio of the means is taken out, not their difference.
    values *= values[0].mean() / np.maximum(values.mean(axis=1, keepdims=True), 1)
    field = values - values[0]
    if remove_drift:
        field = _without_drift(field)
    return np.abs(field).mean(axis=1, dtype=np.float64).astype(np.float32)


def cells_in(boxes: np.ndarray | None) -> np.ndarray:
    """Which cells of the grid lie in a box: bool, (GRID, GRID).

    Of the nine boxes of `mer.face.regions` those of brow and eye count with their upper half, the brow.

    Raises:
        InputError: the boxes have a wrong shape or enclose too little to tell the head's motion.
    """
    inside = np.ones((GRID, GRID), bool) if boxes is None else np.zeros((GRID, GRID), bool)
    if boxes is None:
        return inside
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise InputError(f"Boxes have shape {boxes.shape}; expected (boxes, 4): x0, y0, x1, y1 as fractions.")
    centre = np.arange(GRID) / (GRID - 1)

    def within(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        return np.outer((centre >= y0) & (centre <= y1), (centre >= x0) & (centre <= x1))

    for box in boxes:
        inside |= within(*box)
    if len(boxes) == len(REGION_NAMES):
        for eye in _EYE_BOXES:
            x0, y0, x1, y1 = boxes[eye]
            inside &= ~within(x0, (y0 + y1) / 2, x1, y1)
    if inside.sum() < 16:
        raise InputError(
            f"The boxes enclose {inside.sum()} of {GRID * GRID} cells of the image; at least 16 are needed."
        )
    return inside


def working_images(frames: np.ndarray) -> list[np.ndarray]:
    """Frames of a clip, uint8, (n, H, W, 1 or 3), as grey images of one size, whatever that of the store."""
    images = []
    for frame in frames:
        grey = np.ascontiguousarray(frame[..., 0] if frame.shape[2] == 1 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
        if grey.shape != (WORKING_SIZE, WORKING_SIZE):
            way = cv2.INTER_AREA if min(grey.shape) > WORKING_SIZE else cv2.INTER_LINEAR
            grey = cv2.resize(grey, (WORKING_SIZE, WORKING_SIZE), interpolation=way)
        images.append(grey)
    return images


def _without_head_motion(field: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The field, (n, 2 p), less the similarity that most of its p cells follow, frame by frame."""
    y, x = (2 * axis / (GRID - 1) - 1 for axis in np.nonzero(cells))
    one, zero = np.ones_like(x), np.zeros_like(x)
    pairs = ((one, zero), (zero, one), (x, y), (-y, x))  # right, down, larger, turned
    motions = np.stack([np.concatenate(pair) for pair in pairs], axis=1).astype(np.float32)  # 2p x 4
    products = (motions[:, :, None] * motions[:, None, :]).reshape(-1, 16)  # of every two motions, for least squares
    weights = np.ones_like(field)
    left = field
    for _ in range(1 + _FITS):
        normal = (weights @ products).reshape(-1, 4, 4)
        target = (weights * field) @ motions
        left = field - np.linalg.solve(normal, target[..., None])[..., 0] @ motions.T
        length = np.hypot(*np.split(left, 2, axis=1))
        usual = np.median(length, axis=1, keepdims=True) + 1e-3
        weights = np.tile(1 / (1 + (length / usual) ** 2), 2)
    return left


def _along_pattern(field: np.ndarray) -> np.ndarray:
    """How much of its mean over time a field, (n, 2 p), shows in each row, times the mean's own length."""
    pattern = field.mean(axis=0, dtype=np.float64)
    steps = np.diff(field, axis=0, prepend=field[:1]).astype(np.float64)
    jitter = np.hypot(*np.split(steps, 2, axis=1)).mean(axis=0) ** 2
    weighed = pattern / np.tile(jitter + _JITTER * np.median(jitter) + 1e-12, 2)
    if not (norm := float(weighed @ pattern)):
        return np.zeros(len(field), np.float32)
    length = np.hypot(*np.split(pattern, 2)).mean()
    return (np.maximum(field @ weighed / norm, 0) * length).astype(np.float32)


def _without_drift(field: np.ndarray) -> np.ndarray:
    """The field, (n, values), less a straight line in time from zero to its last row.

    One row is noisy. The mean of the last tenth in its place finds the apexes of 180 rendered clips a tenth better, but
    those of 75 clips of other people no better, and those of clips that end early a tenth worse.
    """
    share = np.arange(len(field)) / max(1, len(field) - 1)
    return field - share[:, None].astype(np.float32) * field[-1]
