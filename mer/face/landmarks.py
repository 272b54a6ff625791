"""Find the 68 landmarks of the one face that an image is expected to show."""

from typing import Literal, Protocol, TypeAlias, overload, runtime_checkable

import numpy as np
import pandas as pd

from mer.core.errors import InputError, nearest

#: Raised when other faces would count: what stores hold depends on it, so it is part of their key.
FACE_RULE = 1

#: A face is no second person when so much of its box (share of its area) lies inside a box so many times as large. Two
#: people never lie so; what a detector takes for a face inside a face is an eye behind a lens. In 16 of 180 rendered
#: clips with glasses Face Mesh finds such a face, wholly inside and 10 to 22 times smaller.
#: Unstated: the paper does not say what it does where several faces are found.
INSIDE = 0.9
LARGER = 4.0


class FaceFault(InputError):
    """Frames that can be read but show no face to work with: nothing is wrong with the files."""


class NoFace(FaceFault):
    """An image in which no face was found."""


class SeveralFaces(FaceFault):
    """An image in which more than one face was found, so that it is open whose expression is meant."""


class CutFace(FaceFault):
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


@runtime_checkable
class ClipLandmarks(Protocol):
    """Landmarks that are known by clip and not found in an image, for instance read from a file.

    The points should be those of the onset frame, from which a clip is aligned. Whether those of another frame may
    stand in for them is the user's decision; `mer.face.points_file` says what it costs.
    """

    name: str

    def points(self, row: pd.Series) -> np.ndarray:
        """The 68 points of a clip: float32, shape (68, 2), pixels of the raw frame.

        Args:
            row: of the clip table.

        Raises:
            NoFace: none are known for this clip.
        """
        ...


#: What a store can be built with. ``name`` is part of its key: a model or points from a file put their digest into it.
FaceFinder: TypeAlias = LandmarkDetector | ClipLandmarks


@overload
def make_detector(name: Literal["facemesh", "dlib"]) -> LandmarkDetector: ...


@overload
def make_detector(name: str) -> FaceFinder: ...


def make_detector(name: str) -> FaceFinder:
    """The detector of that name; its package is loaded now and not before.

    Args:
        name: ``facemesh`` (default), ``dlib`` (as in the paper; needs two packages more),
            ``tasks:<path of face_landmarker.task>`` or ``points:<folder or CSV>`` (`mer.face.points_file`).

    Raises:
        InputError: no detector is called so, its package is missing, or its file is missing or wrong.
    """
    kind, path = _split(name)
    if kind == "points":
        from mer.face.points_file import PointsFile

        return PointsFile(path)
    if kind == "tasks":
        from mer.face.tasks import TasksDetector

        return TasksDetector(path)
    if kind == "dlib":
        from mer.face.dlib68 import DlibDetector

        return DlibDetector()
    from mer.face.facemesh import FaceMeshDetector

    return FaceMeshDetector()


def detector_identity(name: str) -> str:
    """The ``name`` attribute that `make_detector` would give, without loading a network: what a store is keyed by.

    Raises:
        InputError: no detector is called so, or its file is missing or wrong.
    """
    kind, path = _split(name)
    if kind == "points":
        from mer.face.points_file import points_name

        return points_name(path)
    if kind == "tasks":
        from mer.face.tasks import tasks_name

        return tasks_name(path)
    return kind


def _split(name: str) -> tuple[str, str]:
    kind, colon, path = name.partition(":")
    if kind in WITH_PATH and not path:
        raise InputError(f"The landmark detector {name!r} needs a path. Write {kind}:{WITH_PATH[kind]}.")
    if kind not in DETECTORS or (colon and kind not in WITH_PATH):
        raise InputError(f"There is no landmark detector {name!r}. {nearest(kind, DETECTORS)}")
    return kind, path


#: Detectors that take a path after a colon, and what it leads to.
WITH_PATH = {"tasks": "/path/to/face_landmarker.task", "points": "/path/to/landmarks"}
DETECTORS = ("facemesh", "dlib", *WITH_PATH)


def clip_points(row: pd.Series, onset: np.ndarray, finder: FaceFinder) -> np.ndarray:
    """The 68 points of a clip's face: found in its onset frame, or known beforehand.

    Args:
        row: of the clip table.
        onset: its onset frame, uint8, RGB, shape (height, width, 3).
        finder: detector or known points.

    Returns:
        float32, shape (68, 2), pixels, pixel centres at whole numbers.

    Raises:
        FaceFault: there is no face, more than one, or one that is cut by the border.
    """
    if not isinstance(finder, ClipLandmarks):
        return the_face(onset, finder)
    points = finder.points(row)
    _check_inside(points, onset.shape[1], onset.shape[0])
    return points


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
        SeveralFaces: more than one face was found; those inside a much larger one do not count (`outer_faces`).
        CutFace: a point lies outside the image.
    """
    faces = outer_faces(detector.detect(image))
    height, width = image.shape[:2]
    if not faces:
        raise NoFace(
            f"No face found by {detector.name} in an image of {width} x {height} pixels; expected one frontal face."
        )
    if len(faces) > 1:
        raise SeveralFaces(
            f"{len(faces)} faces found by {detector.name}; expected one. Crop the frames to the subject's face."
        )
    _check_inside(faces[0], width, height, tolerance)
    return faces[0]


def outer_faces(faces: list[np.ndarray]) -> list[np.ndarray]:
    """Faces without those whose box lies almost wholly (`INSIDE`) inside that of a much larger one (`LARGER`).

    Args:
        faces: each (68, 2), pixels.

    Returns:
        The others, in their order.
    """
    if len(faces) < 2:
        return faces
    low = np.stack([face.min(axis=0) for face in faces])
    high = np.stack([face.max(axis=0) for face in faces])
    area = (high - low).prod(axis=1)
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)  # faces x faces x 2
    inside = np.maximum(shared, 0).prod(axis=2) >= INSIDE * area[:, None]
    inner = (inside & (area >= LARGER * area[:, None])).any(axis=1)
    return [face for face, is_inner in zip(faces, inner, strict=True) if not is_inner]


def _check_inside(points: np.ndarray, width: int, height: int, tolerance: float = 0.02) -> None:
    slack = tolerance * float(np.ptp(points[:, 1]))
    outside = ((points < -slack) | (points > np.array([width - 1, height - 1]) + slack)).any(axis=1)
    if outside.any():
        raise CutFace(
            f"The face is cut by the border: {int(outside.sum())} of 68 landmarks lie outside the image of "
            f"{width} x {height} pixels. Use frames that show the whole face from brows to chin."
        )
