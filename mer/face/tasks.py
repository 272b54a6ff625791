"""Landmarks by MediaPipe Tasks, for MediaPipe releases that carry no model: the user gives ``face_landmarker.task``."""

import warnings
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.files import file_digest
from mer.face.mesh68 import mesh_to_68
from mer.face.native_messages import native_messages_held

_REMEDY = (
    "Give the path of the bundle face_landmarker.task of MediaPipe's Face Landmarker (tasks:/path/to/"
    "face_landmarker.task), or use the detector 'facemesh'."
)


class TasksDetector:
    """MediaPipe's FaceLandmarker on single images, its 478 vertices reduced to 68 points.

    Not safe to share between threads. Use it in a ``with`` block or call `close`. ``name`` holds the digest of the
    bundle, so that a store made with another model is another store.
    """

    def __init__(self, bundle: Path | str, confidence: float = 0.5, most_faces: int = 4) -> None:
        """Load the bundle.

        Args:
            bundle: ``face_landmarker.task``.
            confidence: least detection confidence, 0 to 1.
            most_faces: stop looking after this many; above 1 so that a second face is noticed.

        Raises:
            MissingPath: there is no such file.
            InputError: it is no bundle of a face landmarker, or mediapipe is not installed.
        """
        self.name = tasks_name(bundle)
        with native_messages_held():
            try:
                import mediapipe
                from mediapipe.tasks.python import BaseOptions, vision
            except ImportError as error:
                raise InputError(
                    f"MediaPipe Tasks cannot be loaded ({error}). Install mediapipe (pip install 'mer[suite]')."
                ) from error
            self._image: Any = mediapipe.Image
            self._rgb = mediapipe.ImageFormat.SRGB
            try:
                # The bytes, not the path: the library cannot open every path on every system.
                options = vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=Path(bundle).read_bytes()),
                    num_faces=most_faces,
                    min_face_detection_confidence=confidence,
                )
                self._landmarker: Any = vision.FaceLandmarker.create_from_options(options)
            except (RuntimeError, ValueError) as error:
                raise InputError(f"{bundle} cannot be used as a face landmarker ({error}). {_REMEDY}") from error
            self._find(np.zeros((64, 64, 3), np.uint8))  # the first image makes the library talk

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        """Faces of one image; see `mer.face.landmarks.LandmarkDetector.detect`."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError(f"An image is uint8 of shape (height, width, 3); found {image.dtype}, {image.shape}.")
        if self._landmarker is None:
            raise InputError("This TasksDetector was closed. Make a new one.")
        return result_points(self._find(image), image.shape[1], image.shape[0])

    def close(self) -> None:
        """Free the network; twice is fine."""
        if getattr(self, "_landmarker", None) is not None:
            self._landmarker.close()
            self._landmarker = None

    def _find(self, image: np.ndarray) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*GetPrototype.*")
            return self._landmarker.detect(self._image(image_format=self._rgb, data=np.ascontiguousarray(image)))

    def __enter__(self) -> Self:
        """The detector itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def result_points(result: Any, width: int, height: int) -> list[np.ndarray]:
    """The 68 points of every face of a ``FaceLandmarkerResult``: float32, shape (68, 2) each, pixels."""
    meshes = [np.array([(p.x * width, p.y * height) for p in face], np.float64) for face in result.face_landmarks]
    return [mesh_to_68(mesh) for mesh in meshes]


def tasks_name(bundle: Path | str) -> str:
    """``tasks:`` and the start of the bundle's digest, after a look whether it is a bundle at all.

    Raises:
        MissingPath: there is no such file.
        InputError: it is no bundle of a face landmarker.
    """
    path = Path(bundle)
    if not path.is_file():
        raise MissingPath(f"Face landmarker {str(bundle)!r} does not exist. {_REMEDY}")
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} ({path.stat().st_size} bytes) is no .task bundle, which is a zip archive. {_REMEDY}")
    try:
        with zipfile.ZipFile(path) as archive:
            held = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path} is a damaged zip archive ({error}). {_REMEDY}") from error
    if "face_landmarks_detector.tflite" not in held:
        raise InputError(f"{path} is no face landmarker; it holds {', '.join(held) or 'nothing'}. {_REMEDY}")
    return f"tasks:{file_digest(path)[:12]}"
