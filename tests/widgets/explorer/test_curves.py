from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.figures.samples import difference_curve
from mer.widgets.explorer import curves as module
from mer.widgets.explorer.curves import BLUR, KINDS, ClipCurves
from mer.widgets.explorer.frames import ClipFrames
from tests.widgets.explorer_store import SIZE, blob, make_database, make_store


def face(number, apex, strength=2.0, drift=0.0, noise=0.0):
    """A texture that drifts to the right, in which one patch moves up and down again over 2 x apex frames."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    patch = np.exp(-((x - 20) ** 2 + (y - 44) ** 2) / (2 * 5**2))
    course = 0.5 - 0.5 * np.cos(np.pi * number / apex)
    moved = cv2.remap(
        blob(0, size=SIZE + 20).astype(np.float32),
        (x + 10 - drift * number).astype(np.float32),
        (y + 10 + strength * course * patch).astype(np.float32),
        cv2.INTER_CUBIC,
    )
    noisy = moved + noise * np.random.default_rng(number).normal(size=moved.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def with_frames(folder, **course):
    """A store whose clip 0, frames 11 to 18, has its top at frame 14.5 (between two frames, so either is right)."""
    store = make_store(folder)
    frames = np.load(folder / "frames.npy")
    frames[:8, ..., 0] = [face(number, 3.5, **course) for number in range(8)]
    return replace(store, frames=frames)


def test_the_face_alone_peaks_at_its_apex_though_the_head_drifts_on(tmp_path):
    store = with_frames(tmp_path, drift=0.4)
    curves = ClipCurves(ClipFrames(store))
    alone, along, grey = (curves.curve(0, 11, 18, kind).values for kind in ("face", "all", "difference"))
    assert int(np.argmax(alone)) in (3, 4)
    assert int(np.argmax(along)) == int(np.argmax(grey)) == 7
    assert along[-1] == pytest.approx(0.4 * 7 * 128 / SIZE, rel=0.15)  # px of a face of 128, the patch at rest again


def test_a_head_that_only_drifts_leaves_no_motion_of_the_face(tmp_path):
    curves = ClipCurves(ClipFrames(with_frames(tmp_path, strength=0.0, drift=0.5)))
    assert curves.curve(0, 11, 18, "face").values.max() < 0.02 * curves.curve(0, 11, 18, "all").values.max()


def test_noise_lifts_no_frame_but_the_onset_off_the_curve(tmp_path):
    """The onset differs from itself by nothing, any other frame by the noise of both."""
    store = with_frames(tmp_path, noise=3.0)
    curve = ClipCurves(ClipFrames(store)).curve(0, 11, 18, "difference").values
    raw = difference_curve(store.frames[:8])
    calm = difference_curve(with_frames(tmp_path).frames[:8])
    assert raw[1] - calm[1] > 1.0
    assert curve[1] < 0.3 * raw[1]


def test_the_difference_is_that_of_blurred_frames(store):
    curve = ClipCurves(ClipFrames(store)).curve(1, 3, 9, "difference")
    blurred = [cv2.GaussianBlur(blob(n), (0, 0), BLUR).astype(float) for n in range(3, 10)]
    np.testing.assert_allclose(curve.values, [np.abs(one - blurred[0]).mean() for one in blurred], rtol=1e-5)
    assert list(curve.numbers) == list(range(3, 10))


@pytest.mark.parametrize("kind", KINDS)
def test_it_counts_from_a_moved_onset_and_reaches_to_moved_marks(store, tmp_path, kind):
    curves = ClipCurves(ClipFrames(store, make_database(tmp_path / "raw", store)))
    outward = curves.curve(1, 1, 12, kind)
    assert list(outward.numbers) == list(range(1, 13))
    assert outward.values[0] == 0
    assert np.isfinite(outward.values).all()
    inward = curves.curve(1, 5, 8, kind)
    assert list(inward.numbers) == list(range(3, 10))
    assert inward.values[2] == 0
    # the face's own only between the marks: its drift is that from one to the other
    assert list(np.isnan(inward.values)) == [kind == "face" and not 5 <= n <= 8 for n in range(3, 10)]


@pytest.mark.parametrize("kind", KINDS)
def test_frames_that_are_not_there_leave_a_gap(store, tmp_path, kind):
    database = make_database(tmp_path / "raw", store)
    (database.root / "synthetic-casme2" / "b" / "img11.png").unlink()
    curve = ClipCurves(ClipFrames(store, database)).curve(1, 3, 12, kind)
    assert list(np.isnan(curve.values)) == [number == 11 for number in curve.numbers]
    without = ClipCurves(ClipFrames(store)).curve(1, 1, 9, kind)
    assert list(np.isnan(without.values)) == [number < 3 for number in without.numbers]
    assert without.values[2] == 0  # the stored onset, in place of the one that cannot be read


def test_of_a_long_clip_every_second_frame_is_computed_and_the_onset(store, monkeypatch):
    monkeypatch.setattr(module, "MOST_FLOWS", 4)
    curves = ClipCurves(ClipFrames(store))
    for onset, numbers in ((3, [3, 5, 7, 9]), (4, [4, 6, 8])):
        curve = curves.curve(1, onset, 9)
        assert list(curve.numbers) == numbers
        assert np.isfinite(curve.values).all()
    assert list(curves.curve(1, 3, 9, "difference").numbers) == list(range(3, 10))


def test_marks_out_of_order_leave_the_curve_standing(store):
    curve = ClipCurves(ClipFrames(store)).curve(1, 8, 5)
    assert curve.values[5] == 0
    assert np.isfinite(curve.values).sum() == 1
