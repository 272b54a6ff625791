"""Find the 68 landmarks of the one face that an image is expected to show."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from mer.core.errors import InputError, nearest


class NoFace(InputError):
    """An image in which no face was found."""


class SeveralFaces(InputError):
    """An image in which more than one face was found, so that it is open whose expression is meant."""


class CutFace(InputError):
    """A face of which a part lies outside the image."""


class LandmarkDetector(Protocol):
    """Anything that finds faces and their 68 points. ``name`` becomes part of what a store is keyed by."""

    name: str

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        """Faces of one image.

        Args:
            image: uint8, RGB, shape (height, width, 3).

        Returns:
            One float32 array of shape (68, 2) a face: x, y in pixels, the centre of the first pixel is (0, 0).
            Points may lie outside the image when the face does.
        """
        ...


def make_detector(name: str) -> LandmarkDetector:
    """The detector of that name; its package is loaded now and not before.

    Raises:
        InputError: no detector is called so, or its package is missing.
    """
    if name not in DETECTORS:
        raise InputError(f"There is no landmark detector {name!r}. {nearest(name, DETECTORS)}")
    return DETECTORS[name]()


def _facemesh() -> LandmarkDetector:
    from mer.face.facemesh import FaceMeshDetector

    return FaceMeshDetector()


def _dlib() -> LandmarkDetector:
    from mer.face.dlib68 import DlibDetector

    return DlibDetector()


#: Name to maker. ``facemesh`` is the default; ``dlib`` is what the paper used and needs two packages more.
DETECTORS: dict[str, Callable[[], LandmarkDetector]] = {"facemesh": _facemesh, "dlib": _dlib}


def the_face(image: np.ndarray, detector: LandmarkDetector, tolerance: float = 0.02) -> np.ndarray:
    """The 68 points of the only face in an image.

    Args:
        image: uint8, RGB, shape (height, width, 3).
        detector: what finds faces.
        tolerance: how far a point may lie outside the image, as a fraction of the brow-to-chin height; detectors are
            that unsure about the jaw.

    Returns:
        float32, shape (68, 2), pixels, pixel centres at whole numbers.

    Raises:
        NoFace: nothing was found.
        SeveralFaces: more than one face was found.
        CutFace: a point lies outside the image.
    """
    faces = detector.detect(image)
    height, width = image.shape[:2]
    if not faces:
        raise NoFace(
            f"No face found by {detector.name} in an image of {width} x {height} pixels; expected one frontal face."
        )
    if len(faces) > 1:
        raise SeveralFaces(
            f"{len(faces)} faces found by {detector.name}; expected one. Crop the frames to the subject's face."
        )
    points = faces[0]
    slack = tolerance * float(np.ptp(points[:, 1]))
    outside = ((points < -slack) | (points > np.array([width - 1, height - 1]) + slack)).any(axis=1)
    if outside.any():
        raise CutFace(
            f"The face is cut by the border: {int(outside.sum())} of 68 landmarks lie outside the image of "
            f"{width} x {height} pixels. Use frames that show the whole face from brows to chin."
        )
    return points
