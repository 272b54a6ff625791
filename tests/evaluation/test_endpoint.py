"""End-point error, angle and correlation by hand; bins; intervals over persons; head motion taken away."""

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.evaluation.endpoint import (
    BinConfig,
    binned_errors,
    clip_errors,
    expression_part,
    mean_intervals,
    mean_over_clips,
)
from mer.evaluation.intervals import BootstrapConfig
from mer.models.head_motion import without_head_motion


def constant(*vectors, size=(4, 5)):
    """One clip a vector, the same everywhere."""
    return np.stack([np.broadcast_to(np.array(v, float)[:, None, None], (2, *size)) for v in vectors]).copy()


def test_errors_by_hand():
    found, true = constant((3, 4), (1, 0), (0, 0)), constant((0, 0), (0, 1), (0, 0))
    errors = clip_errors(found, true)
    np.testing.assert_allclose(errors["error"], [5, np.sqrt(2), 0])
    np.testing.assert_allclose(errors["no_motion"], [0, 1, 0])
    # (3,4,1)(0,0,1) = 1 / sqrt(26); (1,0,1)(0,1,1) = 1 / 2.
    np.testing.assert_allclose(errors["angle"], [np.degrees(np.arccos(1 / np.sqrt(26))), 60, 0], atol=1e-5)
    assert errors["known"].tolist() == [1, 1, 1]


def test_correlation_by_hand():
    true = np.random.default_rng(0).normal(size=(4, 2, 6, 6))
    found = np.stack([2 * true[0] + 1, -true[1], true[2], 0 * true[3]])
    found[2, 0] *= -1
    values = clip_errors(found, true)["correlation"]
    np.testing.assert_allclose(values[:2], [1, -1], atol=1e-12)
    assert values[2] == pytest.approx(np.corrcoef(found[2].ravel(), true[2].ravel())[0, 1])
    assert np.isnan(values[3])


def test_only_pixels_known_in_both_count():
    true, found = constant((1, 0)), constant((2, 0))
    true[0, 1, 0], found[0, 0, :, 0] = np.nan, np.nan  # the first row, the first column
    true[0, 0, 1, 1] = 5
    errors = clip_errors(found, true)
    assert errors["known"][0] == pytest.approx(12 / 20)
    assert errors["error"][0] == pytest.approx((11 * 1 + 3) / 12)
    empty = clip_errors(found * np.nan, true)
    assert np.isnan(empty["error"][0]) and np.isnan(empty["correlation"][0]) and empty["known"][0] == 0


def test_fields_of_other_shapes_are_refused():
    with pytest.raises(InputError, match=r"\(1, 2, 4, 5\) and \(1, 2, 4, 4\)"):
        clip_errors(constant((1, 0)), constant((1, 0), size=(4, 4)))


def test_bins_by_hand():
    true = np.zeros((2, 2, 2, 2))
    true[0, 0] = [[0.1, 0.3], [0.3, 3.0]]
    true[1, 0] = [[0.25, np.nan], [9.0, 0.0]]
    found = np.zeros_like(true)
    table = binned_errors(found, true, np.array(["a", "b"]), BinConfig((0.0, 0.25, 1.0)))
    assert table["low_px"].tolist() == [0.0, 0.25, 1.0] and table["high_px"].tolist() == [0.25, 1.0, np.inf]
    assert table["pixels"].tolist() == [2, 3, 2]
    np.testing.assert_allclose(table["error"], [0.1 / 2, 0.85 / 3, 6.0])
    np.testing.assert_allclose(table["length"], table["error"])
    # Persons a and b: in the last bin means 3 and 9, so an interval from one to the other.
    assert (table["error_low"][2], table["error_high"][2]) == (3, 9)
    off = found + true + np.array([0, 0.5])[:, None, None]  # bins go by the true length, not by the error
    shifted = binned_errors(off, true, np.array(["a", "b"]), BinConfig((0.0, 0.25, 1.0)))
    assert shifted["pixels"].tolist() == [2, 3, 2] and shifted["error"].tolist() == pytest.approx([0.5] * 3)
    later = binned_errors(found, true, np.array(["a", "b"]), BinConfig((0.2, 5.0)))
    assert later["pixels"].tolist() == [4, 1]


def test_an_empty_bin_has_no_error():
    table = binned_errors(constant((0, 0)), constant((1, 0)), np.array(["a"]), BinConfig((0.0, 0.5, 2.0)))
    assert table["pixels"].tolist() == [0, 20, 0]
    assert table["error"].isna().tolist() == [True, False, True]
    assert table["error_low"].isna().all()  # one person says nothing about persons


@pytest.mark.parametrize("edges", [(), (0.0, 0.0), (1.0, 0.5)])
def test_edges_must_ascend(edges):
    with pytest.raises(InputError, match="ascending"):
        BinConfig(edges)


def test_intervals_resample_persons_with_all_they_have():
    config = BootstrapConfig(resamples=4000)
    same = mean_intervals(np.array([[2.0], [4.0], [6.0]]), np.array([[1], [2], [3]]), config)
    assert (same[0][0], same[1][0]) == (2, 2)
    low, high = mean_intervals(np.array([[0.0], [1.0]]), np.array([[1], [1]]), config)
    assert (low[0], high[0]) == (0, 1)
    weighted = mean_over_clips(np.array([1.0, 1.0, 4.0, np.nan]), np.array(["a", "a", "b", "b"]), config)
    assert weighted == (2.0, 1.0, 4.0)
    assert np.isnan(mean_over_clips(np.array([np.nan]), np.array(["a"]))).all()


def test_expression_part_is_that_of_the_model_where_all_is_known():
    field = np.random.default_rng(1).normal(size=(3, 2, 9, 12))
    expected = without_head_motion(torch.from_numpy(field)).numpy()
    np.testing.assert_allclose(expression_part(field), expected, atol=1e-7)


def test_expression_part_of_a_moving_head_is_zero_where_known():
    y, x = np.meshgrid(np.linspace(-1, 1, 8), np.linspace(-1, 1, 8), indexing="ij")
    field = np.stack([1 + 0.2 * x - 0.3 * y, -2 + 0.2 * y + 0.3 * x])[None]
    field[0, 0, :3] = np.nan
    part = expression_part(field)
    assert np.isnan(part[0, :, :3]).all()
    np.testing.assert_allclose(part[0, :, 3:], 0, atol=1e-9)
    assert np.isnan(expression_part(field * np.nan)).all()
