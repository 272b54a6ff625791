"""Dynamic images: a clip summed into one image with weights that rank its frames in time.

Bilen et al., "Dynamic image networks for action recognition", CVPR 2016 (approximate rank pooling), and the shorter
weights of its journal version, TPAMI 2018.
"""

import numpy as np

from mer.core.errors import InputError, nearest

#: How frames are weighted: ``averaged`` ranks the running means of the frames (2016), ``linear`` the frames (2018).
WEIGHTINGS = ("averaged", "linear")


def rank_pooling_weights(frames: int, weighting: str = "averaged") -> np.ndarray:
    """Weight of each frame of a clip.

    ``averaged``: b_i = 2 (T - i + 1) - (T + 1) (H_T - H_{i-1}), H_t the t-th harmonic number;
    ``linear``: b_i = 2 i - T - 1.

    Args:
        frames: number of frames T, at least 1.
        weighting: one of `WEIGHTINGS`.

    Returns:
        float64, shape (T,); sums to 0 for T of at least 2. A single frame has weight 1, as in the authors' code.
    """
    if frames < 1:
        raise InputError(f"A dynamic image needs at least one frame; found {frames}.")
    if weighting not in WEIGHTINGS:
        raise InputError(f"There is no weighting {weighting!r}. {nearest(weighting, WEIGHTINGS)}")
    if frames == 1:
        return np.ones(1)
    i = np.arange(1, frames + 1, dtype=np.float64)
    if weighting == "linear":
        return 2 * i - frames - 1
    harmonic = np.concatenate([[0.0], np.cumsum(1 / i)])  # H_0 .. H_T
    return 2 * (frames - i + 1) - (frames + 1) * (harmonic[-1] - harmonic[:-1])


def dynamic_image(frames: np.ndarray, weighting: str = "averaged") -> np.ndarray:
    """The weighted sum of the frames of a clip.

    Args:
        frames: uint8 or float, shape (T, ...), in order of time.
        weighting: see `rank_pooling_weights`.

    Returns:
        float32, shape (...), in the unit of the frames, not yet scaled; about 0 where nothing changes.
    """
    weights = rank_pooling_weights(len(frames), weighting)
    total = np.zeros(frames.shape[1:], np.float64)
    for weight, frame in zip(weights, frames, strict=True):  # frame by frame: a clip may be memory-mapped
        total += weight * frame
    return total.astype(np.float32)


def scale_to_range(image: np.ndarray, low: float = -1.0, high: float = 1.0) -> np.ndarray:
    """An image stretched so that its least value becomes ``low`` and its greatest ``high``.

    Args:
        image: float, shape (H, W) or (H, W, C); each channel is stretched on its own.

    Returns:
        float32. A constant channel becomes the middle of the range.

    Unstated: which scaling the paper's ablation on dynamic images uses; the authors of dynamic images stretch to the
    full range for display.
    """
    image = image.astype(np.float64)
    least, most = image.min(axis=(0, 1), keepdims=True), image.max(axis=(0, 1), keepdims=True)
    span = most - least
    flat = span <= 1e-6 * np.maximum(1.0, np.abs(most))
    position = np.where(flat, 0.5, (image - least) / np.where(flat, 1, span))
    return (low + (high - low) * position).astype(np.float32)
