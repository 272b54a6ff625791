"""The nine boxes of action units, built from the 43 regions of interest (`mer.face.rois`).

Conventions: points are 68 landmarks (`mer.face.mesh68`), shape (68, 2), x to the right and y down, "left" is image
left. A box is x0, y0, x1, y1 as fractions of the aligned image: 0 is the centre of the first pixel column (row), 1 that
of the last.

Unstated: which regions FRL-DGT merges into its nine boxes, and their padding; ours follow the order of its list.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mer.core.errors import InputError
from mer.face.canonical import square_points
from mer.face.rois import ROI_POINTS, check_points, face_height

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
    check_points(points)
    first, second, raised, starts = _corner_plan(config.rois)
    points = points.astype(np.float64)
    corners = (points[first] + points[second]) / 2
    corners[:, 1] -= config.lift * face_height(points) * raised
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


@lru_cache(maxsize=64)
def _corner_plan(groups: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The corners of all regions of all boxes: landmarks that each is midway of, how often raised; each box's first."""
    by_box = [[token for roi in rois for token in ROI_POINTS[roi].split()] for rois in groups]
    tokens = [token for box in by_box for token in box]
    ends = np.array([[int(part.rstrip("u")) for part in (token.split("~") * 2)[:2]] for token in tokens])
    starts = np.cumsum([0, *(len(box) for box in by_box[:-1])])
    return ends[:, 0], ends[:, 1], np.array([token.count("u") for token in tokens]), starts
