"""Weights of patches as smooth maps on a face."""

import cv2
import numpy as np

from mer.figures.images import box_px


def local_heat(weights: np.ndarray, boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Local weights as one map on the face: float32 (H, W), multiples of the uniform weight, NaN outside all boxes.

    Where boxes overlap the map is their mean, so a pixel in two boxes is not hotter for that; in the mean a box counts
    less towards its edge, so that no edge is drawn which is not in the weights.
    """
    total, count = np.zeros(size, np.float64), np.zeros(size, np.float64)
    for patches, box in zip(weights, boxes, strict=True):
        x0, y0, x1, y1 = box_px(np.clip(box, 0, 1), size)
        columns, rows = slice(round(x0), round(x1) + 1), slice(round(y0), round(y1) + 1)
        shape = total[rows, columns].shape
        if min(shape) < 1:
            continue
        window = np.outer(_window(shape[0]), _window(shape[1]))
        total[rows, columns] += window * _enlarged(patches, shape)
        count[rows, columns] += window
    return np.where(count > 0, total / np.where(count > 0, count, 1), np.nan).astype(np.float32)


def face_heat(weights: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Full-face weights as a map: float32 (H, W), multiples of the uniform weight."""
    return _enlarged(weights, size).astype(np.float32)


def _enlarged(patches: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    side = round(len(patches) ** 0.5)
    grid = (np.asarray(patches, dtype=np.float32) * len(patches)).reshape(side, side)
    return cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def _window(length: int) -> np.ndarray:
    """Raised cosine over ``length`` pixels, positive everywhere."""
    return np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2 + 1e-3
