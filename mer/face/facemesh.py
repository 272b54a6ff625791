"""Landmarks by MediaPipe Face Mesh: the default detector, offline, about 5 ms an image."""

import warnings
from types import TracebackType
from typing import Any, Self

import numpy as np

from mer.core.errors import InputError
from mer.face.mesh68 import mesh_to_68
from mer.face.native_messages import native_messages_held


class FaceMeshDetector:
    """MediaPipe Face Mesh on single images, its 478 vertices reduced to 68 points.

    Needs the package ``mediapipe`` in a version that carries its models (0.10.14 does); no network. Not safe to share
    between threads. Use it in a ``with`` block or call `close`.

    Deviation: the paper aligns with dlib's 68 points; Face Mesh is as fast, and its weights are free of dlib's
    non-commercial training data.
    """

    name = "facemesh"

    def __init__(self, confidence: float = 0.5, most_faces: int = 4) -> None:
        """Load the network.

        Args:
            confidence: least detection confidence, 0 to 1.
            most_faces: stop looking after this many; above 1 so that a second face is noticed.

        Raises:
            InputError: mediapipe is not installed or carries no model.
        """
        with native_messages_held():
            try:
                import mediapipe

                self._mesh: Any = mediapipe.solutions.face_mesh.FaceMesh(
                    static_image_mode=True,
                    refine_landmarks=True,
                    max_num_faces=most_faces,
                    min_detection_confidence=confidence,
                )
            except (ImportError, AttributeError, FileNotFoundError) as error:
                raise InputError(
                    f"MediaPipe Face Mesh cannot be loaded ({error}). Install mediapipe==0.10.14 "
                    "(pip install 'mer[suite]'); newer releases carry no model."
                ) from error
            self._process(np.zeros((64, 64, 3), np.uint8))  # the first image makes the library talk

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        """Faces of one image; see `LandmarkDetector.detect`."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError(f"An image is uint8 of shape (height, width, 3); found {image.dtype}, {image.shape}.")
        if self._mesh is None:
            raise InputError("This FaceMeshDetector was closed. Make a new one.")
        height, width = image.shape[:2]
        faces = []
        for face in self._process(image):
            # Fractions of the width, but 0 is the centre of the first pixel and not its outer edge: measured by
            # mirroring and enlarging a photograph (tests/face/test_landmarks.py), so no half pixel is taken off.
            mesh = np.array([(point.x * width, point.y * height) for point in face.landmark], np.float64)
            faces.append(mesh_to_68(mesh))
        return faces

    def close(self) -> None:
        """Free the network; twice is fine."""
        if getattr(self, "_mesh", None) is not None:
            self._mesh.close()
            self._mesh = None

    def _process(self, image: np.ndarray) -> list[Any]:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*GetPrototype.*")
            found = self._mesh.process(np.ascontiguousarray(image)).multi_face_landmarks
        return list(found or [])

    def __enter__(self) -> Self:
        """The detector itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()
