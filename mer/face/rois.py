"""The 43 facial regions of interest, small polygons between landmarks.

Conventions: points are 68 landmarks (`mer.face.mesh68`), shape (68, 2), x to the right and y down, "left" is image
left.

Source: Ma, Chen, Yong, "AU R-CNN", Neurocomputing 355, 2019.
Deviation: there the brows are raised by 20 and 40 pixels of the raw frame, whatever the size of the face; here by 0.05
and 0.10 of the brow-to-chin height, the same at every scale.
"""

import numpy as np

from mer.core.errors import InputError

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


def roi_polygons(points: np.ndarray, lift: float = 0.05) -> dict[int, np.ndarray]:
    """The outline of each of the 43 regions of interest.

    Args:
        points: shape (68, 2), any unit, y down.
        lift: how far ``u`` raises a point, as a fraction of the brow-to-chin height.

    Returns:
        Region number to float32 corners of shape (3 to 6, 2), same unit, in order around their centroid.

    Raises:
        InputError: there are not 68 points.
    """
    check_points(points)
    points = points.astype(np.float64)
    height = face_height(points)
    polygons = {}
    for roi, tokens in ROI_POINTS.items():
        corners = np.stack([_point(token, points, lift * height) for token in tokens.split()])
        offsets = corners - corners.mean(axis=0)
        polygons[roi] = corners[np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]))].astype(np.float32)
    return polygons


def check_points(points: np.ndarray) -> None:
    """Refuse what is not 68 landmarks.

    Raises:
        InputError: the shape is another than (68, 2).
    """
    if points.shape != (68, 2):
        raise InputError(f"Expected 68 landmarks, shape (68, 2); found {points.shape}.")


def face_height(points: np.ndarray) -> float:
    """From the highest point of the brows down to the chin, in the unit of the 68 landmarks."""
    return float(points[8, 1] - points[17:27, 1].min())


def _point(token: str, points: np.ndarray, lift: float) -> np.ndarray:
    """One point named as in `ROI_POINTS`."""
    if "~" in token:
        first, second = token.split("~")
        return (points[int(first)] + points[int(second)]) / 2
    number = token.rstrip("u")
    return points[int(number)] - np.array([0, lift * (len(token) - len(number))])
