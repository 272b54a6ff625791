from dataclasses import replace

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.core.processors import one_opencv_thread
from mer.models.baselines.capsule import CapsuleConfig
from mer.models.baselines.flow_resnet import FlowResNetConfig
from mer.models.baselines.off_apexnet import OFFApexNetConfig
from mer.models.baselines.rcn import RCNConfig
from mer.models.baselines.sssnet import SSSNetConfig
from mer.motion.flow import optical_flow
from mer.motion.strain import optical_strain
from mer.training.network_inputs import (
    apex_images,
    flow_fields,
    map_fields,
    network_inputs,
    onset_apex_flow,
    stretched,
)


def test_grey_values_become_0_to_1_and_channels_come_first():
    pixels = np.zeros((2, 1, 28, 28, 3), np.uint8)
    pixels[1, 0, 3, 5] = (255, 51, 0)
    fields = map_fields(pixels)
    assert fields.shape == (2, 3, 28, 28) and fields.dtype == np.float32
    assert fields[1, :, 3, 5].tolist() == pytest.approx([1, 0.2, 0])
    assert fields[0].max() == 0


def test_channels_and_sizes_of_each_network():
    fields = np.random.default_rng(0).random((3, 3, 28, 28), np.float32)
    assert np.array_equal(network_inputs(fields, OFFApexNetConfig()), fields[:, :2])
    assert np.array_equal(network_inputs(fields, FlowResNetConfig()), fields)
    assert network_inputs(fields, SSSNetConfig()).shape == (3, 3, 64, 64)
    assert network_inputs(fields, RCNConfig()).shape == (3, 3, 60, 60)
    larger = np.random.default_rng(0).random((1, 3, 128, 128), np.float32)
    reduced = network_inputs(larger, SSSNetConfig())
    assert np.allclose(reduced, larger.reshape(1, 3, 64, 2, 64, 2).mean(axis=(3, 5)), atol=1e-6)


def test_enlarging_by_hand():
    """28 to 56: a quarter of the way to the neighbour on either side, and the border repeated."""
    fields = np.zeros((1, 3, 28, 28), np.float32)
    fields[..., 1] = 1
    row = network_inputs(fields, SSSNetConfig(size=56))[0, 0, 10, :6]
    assert row.tolist() == pytest.approx([0, 0.25, 0.75, 0.75, 0.25, 0])


def test_stretching():
    fields = np.array([[[-1.0, 3], [1, 0]], [[2, 2], [2, 2]]])
    found = stretched(fields)
    assert found.dtype == np.float32
    assert found.tolist() == [[[0, 1], [0.5, 0.25]], [[0, 0], [0, 0]]]


def test_flow_of_frames_runs_from_onset_to_apex(toy_store):
    """In the first clip a bump moves down by 3 pixels (`MOTION`): v is largest there, u is not."""
    rows = np.flatnonzero(toy_store.clips["label"] == "negative")[:2]
    fields = flow_fields(toy_store, rows, "dis")
    assert fields.shape == (2, 3, 32, 32) and fields.dtype == np.float32
    assert (fields.min(axis=(2, 3)) == 0).all() and (fields.max(axis=(2, 3)) == 1).all()
    for v in fields[:, 1]:
        row, column = np.unravel_index(v.argmax(), v.shape)
        assert abs(row - 9) <= 5 and abs(column - 9) <= 5
    upwards = np.flatnonzero(toy_store.clips["label"] == "surprise")[:1]
    v = flow_fields(toy_store, upwards, "dis")[0, 1]
    row, column = np.unravel_index(v.argmin(), v.shape)
    assert abs(row - 9) <= 5 and abs(column - 16) <= 5


def test_fields_are_the_flow_in_pixels_and_its_strain_stretched(toy_store):
    for flow in ("dis", "tvl1"):
        motion = onset_apex_flow(toy_store, [5, 2], flow)
        assert motion.shape == (2, 2, 32, 32) and motion.dtype == np.float32
        for row, found in zip((5, 2), motion, strict=True):
            onset, apex = toy_store.pair(row)
            with one_opencv_thread():
                assert np.array_equal(found, optical_flow(apex, onset, flow))
        expected = stretched(np.concatenate([motion, optical_strain(motion)[:, None]], axis=1))
        assert np.array_equal(flow_fields(toy_store, [5, 2], flow), expected)


@pytest.mark.parametrize("make", [flow_fields, onset_apex_flow, lambda store, rows: apex_images(store, rows, 16)])
def test_a_clip_without_an_apex_is_refused(toy_store, make):
    lacking = replace(toy_store, clips=toy_store.clips.assign(apex=toy_store.clips["apex"].where([True, False] * 6)))
    with pytest.raises(InputError, match="2 clips have no apex"):
        make(lacking, [0, 1, 3])
    assert len(make(lacking, [0, 2])) == 2


def test_the_apex_frame_stands_in_three_channels(toy_store):
    images = apex_images(toy_store, [4, 0], 16)
    assert images.shape == (2, 3, 16, 16) and images.dtype == np.float32
    apex = toy_store.pair(4)[1][..., 0].astype(np.float32) / 255
    expected = apex.reshape(16, 2, 16, 2).mean(axis=(1, 3))
    for channel in images[0]:
        assert np.allclose(channel, expected, atol=1e-6)
    assert torch.from_numpy(images).max() <= 1


def test_refusals():
    with pytest.raises(InputError, match="28, 28, 3"):
        map_fields(np.zeros((2, 28, 28, 3), np.uint8))
    with pytest.raises(InputError, match="expected \\(n, 3, height, width\\)"):
        network_inputs(np.zeros((2, 2, 28, 28), np.float32), SSSNetConfig())
    with pytest.raises(InputError, match="apex frame, not flow"):
        network_inputs(np.zeros((2, 3, 28, 28), np.float32), CapsuleConfig())
