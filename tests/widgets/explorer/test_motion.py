import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.evaluation.predictions import predictions_table, write_predictions
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.explorer.motion import MAGNIFIERS, ClipMotion
from tests.widgets.explorer_store import SIZE, make_store


@pytest.fixture
def motion(store):
    return ClipMotion(ClipFrames(store))


def write_run(folder, store, rows=(0, 1), fields=None, name="displacement"):
    folder.mkdir()
    clips = store.clips.iloc[list(rows)][["database", "subject", "clip"]].assign(label="negative")
    scores = np.tile([0.6, 0.4], (len(clips), 1))
    table = predictions_table(clips, ["negative", "positive"], scores, pd.Series(["f"] * len(clips)), "last", "r", 0)
    write_predictions(table, folder / "predictions.csv")
    (folder / "arrays").mkdir()
    fields = np.full((len(clips), 2, 16, 16), -0.1, np.float16) if fields is None else fields
    np.savez(folder / "arrays" / "clips.npz", **{name: fields})
    return folder


@pytest.mark.parametrize("source", ["dis", "farneback", "tvl1"])
def test_flow_is_forward_and_in_pixels(motion, source):
    field = motion.field(1, 3, 6, source)  # three frames at half a pixel, to the right
    inner = field[:, 12:-12, 12:-12]
    assert inner[0].mean() == pytest.approx(1.5, abs=0.25)
    assert inner[1].mean() == pytest.approx(0, abs=0.15)


def test_without_the_head_nothing_is_left_of_a_drift(motion):
    field = motion.field(1, 3, 6, "dis", head_still=True)
    assert np.abs(field[:, 16:-16, 16:-16]).mean() < 0.2


def test_the_truth_is_forward_too(motion):
    field = motion.field(0, 11, 14, "true")
    assert np.nanmean(field[0]) == pytest.approx(1.5, abs=0.01)
    assert np.isnan(field[:, :4]).all()


def test_no_truth_is_said(store, tmp_path):
    with pytest.raises(InputError, match="nobody knows"):
        ClipMotion(ClipFrames(make_store(tmp_path / "real", displacement=False))).field(0, 11, 14, "true")
    store.displacement[0] = np.nan
    with pytest.raises(InputError, match="was moved"):
        ClipMotion(ClipFrames(store)).field(0, 11, 14, "true")


def test_a_run_is_found_by_key_and_enlarged(store, tmp_path):
    motion = ClipMotion(ClipFrames(store), write_run(tmp_path / "run", store, rows=(1, 0)))
    field = motion.field(0, 11, 14, "run")
    assert field.shape == (2, SIZE, SIZE)
    assert field[0].mean() == pytest.approx(0.1 * (SIZE - 1) / 2, rel=0.01)
    with pytest.raises(InputError, match="does not hold"):
        motion.field(2, 1, 2, "run")


def test_runs_that_have_none_are_said(store, tmp_path):
    frames = ClipFrames(store)
    with pytest.raises(InputError, match="No run was given"):
        ClipMotion(frames).field(0, 11, 14, "run")
    with pytest.raises(MissingPath, match="keeps no arrays"):
        ClipMotion(frames, tmp_path / "gone").field(0, 11, 14, "run")
    with pytest.raises(InputError, match="holds no displacement"):
        ClipMotion(frames, write_run(tmp_path / "flow", store, name="embedding")).field(0, 11, 14, "run")
    short = write_run(tmp_path / "short", store, fields=np.zeros((1, 2, 16, 16), np.float16))
    with pytest.raises(InputError, match="not whole"):
        ClipMotion(frames, short).field(0, 11, 14, "run")


def test_magnified_once_is_the_frame(motion, store):
    np.testing.assert_array_equal(motion.magnified(1, 3, 6, 1.0, "phase"), store.frame(1, 6))
    np.testing.assert_array_equal(motion.magnified(1, 3, 3, 8.0, "linear"), store.frame(1, 3))


def test_linear_magnification_multiplies_the_difference(motion, store):
    onset, frame = store.frame(1, 3).astype(int), store.frame(1, 6).astype(int)
    made = motion.magnified(1, 3, 6, 2.0, "linear").astype(int)
    assert np.abs(made - np.clip(onset + 2 * (frame - onset), 0, 255)).max() <= 1


def test_magnified_by_flow_moves_twice_as_far(motion, store):
    made = motion.magnified(1, 3, 6, 2.0, "displacement").astype(int)[:, 12:-12, 0]
    assert np.abs(made - store.frame(1, 9).astype(int)[:, 12:-12, 0]).mean() < 5  # frame 9 has moved twice as far


@pytest.mark.parametrize("method", MAGNIFIERS)
def test_a_head_held_still_leaves_nothing_of_a_drift_to_magnify(motion, store, method):
    held = motion.magnified(1, 3, 6, 4.0, method, head_still=True).astype(int)[:, 12:-12, 0]
    onset, frame = (store.frame(1, number).astype(int)[:, 12:-12, 0] for number in (3, 6))
    assert np.abs(held - onset).mean() < 0.5 * np.abs(frame - onset).mean()
    free = motion.magnified(1, 3, 6, 4.0, method).astype(int)[:, 12:-12, 0]
    assert np.abs(free - onset).mean() > 1.5 * np.abs(frame - onset).mean()


def test_a_field_is_computed_once(motion, monkeypatch):
    assert motion.slow(1, 3, 6, "tvl1")
    first = motion.field(1, 3, 6, "tvl1")
    assert not motion.slow(1, 3, 6, "tvl1")
    assert motion.field(1, 3, 6, "tvl1") is first
