import itertools

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.canonical import canonical_points, canonical_solid
from mer.face.landmarks import LandmarkDetector, the_face
from mer.face.mesh68 import MIRROR_68, mirror_points
from mer.face.pose import angles, eye_distance, head_pose, rotation_matrix

TURNS = list(itertools.product((-30.0, 0.0, 12.0), (-20.0, 0.0, 15.0), (-25.0, 0.0, 10.0)))


def seen(yaw: float, pitch: float, roll: float, distance: float = 10.0, focal: float = 3000.0) -> np.ndarray:
    """The canonical head turned and seen by a pinhole camera, in a frame of 640 x 480: float32 (68, 2)."""
    solid = canonical_solid()
    solid = (solid - solid.mean(axis=0)) @ rotation_matrix(yaw, pitch, roll).T
    solid[:, 2] += distance
    return (focal * solid[:, :2] / solid[:, 2:] + [250.0, 300.0]).astype(np.float32)


@pytest.mark.parametrize(("yaw", "pitch", "roll"), TURNS)
def test_a_known_rotation_is_found(yaw: float, pitch: float, roll: float) -> None:
    np.testing.assert_allclose(head_pose(seen(yaw, pitch, roll)), [yaw, pitch, roll], atol=1.0)


@pytest.mark.parametrize("distance", [5.0, 20.0])
def test_another_distance_of_the_camera_matters_little(distance: float) -> None:
    np.testing.assert_allclose(head_pose(seen(12, -8, 5, distance)), [12, -8, 5], atol=2.0)


def test_signs_are_those_of_the_viewer() -> None:
    """Read off the turned points themselves, without any matrix of the module's."""
    front = seen(0, 0, 0)
    nose = front[30] - front[36:48].mean(axis=0)
    right, up, lean = (seen(*turn) for turn in ((10, 0, 0), (0, 10, 0), (0, 0, 10)))
    assert (right[30] - right[36:48].mean(axis=0))[0] > nose[0] + 5  # the nose moves to the right of the eyes
    assert (up[30] - up[36:48].mean(axis=0))[1] < nose[1] - 5  # and towards them
    assert lean[45, 1] > lean[36, 1] + 5  # clockwise: the eye at the right is the lower one


def test_size_and_place_do_not_matter() -> None:
    points = seen(10, 5, -5)
    np.testing.assert_allclose(head_pose(points), head_pose(points * 0.2 + 77), atol=0.02)


def test_mirroring_turns_yaw_and_roll_round() -> None:
    yaw, pitch, roll = head_pose(mirror_points(seen(14, 6, 9), 640))
    np.testing.assert_allclose([yaw, pitch, roll], [-14, 6, -9], atol=1.0)


def test_noise_of_a_detector_costs_a_degree_or_two() -> None:
    draw = np.random.default_rng(0)
    width = float(np.ptp(seen(0, 0, 0)[:17, 0]))
    found = [head_pose(seen(8, -4, 3) + draw.normal(0, 0.01 * width, (68, 2))) for _ in range(50)]
    assert np.abs(np.mean(found, axis=0) - [8, -4, 3]).max() < 1.5
    assert np.std(found, axis=0).max() < 4


def test_angles_undo_the_rotation() -> None:
    for turn in TURNS:
        np.testing.assert_allclose(angles(rotation_matrix(*turn)), turn, atol=1e-4)


@pytest.mark.parametrize(
    "points",
    [
        np.full((68, 2), np.nan),
        np.full((68, 2), 3.0),
        np.column_stack([np.arange(68.0), 2 * np.arange(68.0)]),
        np.where(np.arange(68)[:, None] == 40, np.inf, seen(0, 0, 0)),
    ],
)
def test_points_without_a_pose_give_nan(points: np.ndarray) -> None:
    assert np.isnan(head_pose(points)).all()


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(InputError, match=r"\(68, 2\); found \(5, 2\)"):
        head_pose(np.zeros((5, 2)))


def test_the_solid_face_is_the_flat_one_and_symmetric() -> None:
    solid = canonical_solid()
    np.testing.assert_allclose(solid[:, :2], canonical_points(), atol=1e-6)
    np.testing.assert_allclose(solid[list(MIRROR_68), 2], solid[:, 2], atol=1e-9)
    assert solid[:, 2].argmin() == 30  # the tip of the nose is nearest


def test_eye_distance_by_hand() -> None:
    points = np.zeros((68, 2))
    points[36:42], points[42:48] = [10, 10], [13, 14]
    assert eye_distance(points) == pytest.approx(5)


def test_the_photograph_is_roughly_frontal(astronaut: np.ndarray, facemesh: LandmarkDetector) -> None:
    """Her head is turned a little to the right edge and leans with her shoulders, clockwise by the line of the eyes."""
    points = the_face(astronaut, facemesh)
    yaw, pitch, roll = head_pose(points)
    assert abs(yaw) < 20
    assert abs(pitch) < 20
    line = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
    assert roll == pytest.approx(np.degrees(np.arctan2(line[1], line[0])), abs=4)


def test_the_pose_of_rendered_heads(tiny_database: Database, facemesh: LandmarkDetector) -> None:
    """True angles are known; pitch has the proportions of a face in it and is only rough."""
    from mer.datasets.synthetic.clip import subject_head
    from mer.datasets.synthetic.plan import SyntheticConfig, plan

    config = SyntheticConfig(seed=7, subjects=3, clips_per_subject=3, tempo=0.25, margin=1)
    errors = []
    for clip in {(clip.look, clip.subject): clip for clip in plan(config)}.values():
        row = tiny_database.clips.set_index(["database", "subject", "clip"]).loc[(clip.look, clip.subject, clip.clip)]
        camera = subject_head(config, clip).camera
        true = np.degrees([camera.yaw, -camera.pitch, -camera.roll])  # theirs: y up, z towards the viewer
        name = pd.Series({"database": clip.look, "subject": clip.subject, "clip": clip.clip})
        image = tiny_database.frame(pd.concat([name, row]), int(row["onset"]))
        errors.append(head_pose(the_face(image, facemesh)) - true)
    yaw, pitch, roll = np.array(errors).T
    assert len(errors) == 9
    assert np.abs(yaw).max() < 5
    assert np.abs(roll).max() < 3
    assert np.abs(pitch).max() < 16
