"""Facial regions: 43 small regions of interest, and the nine boxes of action units built from them.

Conventions: points are 68 landmarks (`mer.face.mesh68`), shape (68, 2), x to the right and y down, "left" is image
left. A box is x0, y0, x1, y1 as fractions of the aligned image: 0 is the centre of the first pixel column (row), 1 that
of the last.

Source of the 43 regions: Ma, Chen, Yong, "AU R-CNN", Neurocomputing 355, 2019.
Deviation: there the brows are raised by 20 and 40 pixels of the raw frame, whatever the size of the face; here by 0.05
and 0.10 of the brow-to-chin height, the same at every scale.
Unstated: which regions FRL-DGT merges into its nine boxes, and their padding; ours follow the order of its list.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mer.core.errors import InputError
from mer.face.canonical import square_points

#: Points of each region: ``19`` landmark 19, ``19u`` raised once, ``27uu`` raised twice, ``2~41`` midway of two.
ROI_POINTS: dict[int, str] = {
    1: "17u 19u 19 17",
    2: "19u 21u 21 19",
    3: "21u 27uu 27 21",
    4: "27uu 22u 27 22",
    5: "22u 24u 24 22",
    6: "24u 26u 26 24",
    7: "1 17 36",
    8: "17 19 37 36",
    9: "19 38 39 21",
    10: "21 27 28 39",
    11: "22 27 28 42",
    12: "22 42 43 24",
    13: "24 44 45 26",
    14: "26 16 15 45",
    15: "2 41~2 3~29 3",
    16: "41 2~41 3~29 39",
    17: "39 3~29 29 28",
    18: "28 29 13~29 42",
    19: "42 46 14~46 13~29",
    20: "14~46 14 13 13~29",
    21: "3 3~29 4~33 4",
    22: "4~33 3~29 29 33",
    23: "33 29 13~29 12~33",
    24: "13~29 13 12 12~33",
    25: "4 4~33 5~59 5",
    26: "5~59 4~33 33 59",
    27: "33 55 11~55 12~33",
    28: "11~55 12~33 12 11",
    29: "59 58 6~58 5~59",
    30: "6~58 58 57 8~57",
    31: "57 8~57 10~56 56",
    32: "56 10~56 11~55 55",
    33: "5 5~59 6~58 6",
    34: "6 6~58 8~57 8",
    35: "8~57 10~56 10 8",
    36: "10~56 10 11 11~55",
    37: "33 55 56 57 58 59",
    38: "1 2 36 37",
    39: "14 15 44 45",
    40: "19 37 38",
    41: "24 43 44",
    42: "36 37 38 39 40 41",
    43: "42 43 44 45 46 47",
}

#: Left region and right region that a mirror exchanges. 37 mirrors itself; 7 and 14 only roughly (3 points and 4).
MIRROR_ROIS: tuple[tuple[int, int], ...] = (
    *((1, 6), (2, 5), (3, 4), (7, 14), (8, 13), (9, 12), (10, 11), (15, 20), (16, 19), (17, 18), (21, 24), (22, 23)),
    *((25, 28), (26, 27), (29, 32), (30, 31), (33, 36), (34, 35), (38, 39), (40, 41), (42, 43)),
)

#: AU R-CNN's groups: which regions an action unit is seen in.
AU_GROUPS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "A": ((1, 2, 5, 7), (1, 2, 5, 6, 8, 9, 12, 13, 40, 41, 42, 43)),
    "B": ((4,), (1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 40, 41)),
    "C": ((6,), (16, 17, 18, 19, 42, 43)),
    "D": ((9,), (10, 11, 17, 18, 22, 23)),
    "E": ((10, 11, 12, 13, 14, 15), (21, 22, 23, 24, 25, 26, 27, 28, 37)),
    "F": ((16, 20, 25, 26, 27), tuple(range(25, 38))),
    "G": ((17,), tuple(range(29, 37))),
    "H": ((18, 22, 23, 24, 28), (26, 27, 29, 30, 31, 32, 37)),
    "eyes": ((41, 42, 43, 44, 45, 46, 61, 62, 63, 64), (8, 9, 12, 13, 40, 41, 42, 43)),
}

#: The nine boxes in their order everywhere; L and R are image left and right.
REGION_NAMES: tuple[str, ...] = ("1L", "1R", "2", "3L", "3R", "4", "5L", "5R", "6")

#: What each box covers, for captions and tables. L and R are sides of the image, of which FACS has the other name: a
#: person's left is the image's right.
REGION_MEANINGS: dict[str, str] = {
    "1L": "brow and eye, image left",
    "1R": "brow and eye, image right",
    "2": "both brows and the space between",
    "3L": "lower eyelid and side of the nose, image left",
    "3R": "lower eyelid and side of the nose, image right",
    "4": "nose, root of the nose and inner brows",
    "5L": "cheek and mouth corner, image left",
    "5R": "cheek and mouth corner, image right",
    "6": "mouth and chin",
}

REGION_ROIS: tuple[tuple[int, ...], ...] = (
    (1, 2, 8, 9, 40, 42),
    (5, 6, 12, 13, 41, 43),
    (2, 3, 4, 5),
    (16, 17, 42),
    (18, 19, 43),
    (10, 11, 17, 18, 22, 23),
    (21, 22, 25, 26),
    (23, 24, 27, 28),
    tuple(range(25, 38)),
)

#: Other readings of single boxes, to be put in place of an entry of `REGION_ROIS`.
REGION_VARIANTS: dict[str, tuple[int, ...]] = {
    "2 whole brows": (1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 40, 41),
    "2 glabella": (3, 4),
    "6 mouth and chin": tuple(range(29, 38)),
}

#: Box that each of the nine becomes in the mirrored image, and the same for the 3 x 3 grid.
MIRROR_REGIONS: tuple[int, ...] = (1, 0, 2, 4, 3, 5, 7, 6, 8)
MIRROR_GRID: tuple[int, ...] = (2, 1, 0, 5, 4, 3, 8, 7, 6)


@dataclass(frozen=True)
class RegionConfig:
    """How boxes are made from landmarks.

    Attributes:
        rois: for each box the regions of interest that it encloses.
        margin: added at each side, as a fraction of the box's own width and height.
        lift: how far ``u`` raises a point, as a fraction of the brow-to-chin height.
    """

    rois: tuple[tuple[int, ...], ...] = REGION_ROIS
    margin: float = 0.05
    lift: float = 0.05

    def __post_init__(self) -> None:
        """Check the region numbers."""
        unknown = sorted({roi for group in self.rois for roi in group} - set(ROI_POINTS))
        if unknown or not all(self.rois):
            raise InputError(
                f"Regions of interest are numbered 1 to 43, at least one a box; found {unknown or 'none'}."
            )


def roi_polygons(points: np.ndarray, lift: float = 0.05) -> dict[int, np.ndarray]:
    """The outline of each of the 43 regions of interest.

    Args:
        points: shape (68, 2), any unit, y down.
        lift: see `RegionConfig`.

    Returns:
        Region number to float32 corners of shape (3 to 6, 2), same unit, in order around their centroid.

    Raises:
        InputError: there are not 68 points.
    """
    _check_points(points)
    points = points.astype(np.float64)
    height = _height(points)
    polygons = {}
    for roi, tokens in ROI_POINTS.items():
        corners = np.stack([_point(token, points, lift * height) for token in tokens.split()])
        offsets = corners - corners.mean(axis=0)
        polygons[roi] = corners[np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]))].astype(np.float32)
    return polygons


def region_boxes(points: np.ndarray, size: int, config: RegionConfig | None = None) -> np.ndarray:
    """The boxes of action units of one aligned face.

    Args:
        points: shape (68, 2), pixels of the aligned square, pixel centres at whole numbers.
        size: pixels a side of the aligned square.
        config: which regions a box encloses; None means FRL-DGT's nine.

    Returns:
        float32, shape (boxes, 4): x0, y0, x1, y1 as fractions of the image, clipped to it.

    Raises:
        InputError: a box lies wholly outside the image, so that nothing of it is left.
    """
    config = config or RegionConfig()
    _check_points(points)
    first, second, raised, starts = _corner_plan(config.rois)
    points = points.astype(np.float64)
    corners = (points[first] + points[second]) / 2
    corners[:, 1] -= config.lift * _height(points) * raised
    corners = corners.astype(np.float32)  # as the outlines are (`roi_polygons`), which need not be drawn for a box
    low, high = np.minimum.reduceat(corners, starts), np.maximum.reduceat(corners, starts)
    space = config.margin * (high - low)
    boxes = np.clip(np.concatenate([low - space, high + space], axis=1).astype(np.float64) / (size - 1), 0, 1)
    gone = (boxes[:, 2:] - boxes[:, :2] <= 0).any(axis=1)
    if gone.any():
        raise InputError(
            f"Box number {np.flatnonzero(gone)[0] + 1} of {len(boxes)} lies outside the aligned image; the landmarks "
            "do not fit it. Look at the frame: is the face whole and upright?"
        )
    return boxes.astype(np.float32)


def canonical_boxes(config: RegionConfig | None = None) -> np.ndarray:
    """The boxes on the canonical face in the aligned square: for maps that were aligned but have no image any more.

    Returns:
        float32, shape (boxes, 4), fractions; symmetric left to right.
    """
    return region_boxes(square_points(1001), 1001, config)


def grid_boxes(rows: int = 3, columns: int = 3) -> np.ndarray:
    """A regular grid in place of action units (ablation M5 of the paper): float32, (rows * columns, 4), row by row."""
    ys, xs = np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1)
    return np.array(
        [(xs[c], ys[r], xs[c + 1], ys[r + 1]) for r in range(rows) for c in range(columns)], dtype=np.float32
    )


def mirror_boxes(boxes: np.ndarray, order: tuple[int, ...] = MIRROR_REGIONS) -> np.ndarray:
    """Boxes of the mirrored image: x becomes 1 - x and left boxes change places with right ones.

    Args:
        boxes: shape (..., 9, 4), fractions.
        order: `MIRROR_REGIONS`, or `MIRROR_GRID` for the 3 x 3 grid.
    """
    if boxes.shape[-2:] != (len(order), 4):
        raise InputError(f"Expected boxes of shape (..., {len(order)}, 4); found {boxes.shape}.")
    swapped = boxes[..., list(order), :]
    return np.stack([1 - swapped[..., 2], swapped[..., 1], 1 - swapped[..., 0], swapped[..., 3]], axis=-1)


def _check_points(points: np.ndarray) -> None:
    if points.shape != (68, 2):
        raise InputError(f"Expected 68 landmarks, shape (68, 2); found {points.shape}.")


def _height(points: np.ndarray) -> float:
    """From the highest point of the brows down to the chin."""
    return float(points[8, 1] - points[17:27, 1].min())


@lru_cache(maxsize=64)
def _corner_plan(groups: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The corners of all regions of all boxes: landmarks that each is midway of, how often raised; each box's first."""
    by_box = [[token for roi in rois for token in ROI_POINTS[roi].split()] for rois in groups]
    tokens = [token for box in by_box for token in box]
    ends = np.array([[int(part.rstrip("u")) for part in (token.split("~") * 2)[:2]] for token in tokens])
    starts = np.cumsum([0, *(len(box) for box in by_box[:-1])])
    return ends[:, 0], ends[:, 1], np.array([token.count("u") for token in tokens]), starts


def _point(token: str, points: np.ndarray, lift: float) -> np.ndarray:
    """One point named as in `ROI_POINTS`."""
    if "~" in token:
        first, second = token.split("~")
        return (points[int(first)] + points[int(second)]) / 2
    number = token.rstrip("u")
    return points[int(number)] - np.array([0, lift * (len(token) - len(number))])
