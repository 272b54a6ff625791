import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.files import file_digest
from mer.face.landmarks import LandmarkDetector, NoFace, SeveralFaces, detector_identity, make_detector, the_face
from mer.face.mesh68 import MESH_VERTICES
from mer.face.tasks import TasksDetector, result_points
from tests.face.task_bundle import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle mit Lücke") / "face_landmarker.task")


@pytest.fixture(scope="module")
def detector(bundle: Path):
    with TasksDetector(bundle) as made:
        yield made


def test_agrees_with_face_mesh(astronaut: np.ndarray, detector: TasksDetector, facemesh: LandmarkDetector) -> None:
    """Same models, other code round them: within two percent of the face's height on average."""
    points, others = the_face(astronaut, detector), the_face(astronaut, facemesh)
    assert points.dtype == np.float32
    height = others[8, 1] - others[17:27, 1].min()
    assert np.linalg.norm(points - others, axis=1).mean() < 0.02 * height


def test_no_face_and_two_faces(face_crop: np.ndarray, detector: TasksDetector) -> None:
    with pytest.raises(NoFace, match="tasks:"):
        the_face(np.zeros((200, 200, 3), np.uint8), detector)
    two = np.concatenate([np.pad(face_crop, ((90, 90), (40, 40), (0, 0)), mode="edge")] * 2, axis=1)
    with pytest.raises(SeveralFaces, match="2 faces"):
        the_face(two, detector)


def test_the_name_holds_the_digest(bundle: Path, detector: TasksDetector, tmp_path: Path) -> None:
    assert detector.name == detector_identity(f"tasks:{bundle}") == f"tasks:{file_digest(bundle)[:12]}"
    other = tmp_path / "other.task"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("face_landmarks_detector.tflite", b"another")
    assert detector_identity(f"tasks:{other}") != detector.name


def test_made_by_name_closed_twice_then_refused(bundle: Path) -> None:
    detector = make_detector(f"tasks:{bundle}")
    assert isinstance(detector, TasksDetector)
    with pytest.raises(InputError, match="uint8 of shape"):
        detector.detect(np.zeros((64, 64), np.uint8))
    detector.close()
    detector.close()
    with pytest.raises(InputError, match="closed"):
        detector.detect(np.zeros((64, 64, 3), np.uint8))


def test_a_missing_bundle_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingPath, match=r"nowhere.task' does not exist.*face_landmarker.task"):
        make_detector("tasks:/nowhere.task")
    with pytest.raises(MissingPath, match="does not exist"):
        make_detector(f"tasks:{tmp_path}")  # a folder is no bundle
    with pytest.raises(InputError, match=r"'tasks' needs a path. Write tasks:/path/to/face_landmarker.task"):
        make_detector("tasks")


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    plain = tmp_path / "model.task"
    plain.write_bytes(b"<html>not found</html>")
    with pytest.raises(InputError, match=r"model.task \(22 bytes\) is no .task bundle"):
        make_detector(f"tasks:{plain}")
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("hand_detector.tflite", b"x")
    with pytest.raises(InputError, match=r"is no face landmarker; it holds hand_detector.tflite"):
        make_detector(f"tasks:{plain}")


def test_a_bundle_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("mediapipe", reason="needs MediaPipe")
    path = tmp_path / "face_landmarker.task"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("face_detector.tflite", b"rubbish")
        archive.writestr("face_landmarks_detector.tflite", b"rubbish")
    with pytest.raises(InputError, match=r"cannot be used as a face landmarker"):
        make_detector(f"tasks:{path}")


def test_a_missing_package_says_what_to_install(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(InputError, match=r"MediaPipe Tasks cannot be loaded.*pip install"):
        make_detector(f"tasks:{bundle}")


def test_results_become_points() -> None:
    """With the result classes of the library and numbers made by hand."""
    pytest.importorskip("mediapipe", reason="needs MediaPipe")
    from mediapipe.tasks.python.components.containers.landmark import NormalizedLandmark
    from mediapipe.tasks.python.vision import FaceLandmarkerResult

    faces = [[NormalizedLandmark(x=k / 1000, y=shift + k / 2000, z=0.0) for k in range(478)] for shift in (0, 0.1)]
    result = FaceLandmarkerResult(faces, face_blendshapes=[], facial_transformation_matrixes=[])
    first, second = result_points(result, width=640, height=480)
    assert first.shape == (68, 2)
    np.testing.assert_allclose(first[30], [640 * 0.004, 480 * 0.002], rtol=1e-5)  # the tip of the nose is vertex 4
    assert MESH_VERTICES[3] == (132, 58)
    np.testing.assert_allclose(first[3], [640 * 0.095, 480 * 0.0475], rtol=1e-5)  # the mean of two
    np.testing.assert_allclose(second - first, [[0, 48]] * 68, atol=1e-4)
    assert result_points(FaceLandmarkerResult([], [], []), 640, 480) == []


def test_the_native_library_is_silent(bundle: Path) -> None:
    code = (
        "import numpy as np\n"
        "from mer.face.landmarks import make_detector\n"
        f"with make_detector('tasks:{bundle}') as detector:\n"
        "    detector.detect(np.zeros((64, 64, 3), np.uint8))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout == ""


def test_a_damaged_bundle_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.task", "w") as archive:
        archive.writestr("face_landmarks_detector.tflite", b"model")
    data = bytearray((tmp_path / "x.task").read_bytes())
    place = data.find(b"PK\x01\x02")
    data[place : place + 4] = b"XXXX"  # the table of contents; the end record alone makes it a zip file
    (tmp_path / "x.task").write_bytes(data)
    assert zipfile.is_zipfile(tmp_path / "x.task")
    with pytest.raises(InputError, match=r"x\.task is a damaged zip archive"):
        detector_identity(f"tasks:{tmp_path / 'x.task'}")
