"""Landmarks by dlib, as in the paper: frontal face detector and the 68-point model of iBUG 300-W.

Needs two packages that are not part of the suite: ``dlib-bin`` (or ``dlib``) and ``face_recognition_models==0.3.0``,
which holds the model file. The model was trained on images whose terms exclude commercial use.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mer.core.errors import InputError

_REMEDY = "Install them with: pip install dlib-bin face_recognition_models==0.3.0; or use the detector 'facemesh'."


class DlibDetector:
    """dlib's detector and 68-point shape predictor. Not safe to share between threads."""

    name = "dlib"

    def __init__(self, model: Path | str | None = None, enlarge: int = 1) -> None:
        """Load the model.

        Args:
            model: ``shape_predictor_68_face_landmarks.dat``; None looks into the package face_recognition_models.
            enlarge: how often an image is doubled in size before faces are looked for; faces of less than 80 pixels
                need 1.

        Raises:
            InputError: dlib or its model is not installed.
        """
        try:
            import dlib
        except ImportError as error:
            raise InputError(f"The package dlib is not installed ({error}). {_REMEDY}") from error
        path = Path(model) if model else _packaged_model()
        if not path.is_file():
            raise InputError(f"dlib's 68-point model {path} does not exist. {_REMEDY}")
        self._find = dlib.get_frontal_face_detector()
        self._points = dlib.shape_predictor(str(path))
        self._enlarge = enlarge

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        """Faces of one image; see `mer.face.landmarks.LandmarkDetector.detect`."""
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise InputError(f"An image is uint8 of shape (height, width, 3); found {image.dtype}, {image.shape}.")
        image = np.ascontiguousarray(image)
        shapes = [self._points(image, box) for box in self._find(image, self._enlarge)]
        return [np.array([(part.x, part.y) for part in shape.parts()], dtype=np.float32) for shape in shapes]


def _packaged_model() -> Path:
    """The model file inside face_recognition_models, found without importing it (its import fails)."""
    package = find_spec("face_recognition_models")
    if package is None or package.origin is None:
        raise InputError(f"The package face_recognition_models is not installed. {_REMEDY}")
    return Path(package.origin).parent / "models" / "shape_predictor_68_face_landmarks.dat"
