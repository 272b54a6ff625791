import numpy as np
import pytest

from mer.widgets.explorer.curve import clip_curves
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.explorer.motion import ClipMotion
from tests.widgets.explorer_store import blob, make_database, make_store


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "store")


def test_the_curve_is_the_mean_difference_from_the_onset(store):
    (curve,) = clip_curves(ClipMotion(ClipFrames(store)), 1, 3, 9)
    expected = [np.abs(blob(n).astype(int) - blob(3).astype(int)).mean() for n in range(3, 10)]
    np.testing.assert_allclose(curve.values, expected, rtol=1e-5)
    assert list(curve.numbers) == list(range(3, 10))


def test_it_counts_from_a_moved_onset_and_reaches_to_moved_marks(store, tmp_path):
    motion = ClipMotion(ClipFrames(store, make_database(tmp_path / "raw", store)))
    difference, flow = clip_curves(motion, 1, 1, 12, with_flow=True)
    assert list(difference.numbers) == list(range(1, 13))
    assert difference.values[0] == flow.values[0] == 0
    expected = np.abs(blob(12).astype(int) - blob(1).astype(int)).mean()
    assert difference.values[-1] == pytest.approx(expected, rel=1e-5)
    inward = clip_curves(motion, 1, 5, 9)[0]
    assert inward.values[list(inward.numbers).index(5)] == 0
    assert inward.values[0] > 0


def test_frames_that_are_not_there_leave_a_gap(store, tmp_path):
    database = make_database(tmp_path / "raw", store)
    (database.root / "synthetic-casme2" / "b" / "img11.png").unlink()
    curve = clip_curves(ClipMotion(ClipFrames(store, database)), 1, 3, 12)[0]
    assert list(np.isnan(curve.values)) == [number == 11 for number in curve.numbers]
    without = clip_curves(ClipMotion(ClipFrames(store)), 1, 1, 9)[0]
    assert list(np.isnan(without.values)) == [number < 3 for number in without.numbers]
    assert without.values[2] == 0  # the stored onset, in place of the one that cannot be read
