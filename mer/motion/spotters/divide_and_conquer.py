"""Divide and conquer on regions: of two halves of a clip the one with more peaks of change is kept, until one is left.

Change is how little the local binary patterns of a frame are like those of the onset, around both eyes and the mouth.
Source: Liong, See, Wong, Le Ngo, Oh, Phan, "Automatic apex frame spotting in micro-expression database", ACPR 2015.
Unstated: into how many blocks a region is cut, and what to do where no frame is a peak; here 4 x 4 blocks, and the
frame of the greatest change.
"""

import numpy as np

from mer.face.regions import REGION_NAMES
from mer.motion.spotters.local_patterns import CODES, local_patterns

#: The regions: left eye with its brow, right eye with its brow, mouth.
REGIONS = tuple(REGION_NAMES.index(name) for name in ("1L", "1R", "6"))

#: Blocks a side that a region is cut into.
BLOCKS = 4


def pattern_curve(images: np.ndarray, boxes: np.ndarray | None = None) -> np.ndarray:
    """One minus the cosine between the pattern histograms of each frame and of the onset, mean over blocks.

    Args:
        images: uint8, (n, H, W), grey, aligned, onset first.
        boxes: float, (9, 4), boxes of action units as fractions; any other number of boxes are regions themselves, and
            None means the whole image.

    Returns:
        float32, (n,), 0 at the onset, at most 1.
    """
    codes = local_patterns(images)
    count, height, width = codes.shape
    if boxes is None:
        boxes = np.array([[0.0, 0.0, 1.0, 1.0]])
    regions = boxes[list(REGIONS)] if len(boxes) == len(REGION_NAMES) else boxes
    distances = []
    for x0, y0, x1, y1 in regions:
        rows = np.rint(np.linspace(y0, y1, BLOCKS + 1) * height).astype(int)
        columns = np.rint(np.linspace(x0, x1, BLOCKS + 1) * width).astype(int)
        down = np.searchsorted(rows, np.arange(rows[0], rows[-1]), side="right") - 1
        right = np.searchsorted(columns, np.arange(columns[0], columns[-1]), side="right") - 1
        block = down[:, None] * BLOCKS + right  # of every pixel of the region
        own = codes[:, rows[0] : rows[-1], columns[0] : columns[-1]].astype(np.int64)
        frame = np.arange(count)[:, None, None] * BLOCKS**2
        which = ((frame + block) * CODES + own).ravel()
        histograms = np.bincount(which, minlength=count * BLOCKS**2 * CODES).reshape(count, BLOCKS**2, CODES)
        values = histograms.astype(np.float64)
        norms = np.sqrt((values**2).sum(axis=2))
        products = (values * values[0]).sum(axis=2)
        lengths = norms * norms[0]
        distances.append(1 - np.divide(products, lengths, out=np.ones_like(products), where=lengths > 0))
    return np.concatenate(distances, axis=1).mean(axis=1).astype(np.float32)


def divide_and_conquer(curve: np.ndarray) -> int:
    """Index of the peak that is left when the half with the smaller sum of peaks is given up again and again.

    A peak is higher than the frame before it and not lower than the one behind it; both ends are none. Of halves with
    equal sums the earlier one is kept. Without any peak it is the highest frame.
    """
    inner = np.arange(1, len(curve) - 1)
    peaks = inner[(curve[inner] > curve[inner - 1]) & (curve[inner] >= curve[inner + 1])]
    if not len(peaks):
        return int(curve.argmax())
    first, end = 0, len(curve)
    while len(peaks) > 1:
        middle = (first + end) // 2
        early, late = peaks[peaks < middle], peaks[peaks >= middle]
        if curve[early].sum() >= curve[late].sum():
            peaks, end = early, middle
        else:
            peaks, first = late, middle
    return int(peaks[0])
