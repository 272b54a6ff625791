"""What is made of each clip beforehand is the same clip by clip, block by block, as all at once."""

from dataclasses import replace

import numpy as np
import pytest

from mer.motion.dynamic_image import dynamic_image, scale_to_range
from mer.motion.flow import optical_flow
from mer.motion.sequence import sequences
from mer.motion.units import pixels_to_grid
from mer.training import make_inputs
from mer.training.inputs import prepare_inputs
from mer.training.pairs import apex_rows
from tests.training.conftest import model_config

ROWS = np.array([4, 0, 9, 2, 7])


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    monkeypatch.setattr(make_inputs, "_BLOCK", 4)  # so that a block ends within a variant


def flow_model():
    model = model_config()
    return replace(model, motion=replace(model.motion, source="flow"))


def motion_of(store, model, offsets):
    return np.load(prepare_inputs(store, ROWS, model, offsets).folder / "motion.npy")


def test_flows_stand_where_all_at_once_would_put_them(toy_store):
    model = flow_model()
    made = motion_of(toy_store, model, (-1, 0))
    assert made.shape == (2, 5, 1, 2, 32, 32) and made.dtype == np.float16
    apexes = apex_rows(toy_store, ROWS, (-1, 0))
    for variant, clip in np.ndindex(2, 5):
        onset, apex = toy_store.frames[toy_store.start[ROWS[clip]]], toy_store.frames[apexes[variant, clip]]
        field = pixels_to_grid(optical_flow(np.array(onset), np.array(apex), model.motion.flow))
        np.testing.assert_array_equal(made[variant, clip, 0], field.astype(np.float16) / np.float16(model.dgm.alpha))


def test_flows_of_sequences(toy_store):
    model = flow_model()
    model = replace(model, sequence=4)
    made = motion_of(toy_store, model, (0,))
    assert made.shape == (1, 5, 3, 2, 32, 32)
    frames = sequences(toy_store, ROWS, 4)
    field = pixels_to_grid(optical_flow(frames[2, 0], frames[2, 3], model.motion.flow))
    np.testing.assert_array_equal(made[0, 2, 2], field.astype(np.float16) / np.float16(model.dgm.alpha))


def test_dynamic_images(toy_store):
    model = model_config()
    model = replace(model, motion=replace(model.motion, source="dynamic_image"))
    made = motion_of(toy_store, model, (-1, 0))
    assert made.shape == (1, 5, 1, 1, 32, 32)
    start = int(toy_store.start[9])
    grey = toy_store.frames[start : start + int(toy_store.count[9])].mean(axis=3, keepdims=True)
    expected = scale_to_range(dynamic_image(grey))[..., 0].astype(np.float16)
    np.testing.assert_array_equal(made[0, 2, 0, 0], expected)
