import sys

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.face.landmarks import LandmarkDetector, NoFace, make_detector, the_face


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(InputError, match=r"dlib is not installed.*pip install dlib-bin"):
        make_detector("dlib")


def test_missing_model_is_named() -> None:
    pytest.importorskip("dlib", reason="dlib is optional")
    from mer.face.dlib68 import DlibDetector

    with pytest.raises(InputError, match=r"/nowhere/model.dat does not exist"):
        DlibDetector("/nowhere/model.dat")


def test_agrees_with_face_mesh_on_the_photograph(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    pytest.importorskip("dlib", reason="dlib is optional")
    detector = make_detector("dlib")
    head = astronaut[:300, 80:380]  # elsewhere in the photograph dlib sees a second face
    points = the_face(head, detector)
    height = points[8, 1] - points[17:27, 1].min()
    distance = np.linalg.norm(points - the_face(np.ascontiguousarray(head), facemesh), axis=1)[17:]
    assert distance.mean() < 0.05 * height
    with pytest.raises(NoFace):
        the_face(np.zeros((100, 100, 3), np.uint8), detector)
