"""Landmarks by MediaPipe Face Mesh: the default detector, offline, about 5 ms an image."""

import warnings
from types import TracebackType
from typing import Any, Self

import numpy as np

from mer.core.errors import InputError
from mer.face.mesh68 import USED_VERTICES, mesh_to_68
from mer.face.native_messages import native_messages_held

_USED = list(USED_VERTICES)


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

                kind = _on_this_thread(mediapipe.solutions.face_mesh.FaceMesh)
                self._mesh: Any = kind(
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
            found, mesh = face.landmark, np.zeros((len(face.landmark), 2))
            mesh[_USED] = [(found[k].x * width, found[k].y * height) for k in USED_VERTICES]
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


def _on_this_thread(face_mesh: Any) -> type:
    """MediaPipe's own class, whose steps run in the thread that asks.

    Otherwise they are handed from one thread of its own to the next, which takes a twelfth of the time (10.2 to 9.4 ms
    an image of 640 x 480 on two cores); the points are the same to the last bit. Measured and left out: two threads for
    its networks, which find a face in 7.9 ms and then spin for so long that what follows waits for a core.
    """

    class OnThisThread(face_mesh):
        def _modify_calculator_options(self, graph: Any, given: Any) -> None:
            super()._modify_calculator_options(graph, given)
            del graph.executor[:]  # one entry that says nothing
            graph.executor.add(type="ApplicationThreadExecutor")

    return OnThisThread
