import numpy as np
import pytest

from mer.face.canonical import square_points
from mer.face.regions import region_boxes
from mer.motion.spotters.divide_and_conquer import REGIONS, divide_and_conquer, pattern_curve
from tests.motion.test_spotting import course, stack, texture

BOXES = region_boxes(square_points(128), 128)


@pytest.mark.parametrize(
    ("curve", "index"),
    [
        ([0, 1, 3, 1, 0, 0, 2, 1, 2.5, 0], 8),  # late sum 4.5 > early 3; then 2.5 > 2
        ([0, 1, 6, 1, 0, 0, 2, 1, 2.5, 0], 2),  # the sum, not the number of peaks
        ([0, 1, 2, 0, 0, 0, 2, 1], 2),  # a tie: the earlier half
        ([0, 1, 2, 3, 4], 4),  # no peak: the highest frame
        ([0, 3, 3, 3, 0], 1),  # a level top begins with its peak
        ([0, 5], 1),
        ([2], 0),
    ],
)
def test_by_hand(curve: list[float], index: int) -> None:
    assert divide_and_conquer(np.array(curve, float)) == index


def test_the_only_peak_is_taken_wherever_it_is() -> None:
    for place in range(1, 30):
        curve = np.zeros(31)
        curve[place] = 1
        assert divide_and_conquer(curve) == place


@pytest.mark.parametrize("peak", [6, 12, 18])
def test_a_planted_top_is_found(peak: int) -> None:
    """Wrinkles that come and go, without noise: the method takes any small peak for a top."""
    wrinkles = 20 * np.sin(np.indices((128, 128))[0])
    frames = stack([texture(peak) + e * wrinkles for e in course(peak)])[..., 0]
    curve = pattern_curve(frames, BOXES)
    assert curve[0] == pytest.approx(0, abs=1e-6)
    assert abs(int(curve.argmax()) - peak) <= 1
    assert abs(divide_and_conquer(curve) - peak) <= 1


def test_the_curve_is_one_minus_a_cosine() -> None:
    even = np.full((128, 128), 90, np.uint8)  # code 255 everywhere
    rows = np.where(np.indices((128, 128))[0] % 2, 200, 0).astype(np.uint8)
    images = np.stack([even, even, rows])
    curve = pattern_curve(images)
    np.testing.assert_allclose(curve[:2], 0, atol=1e-6)
    # A bright row sees only its sides as bright, a dark one sees all: half of the codes are 255.
    assert curve[2] == pytest.approx(1 - 1 / np.sqrt(2), abs=0.02)  # half of the pixels agree


def test_only_eyes_and_mouth_count() -> None:
    face = texture()
    changed = face.copy()
    inside = np.zeros((128, 128), bool)
    for x0, y0, x1, y1 in BOXES[list(REGIONS)] * 127:
        inside[int(y0) - 2 : int(y1) + 3, int(x0) - 2 : int(x1) + 3] = True
    changed[~inside] = texture(9)[~inside]
    images = stack([face, changed])[..., 0]
    assert pattern_curve(images, BOXES)[1] == pytest.approx(0, abs=1e-6)
    assert pattern_curve(images)[1] > 0.02
