"""Bring a face to its place: one similarity transform a clip, taken from the onset frame.

One transform for all frames of a clip leaves the motion inside the clip untouched; a transform a frame would add the
detector's jitter, which is as large as a micro-expression.

A transform is a 2 x 3 matrix that maps pixels of the raw frame to pixels of the aligned square, pixel centres at whole
numbers in both.
"""

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.face.canonical import square_points

#: Landmarks that the transform is fitted to: chin, brows, nose, eyes, outer lip.
#: Unstated: the paper names neither points nor crop. The sides of the jaw are left out, they follow the silhouette of
#: the head rather than the face.
FITTED_POINTS: tuple[int, ...] = (*range(6, 11), *range(17, 60))


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The rotation, uniform scale and shift that bring points closest to others in the sense of least squares.

    Reflection is excluded. Umeyama, IEEE TPAMI 13(4), 1991.

    Args:
        source: shape (n, 2), n at least 2, not all one point.
        target: shape (n, 2).

    Returns:
        float64, shape (2, 3): target is about ``source @ matrix[:, :2].T + matrix[:, 2]``.

    Raises:
        InputError: the shapes differ, or the points do not determine a transform.
    """
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 2 or len(source) < 2:
        raise InputError(f"Expected two sets of n >= 2 points, shape (n, 2); found {source.shape} and {target.shape}.")
    source, target = source.astype(np.float64), target.astype(np.float64)
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise InputError("Some points are not finite numbers; a similarity transform needs all of them.")
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    centred, wanted = source - source_mean, target - target_mean
    variance = float((centred**2).sum())
    if variance < 1e-12:
        raise InputError("All points coincide; they determine no similarity transform.")
    left, singular, right = np.linalg.svd(wanted.T @ centred)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    linear = (left * signs) @ right * float(singular @ signs) / variance
    return np.column_stack([linear, target_mean - linear @ source_mean])


def face_transform(points: np.ndarray, size: int) -> np.ndarray:
    """The transform that brings a face to the aligned square.

    Args:
        points: 68 landmarks of the onset frame, shape (68, 2), pixels.
        size: pixels a side of the aligned square.

    Returns:
        float64, shape (2, 3).
    """
    which = list(FITTED_POINTS)
    return similarity(points[which], square_points(size)[which])


def transform_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points of the raw frame as points of the aligned square: float32, shape (n, 2)."""
    return (points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def matrix_scale(matrix: np.ndarray) -> float:
    """Aligned pixels for one raw pixel."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def warp_image(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """A frame on the aligned square.

    A frame is interpolated bicubically; one that shrinks below 3/4 is sampled bilinearly on a finer grid and averaged,
    so that fine texture does not turn into false patterns. Beyond the frame its border is repeated.

    Args:
        image: uint8 or float32, shape (height, width) or (height, width, channels).
        matrix: raw to aligned, shape (2, 3).
        size: pixels a side.

    Returns:
        The type of ``image``, shape (size, size) or (size, size, channels).
    """
    factor = _finer(matrix)
    if factor == 1:
        return _warp(image, matrix, size, cv2.INTER_CUBIC)
    fine = _warp(image, _on_finer_grid(matrix, factor), size * factor, cv2.INTER_LINEAR)
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)


def warp_displacement(displacement_px: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """A displacement of the raw frame carried over to the aligned square: resampled, rotated and scaled.

    Args:
        displacement_px: backward displacement, float32, shape (2, height, width), raw pixels, x first, NaN where
            unknown.
        matrix: raw to aligned, shape (2, 3).
        size: pixels a side.

    Returns:
        float32, shape (2, size, size), backward, in units of the normalised grid (1 aligned pixel is 2 / (size - 1)),
        x first; NaN where less than half of a pixel's surroundings is known or outside the frame.
    """
    if displacement_px.ndim != 3 or displacement_px.shape[0] != 2:
        raise InputError(f"A displacement has shape (2, height, width); found {displacement_px.shape}.")
    known = np.isfinite(displacement_px).all(axis=0)
    layers = np.concatenate([np.where(known, displacement_px, 0), known[None]]).astype(np.float32)
    factor = _finer(matrix)
    fine = cv2.warpAffine(
        np.ascontiguousarray(layers.transpose(1, 2, 0)),
        _on_finer_grid(matrix, factor),
        (size * factor, size * factor),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    if factor > 1:
        fine = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    weight = fine[..., 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        vectors = fine[..., :2] / weight[..., None]
    vectors = vectors @ matrix[:, :2].T.astype(np.float32) * np.float32(2 / (size - 1))
    vectors[weight < 0.5] = np.nan
    return np.ascontiguousarray(vectors.transpose(2, 0, 1)).astype(np.float32)


def _finer(matrix: np.ndarray) -> int:
    """How many samples a side an aligned pixel is averaged over; 1 down to a scale of 3/4, where little can alias."""
    return max(1, min(8, int(np.ceil(1 / matrix_scale(matrix) - 0.34))))


def _on_finer_grid(matrix: np.ndarray, factor: int) -> np.ndarray:
    """The transform to a grid ``factor`` times as fine: sub-pixels centred within each pixel."""
    fine = matrix.astype(np.float64) * factor
    fine[:, 2] += (factor - 1) / 2
    return fine


def _warp(image: np.ndarray, matrix: np.ndarray, size: int, interpolation: int) -> np.ndarray:
    return cv2.warpAffine(image, matrix, (size, size), flags=interpolation, borderMode=cv2.BORDER_REPLICATE)
