"""The temporal interpolation model (TIM): a clip of any length shown with a wanted number of frames.

Zhou, Zhao, Pietikainen, "Towards a practical lipreading system", CVPR 2011. TIM embeds the frames of a clip as a path
graph, writes the eigenvectors of its Laplacian as sines in time, and reads frames off the curve at any instant. Those
eigenvectors are the basis of the discrete cosine transform (DCT-II), and the linear map between frames and embedding
cancels whenever it exists. What remains is a fixed matrix that does not depend on the frames:

    x(tau) = sum_i h_i(tau) x_i,   h_i(tau) = 1/n + 2/n sum_{k=1}^{n-1} c_k(i) c_k(tau),
    c_k(t) = cos(pi k (t - 1/2) / n),

for instants tau from 1 to n. No singular value decomposition is needed, and repeated frames, which make the original
form break down, are no special case.

TIM reads single instants: fewer frames than given are picked, not averaged, so a short apex can fall between two.
"""

from functools import lru_cache

import numpy as np

from mer.core.errors import InputError

#: Numbers of a clip that are interpolated at a time: those of a clip of 256 frames of 128 x 128 pixels.
_AT_ONCE = 1 << 22


@lru_cache(maxsize=512)
def tim_matrix(frames: int, wanted: int) -> np.ndarray:
    """Weights of the given frames (columns) in each wanted frame (rows).

    The wanted frames are spread evenly from the first to the last given one. Rows that fall on a given frame hold
    that frame alone, exactly; a single wanted frame is the first, a single given frame is repeated.

    Returns:
        float64, shape (wanted, frames), read-only; every row sums to 1; entries may be negative.

    Raises:
        InputError: ``frames`` or ``wanted`` is less than 1.
    """
    if frames < 1 or wanted < 1:
        raise InputError(f"Interpolation in time needs at least one frame in and out; found {frames} and {wanted}.")
    instants = 1 + (frames - 1) * np.arange(wanted) / max(wanted - 1, 1)  # tau
    number = np.arange(1, frames + 1)
    apart = _sum_of_cosines(instants[:, None] - number, frames)  # of 2 cos a cos b = cos(a - b) + cos(a + b)
    matrix = (1 + apart + _sum_of_cosines(instants[:, None] + number - 1, frames)) / frames
    given = np.rint(instants)
    exact = np.flatnonzero(np.abs(instants - given) < 1e-9)
    matrix[exact] = 0  # free of rounding: the onset stays the onset
    matrix[exact, given[exact].astype(np.int64) - 1] = 1
    matrix.setflags(write=False)
    return matrix


def _sum_of_cosines(m: np.ndarray, n: int) -> np.ndarray:
    """Sum of cos(pi k m / n) over k from 1 to n - 1, for m from -n to 2 n, without going through k.

    The sum is sin((n - 1/2) a) / (2 sin(a / 2)) - 1/2 with a = pi m / n. Time and memory grow with the frames, not with
    their square. Small arguments keep it exact: cosines are even, and the same at m and 2 n - m.
    """
    m = np.abs(m)
    m = np.where(m > n, 2 * n - m, m)
    turn = np.pi * (m - 2 * np.rint(m / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        total = 0.5 * np.sin(turn) / np.tan(np.pi * m / (2 * n)) - 0.5 * np.cos(turn) - 0.5
    return np.where(m == 0, n - 1, total)


def interpolate(frames: np.ndarray, wanted: int) -> np.ndarray:
    """A clip with ``wanted`` frames, evenly spread from its first to its last.

    Args:
        frames: uint8, or float in [0, 1]; shape (n, ...), in order of time; may be memory-mapped.
        wanted: number of frames, at least 1; may be more than n.

    Returns:
        Same type, shape (wanted, ...). The curve overshoots at sudden changes (a step of 1 in ten frames gives -0.14
        and 1.14), so the result is clipped to the range of pixels. Computed in float32.

    Raises:
        InputError: no frame, another type, or float values outside [0, 1].
    """
    if frames.ndim < 1 or not (frames.dtype == np.uint8 or np.issubdtype(frames.dtype, np.floating)):
        raise InputError(f"Frames are uint8 or float, one after the other; found {frames.dtype}, shape {frames.shape}.")
    matrix = tim_matrix(len(frames), wanted).astype(np.float32)
    whole, flat = frames.dtype == np.uint8, frames.reshape(len(frames), -1)
    made = np.empty((wanted, flat.shape[1]), frames.dtype)
    some = max(1, _AT_ONCE // len(frames))
    for first in range(0, flat.shape[1], some):  # of a long clip not all pixels at once
        pixels = flat[:, first : first + some].astype(np.float32)
        if not whole and not (pixels.min() >= 0 and pixels.max() <= 1):  # NaN fails too
            raise InputError(
                f"Float frames lie in [0, 1]; found {pixels.min():.4g} to {pixels.max():.4g}. Scale them first."
            )
        mixed = matrix @ pixels
        if whole:
            np.rint(mixed, out=mixed)
        made[:, first : first + some] = np.clip(mixed, 0, 255 if whole else 1, out=mixed)
    return made.reshape(wanted, *frames.shape[1:])
