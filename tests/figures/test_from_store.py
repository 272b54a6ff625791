from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.figures.displacement import endpoint_errors
from mer.figures.from_store import displacement_rows, motion_curve
from mer.widgets.explorer.curves import ClipCurves
from mer.widgets.explorer.frames import ClipFrames
from tests.figures.test_box_labels import FACE
from tests.widgets.conftest import SIZE, store  # noqa: F401

SIDE = 128
BOXES = np.repeat(FACE[None], 3, axis=0)


@pytest.fixture
def moving(store):  # noqa: F811
    """Clip 0: the apex is the onset shifted one pixel to the right; the truth says so."""
    rng = np.random.default_rng(0)
    texture = np.kron(rng.random((SIZE // 4, SIZE // 4)), np.ones((4, 4)))
    onset = (texture * 200).astype(np.uint8)
    store.frames[store.start[0]] = onset[..., None]
    store.frames[store.start[0] + 3] = np.roll(onset, 1, axis=1)[..., None]
    store.displacement[0] = 0
    store.displacement[0, 0] = -2 / (SIZE - 1)  # backward: apex(x) = onset(x - 1)
    store.clips.loc[2, "apex"] = 2
    return store


def test_fields_share_one_direction(moving):
    generated = {"still": np.zeros((3, 2, 8, 8), np.float32)}
    (row,) = displacement_rows(moving, [0], generated, ["dis"])
    assert list(row.fields) == ["true", "still", "dis"]
    assert row.name == "negative\nCASME II style\n01 a"
    errors = endpoint_errors([row]).set_index("field")["error_px"]
    assert errors["still"] == pytest.approx(1, abs=1e-2)
    assert errors["dis"] < 0.6  # a flow of the other sign would be 2 px off


def test_unknown_truth_and_no_dynamic_image(moving):
    moving.displacement = None
    (row,) = displacement_rows(moving, [2], {}, [], dynamic=False)
    assert row.fields == {}
    assert row.dynamic is None


def test_of_a_clip_whose_apex_was_moved_the_truth_is_not_known(moving):
    moving.displacement[1] = np.nan
    rows = displacement_rows(moving, [0, 1], {}, ["dis"], dynamic=False)
    assert rows[0].fields["true"] is not None and rows[1].fields["true"] is None
    errors = endpoint_errors(rows).set_index(["clip", "field"])["error_px"]
    assert np.isfinite(errors[rows[0].name, "dis"]) and np.isnan(errors[rows[1].name, "dis"])


def test_motion_curve_is_the_one_of_the_explorer(moving, monkeypatch):
    monkeypatch.setattr(ClipFrames, "check", lambda _self: None)  # these frames lie in no file
    curve = motion_curve(moving, 1)
    np.testing.assert_array_equal(curve.numbers, np.arange(3, 10))
    assert (curve.onset, curve.apex, curve.offset, curve.fps) == (3, 5, 9, 200.0)
    shown = ClipCurves(ClipFrames(moving)).curve(1, 3, 9)
    np.testing.assert_array_equal(shown.numbers, curve.numbers)
    np.testing.assert_allclose(curve.values, shown.values, rtol=1e-5)
    assert curve.values[0] == 0 and np.ptp(curve.values) > 0


def smile(strength, head=0.0, side=SIDE):
    """A face of smooth texture whose lower half is drawn apart by some pixels, and all of which is shifted."""
    texture = cv2.resize(np.random.default_rng(0).random((12, 12)).astype(np.float32), (side, side), None, 0, 0, 2)
    x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    apart = strength * np.exp(-(((y - 0.75 * side) / (0.12 * side)) ** 2)) * np.sign(x - side / 2)
    moved = cv2.remap(texture, x - apart.astype(np.float32) - np.float32(head), y, cv2.INTER_LINEAR, borderMode=4)
    return np.clip(moved * 255, 0, 255).astype(np.uint8)[..., None]


def test_motion_curve_is_of_the_face_and_not_of_the_head(store):  # noqa: F811
    """The head drifts by 4 px to the offset in both; only one of both faces moves by itself."""
    bell = np.sin(np.linspace(0, np.pi, 8))
    tops = []
    for strength in (0.0, 1.5):
        frames = [smile(strength * now, 4 * k / 7) for k, now in enumerate(bell)]
        moved = replace(store, frames=np.stack(frames), start=np.zeros(3, int), count=np.full(3, 8), boxes=BOXES)
        curve = motion_curve(moved, 0)  # frames 11 to 18
        tops.append(float(curve.values.max()))
        assert strength == 0 or curve.numbers[curve.values.argmax()] in (14, 15)
    assert tops[1] > 0.2 and tops[0] < 0.2 * tops[1]


def test_motion_curve_ends_at_the_offset(moving):
    moving.clips.loc[1, "offset"] = 7
    curve = motion_curve(moving, 1)
    assert np.isfinite(curve.values).tolist() == [True] * 5 + [False] * 2
