import numpy as np
import pytest

from mer.face.canonical import square_points
from mer.motion.spotters.capsule import CELL_NAMES, capsule_curve, cells_of_face
from tests.motion.test_spotting import clip, course, stack, texture, warped

POINTS = square_points(128)


def cell(name: str) -> np.ndarray:
    return cells_of_face(POINTS, 128, 128)[CELL_NAMES.index(name)]


def test_cells_stand_where_the_face_has_them() -> None:
    cells = cells_of_face(POINTS, 128, 128)
    assert cells.shape == (10, 4)
    side = (POINTS[54, 0] - POINTS[48, 0]) / 2
    np.testing.assert_allclose(cells[:, 2:] - cells[:, :2], side, atol=1)
    for name, point in (("left lip corner", 48), ("right lip corner", 54)):
        np.testing.assert_allclose((cell(name)[:2] + cell(name)[2:]) / 2, POINTS[point], atol=1)
    assert cell("chin")[3] == pytest.approx(POINTS[8, 1], abs=1)
    assert cell("left of nose")[2] == pytest.approx(POINTS[31, 0], abs=1)
    assert cell("left of nose")[3] == pytest.approx(cell("left lip corner")[1], abs=1)
    assert cell("right of nose")[0] == pytest.approx(POINTS[35, 0], abs=1)
    assert cell("left outer eye")[2] == pytest.approx(POINTS[36, 0], abs=1)
    assert cell("right outer eye")[0] == pytest.approx(POINTS[45, 0], abs=1)
    assert cell("left brow")[2] == pytest.approx(cell("between brows")[0], abs=1)
    assert cell("right brow")[0] == pytest.approx(cell("between brows")[2], abs=1)


def test_cells_are_cut_at_the_border_and_never_empty() -> None:
    cells = cells_of_face(POINTS - 300, 128, 100)
    assert (cells[:, 2:] > cells[:, :2]).all()
    assert (cells >= 0).all() and (cells[:, 2] <= 128).all() and (cells[:, 3] <= 100).all()


def test_the_ratio_by_hand() -> None:
    """A face that brightens by 4, stays, and darkens by 10: (4+1)/(4+1), (4+1)/(0+1), (6+1)/(10+1)."""
    images = np.stack([np.full((128, 128), level, np.uint8) for level in (100, 104, 104, 94)])
    np.testing.assert_allclose(capsule_curve(images, POINTS), [0, 1, 5, 7 / 11], rtol=1e-6)


def test_the_term_of_the_offset_by_hand() -> None:
    images = np.stack([np.full((128, 128), level, np.uint8) for level in (100, 104, 104, 94)])
    np.testing.assert_allclose(capsule_curve(images, POINTS, True), [0, 16 / 5, 16, 8 / 11], rtol=1e-6)


@pytest.mark.parametrize("peak", [8, 14, 18])
def test_a_top_at_which_the_face_rests_is_found(peak: int) -> None:
    """Sensor noise as of a good camera; without any the frame after the top, where motion is least, would win."""
    draw = np.random.default_rng(peak)
    face = texture(peak)
    frames = stack([warped(face, 4 * e) + draw.normal(0, 0.3, face.shape) for e in course(peak)])[..., 0]
    assert abs(int(capsule_curve(frames, POINTS).argmax()) - peak) <= 1


def test_a_repeated_frame_looks_like_an_apex() -> None:
    """The known weakness of this spotter, kept as it is."""
    frames = clip(12)[..., 0]
    frames[17] = frames[16]
    assert int(capsule_curve(frames, POINTS).argmax()) == 17


def test_one_frame() -> None:
    assert capsule_curve(np.zeros((1, 128, 128), np.uint8), POINTS).tolist() == [0]
