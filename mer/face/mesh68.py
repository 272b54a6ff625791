"""From the 468 or 478 vertices of a MediaPipe face mesh to the 68 points that the facial-action literature names.

The 68 points (0-based, as in dlib): 0-16 jaw from image left to right, 17-21 and 22-26 brows, 27-30 bridge of the nose,
31-35 nostrils, 36-41 and 42-47 eyes, 48-59 outer lip, 60-67 inner lip. "Left" is image left throughout.

Source of the table: PeizhiYan/Mediapipe_2_Dlib_Landmarks (MIT).
Deviation: that table takes vertex 361 alone for point 13 but the mean of 132 and 58 for its mirror, point 3; here point
13 is the mean of 361 and 288, which makes all 68 points symmetric on the canonical mesh.
"""

import numpy as np

from mer.core.errors import InputError

#: For each of the 68 points the mesh vertices whose mean it is.
MESH_VERTICES: tuple[tuple[int, ...], ...] = (
    *((127,), (234,), (93,), (132, 58), (58, 172), (136,), (150,), (176,), (152,)),  # jaw, left half and chin
    *((400,), (379,), (365,), (397, 288), (361, 288), (323,), (454,), (356,)),  # jaw, right half
    *((70,), (63,), (105,), (66,), (107,)),  # left brow
    *((336,), (296,), (334,), (293,), (300,)),  # right brow
    *((168, 6), (197, 195), (5,), (4,)),  # bridge of the nose
    *((75,), (97,), (2,), (326,), (305,)),  # nostrils
    *((33,), (160,), (158,), (133,), (153,), (144,)),  # left eye
    *((362,), (385,), (387,), (263,), (373,), (380,)),  # right eye
    *((61,), (39,), (37,), (0,), (267,), (269,), (291,)),  # outer lip, upper
    *((321,), (314,), (17,), (84,), (91,)),  # outer lip, lower
    *((78,), (82,), (13,), (312,), (308,), (317,), (14,), (87,)),  # inner lip
)

#: The first and the last of each point's one or two vertices, and all of them: of the 478 only these are needed.
_FIRST, _SECOND = (np.array([which[place] for which in MESH_VERTICES]) for place in (0, -1))
USED_VERTICES: tuple[int, ...] = tuple(sorted({vertex for which in MESH_VERTICES for vertex in which}))

#: Point that each of the 68 points becomes when the image is mirrored left to right.
MIRROR_68: tuple[int, ...] = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)


def mesh_to_68(vertices: np.ndarray) -> np.ndarray:
    """The 68 points of a face mesh.

    Args:
        vertices: shape (468 or more, d), any unit.

    Returns:
        float32, shape (68, d), same unit.

    Raises:
        InputError: there are fewer than 468 vertices.
    """
    if vertices.ndim != 2 or len(vertices) < 468:
        raise InputError(f"A face mesh has shape (468 or 478, d); found {vertices.shape}.")
    return ((vertices[_FIRST] + vertices[_SECOND]) / 2).astype(np.float32)


def mirror_points(points: np.ndarray, width: float) -> np.ndarray:
    """The 68 points as they stand in the mirrored image.

    Args:
        points: shape (68, 2), pixel centres at whole numbers.
        width: image width in pixels.
    """
    mirrored = points[list(MIRROR_68)].copy()
    mirrored[:, 0] = (width - 1) - mirrored[:, 0]
    return mirrored
