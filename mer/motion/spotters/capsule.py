"""The spotter of CapsuleNet: change since the onset over change since the frame before, in ten cells of the face.

Source: Quang, Chun, Tokuyama, "CapsuleNet for micro-expression recognition", FG 2019, as ``smic_processing.py`` of
github.com/davidnvq/me_recognition has it. The paper takes its automatic apex from it (its UF1 falls from .812 to .658).
Where nothing moves from one frame to the next the ratio is largest, so a face that rests, or a frame that stands twice,
looks like an apex.
Deviation: there the cells follow the landmarks of every frame; here they stay where the onset's landmarks are. The
frames are aligned by one transform, and landmarks found anew in each frame would shake the cells.
"""

import numpy as np

#: The ten cells, in the order of `cells_of_face`.
CELL_NAMES = (
    *("left lip corner", "right lip corner", "chin", "left of nose", "right of nose"),
    *("left outer eye", "right outer eye", "between brows", "left brow", "right brow"),
)


def capsule_curve(images: np.ndarray, landmarks: np.ndarray, offset_term: bool = False) -> np.ndarray:
    """Mean over the ten cells of (|f_t - f_onset| + 1) / (|f_t - f_(t-1)| + 1), pixel by pixel.

    Args:
        images: uint8, (n, H, W), grey, aligned, onset first.
        landmarks: (68, 2), pixels of these images, of the onset frame.
        offset_term: add the same ratio with the last frame in the onset's place. The published code computes it and
            does not use it.

    Returns:
        float32, (n,), 0 at the onset, about 1 where nothing happens.
    """
    curve = np.zeros(len(images), np.float64)
    if len(images) < 2:
        return curve.astype(np.float32)
    for x0, y0, x1, y1 in cells_of_face(landmarks, images.shape[2], images.shape[1]):
        cell = images[:, y0:y1, x0:x1].astype(np.int16)
        step = 1.0 + np.abs(cell[1:] - cell[:-1])
        change = 1.0 + np.abs(cell[1:] - cell[0])
        if offset_term:
            change += 1.0 + np.abs(cell[1:] - cell[-1])
        curve[1:] += (change / step).mean(axis=(1, 2))
    return (curve / len(CELL_NAMES)).astype(np.float32)


def cells_of_face(landmarks: np.ndarray, width: int, height: int) -> np.ndarray:
    """The ten square cells, half as wide as the lips: int64, (10, 4), x0, y0, x1, y1, the last two exclusive.

    Cells are cut at the image's border; at least one pixel of each is left.
    """
    points = np.asarray(landmarks, np.float64)
    side = (points[54, 0] - points[48, 0]) / 2
    brows = (points[19] + points[24]) / 2
    above_lips = points[[48, 54], 1] - side  # centres of the cells over those of the lip corners
    centres = np.array(
        [
            points[48],
            points[54],
            (points[8, 0], points[8, 1] - side / 2),
            (points[31, 0] - side / 2, above_lips[0]),
            (points[35, 0] + side / 2, above_lips[1]),
            (points[36, 0] - side / 2, points[36, 1]),
            (points[45, 0] + side / 2, points[45, 1]),
            brows,
            (brows[0] - side, brows[1]),
            (brows[0] + side, brows[1]),
        ]
    )
    limits = np.array([width, height])
    low = np.clip(np.rint(centres - side / 2), 0, limits - 1)
    high = np.clip(np.rint(centres + side / 2), low + 1, limits)
    return np.concatenate([low, high], axis=1).astype(np.int64)
