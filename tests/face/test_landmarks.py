import subprocess
import sys

import cv2
import numpy as np
import pytest

from mer.core.errors import InputError
from mer.datasets.synthetic.camera import sense
from mer.datasets.synthetic.clip import make_scene, subject_head
from mer.datasets.synthetic.names import synthetic_config
from mer.datasets.synthetic.plan import plan
from mer.face.facemesh import FaceMeshDetector
from mer.face.landmarks import (
    CutFace,
    LandmarkDetector,
    NoFace,
    SeveralFaces,
    detector_identity,
    make_detector,
    outer_faces,
    the_face,
)
from mer.face.mesh68 import mirror_points
from tests.face.conftest import FixedDetector


def test_the_photograph_shows_one_plausible_face(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    points = the_face(astronaut, facemesh)
    assert points.shape == (68, 2)
    assert points.dtype == np.float32
    left_eye, right_eye, mouth = points[36:42].mean(0), points[42:48].mean(0), points[48:60].mean(0)
    np.testing.assert_allclose(left_eye, [203, 101], atol=3)  # pupils, read off the photograph
    np.testing.assert_allclose(right_eye, [246, 103], atol=3)
    assert points[17:27, 1].max() < left_eye[1] < points[30, 1] < mouth[1] < points[8, 1]
    assert (np.diff(points[2:15, 0]) > 0).all()  # the jaw runs from left to right


def test_pixel_centres_are_whole_numbers(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    """Half a pixel too much or too little would show as 1 in the mirrored image and as 1/4 in the enlarged one."""
    mirrored, enlarged = [], []
    for left in range(0, 60, 6):
        image = np.ascontiguousarray(astronaut[:330, left : left + 400])
        points = the_face(image, facemesh)
        flipped = mirror_points(the_face(np.ascontiguousarray(image[:, ::-1]), facemesh), image.shape[1])
        mirrored.append((flipped - points)[17:].mean(axis=0))
        twice = the_face(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), facemesh)
        enlarged.append(((twice + 0.5) / 2 - 0.5 - points).mean(axis=0))
    assert abs(np.mean(mirrored, axis=0)[0]) < 0.45
    assert np.abs(np.mean(enlarged, axis=0)).max() < 0.12


def test_an_answer_does_not_depend_on_what_was_asked_before(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    first = the_face(astronaut, facemesh)
    facemesh.detect(np.ascontiguousarray(astronaut[:250, 100:400]))
    np.testing.assert_array_equal(the_face(astronaut, facemesh), first)


def test_an_image_without_a_face(facemesh: LandmarkDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    with pytest.raises(NoFace, match=r"No face.*200 x 200"):
        the_face(noise, facemesh)


def test_two_faces(face_crop: np.ndarray, facemesh: LandmarkDetector) -> None:
    with pytest.raises(SeveralFaces, match="2 faces"):
        the_face(np.concatenate([face_crop, face_crop], axis=1), facemesh)


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """Points that fill a box, its corners among them."""
    across, down = np.meshgrid(np.linspace(x0, x1, 17), np.linspace(y0, y1, 4))
    return np.stack([across, down], axis=2).reshape(68, 2).astype(np.float32)


@pytest.mark.parametrize(
    ("inner", "counts"),
    [
        ((20, 20, 70, 70), False),  # a quarter, inside
        ((20, 20, 71, 71), True),  # more than a quarter
        ((-5, 20, 45, 70), False),  # nine tenths of it inside
        ((-6, 20, 44, 70), True),  # less
        ((0, 0, 100, 100), True),  # the same place twice: open which is right
        ((120, 20, 150, 50), True),  # a small face beside the large one
    ],
)
def test_a_face_inside_a_much_larger_one_is_no_second_person(inner: tuple[float, ...], counts: bool) -> None:
    face, other = box(0, 0, 100, 100), box(*inner)
    for faces in ([face, other], [other, face]):
        kept = outer_faces(faces)
        assert len(kept) == 1 + counts and any(one is face for one in kept)
        assert not counts or kept[0] is faces[0], "in their order"
    image = np.zeros((200, 200, 3), np.uint8)
    detector = FixedDetector(other, face)
    if counts:
        with pytest.raises(SeveralFaces, match="2 faces"):
            the_face(image, detector)
    else:
        np.testing.assert_array_equal(the_face(image, detector), face)


def test_no_face_and_one_face_are_left_alone() -> None:
    assert outer_faces([]) == []
    (kept,) = outer_faces([box(0, 0, 1, 1)])
    np.testing.assert_array_equal(kept, box(0, 0, 1, 1))
    inside_each_other = [box(0, 0, 100, 100), box(10, 10, 50, 50), box(20, 20, 30, 30)]
    assert len(outer_faces(inside_each_other)) == 1


def test_glasses_in_which_face_mesh_sees_a_face(facemesh: LandmarkDetector) -> None:
    config = synthetic_config("synthetic+glasses")
    assert config is not None
    clip = next(clip for clip in plan(config) if clip.clip == "023_1_1")
    scene = make_scene(config, clip, subject_head(config, clip))
    onset = sense(scene.picture(clip.onset - clip.first), 0.004, 0.012, np.random.default_rng(0))
    faces = facemesh.detect(onset)
    assert len(faces) == 2, "without the rule this clip would be left out"
    height = [float(np.ptp(face[:, 1])) for face in faces]
    assert np.ptp(the_face(onset, facemesh)[:, 1]) == max(height) > 3 * min(height)


def test_a_face_cut_by_the_border(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    with pytest.raises(CutFace, match=r"cut by the border: .* of 68"):
        the_face(np.ascontiguousarray(astronaut[:, 200:]), facemesh)


def test_the_border_allows_what_a_detector_cannot_know() -> None:
    points = np.full((68, 2), 50.0, np.float32)
    points[0, 1], points[8, 1] = 0, 99  # 99 pixels high: two percent is 1.98 pixels
    image = np.zeros((100, 100, 3), np.uint8)
    points[3, 0] = -1.9
    assert the_face(image, FixedDetector(points))[3, 0] == pytest.approx(-1.9)
    points[3, 0] = -2.1
    with pytest.raises(CutFace, match="1 of 68"):
        the_face(image, FixedDetector(points))


def test_named_errors_are_input_errors() -> None:
    assert all(issubclass(kind, InputError) for kind in (NoFace, SeveralFaces, CutFace))


def test_unknown_detector_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'facemesh'"):
        make_detector("facemsh")


@pytest.mark.parametrize("name", ["facemesh:model", "dlib:", "", ":", "Facemesh"])
def test_names_that_are_no_detectors(name: str) -> None:
    for function in (make_detector, detector_identity):
        with pytest.raises(InputError, match="There is no landmark detector"):
            function(name)


def test_identity_of_the_plain_ones_is_their_name() -> None:
    assert [detector_identity(name) for name in ("facemesh", "dlib")] == ["facemesh", "dlib"]


def test_wrong_images_are_refused(facemesh: LandmarkDetector) -> None:
    for image in (np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.float32)):
        with pytest.raises(InputError, match="uint8 of shape"):
            facemesh.detect(image)


def test_closed_twice_then_refused() -> None:
    pytest.importorskip("mediapipe", reason="needs MediaPipe's face model")
    with FaceMeshDetector() as detector:
        pass
    detector.close()
    with pytest.raises(InputError, match="closed"):
        detector.detect(np.zeros((64, 64, 3), np.uint8))


def test_the_native_library_is_silent() -> None:
    pytest.importorskip("mediapipe", reason="needs MediaPipe's face model")
    code = (
        "import numpy as np\n"
        "from mer.face.landmarks import make_detector\n"
        "with make_detector('facemesh') as detector:\n"
        "    detector.detect(np.zeros((64, 64, 3), np.uint8))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout == ""


def test_its_steps_in_the_asking_thread_find_what_those_of_mediapipe_find(
    facemesh: LandmarkDetector, face_crop: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mediapipe

    plain = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=True, refine_landmarks=True, max_num_faces=4, min_detection_confidence=0.5
    )
    graphs = [mesh._graph.text_config for mesh in (plain, facemesh._mesh)]  # type: ignore[attr-defined]
    assert ["ApplicationThreadExecutor" in graph for graph in graphs] == [False, True]
    (points,) = facemesh.detect(face_crop)
    with plain:
        monkeypatch.setattr(facemesh, "_mesh", plain)
        (expected,) = facemesh.detect(face_crop)
    assert np.array_equal(points, expected)
