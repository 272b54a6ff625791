import numpy as np
import pytest

from mer.figures.displacement import endpoint_errors
from mer.figures.from_store import displacement_rows, motion_curve
from tests.widgets.conftest import SIZE, store  # noqa: F401


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


def test_motion_curve_is_of_that_clip(moving):
    curve = motion_curve(moving, 1)
    np.testing.assert_array_equal(curve.numbers, np.arange(3, 10))
    assert (curve.onset, curve.apex, curve.offset, curve.fps) == (3, 5, 9, 200.0)
    assert curve.values[0] == 0
    assert curve.values[1] > 10  # unrelated noise
