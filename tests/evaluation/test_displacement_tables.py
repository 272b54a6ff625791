"""Methods measured on pairs whose displacement is known by hand; noise; the checks that need no truth."""

import numpy as np
import pandas as pd
import pytest
import torch

from mer.core.errors import InputError
from mer.evaluation.displacement_checks import EXPECTED, moving_cosine, self_checks
from mer.evaluation.displacement_study import (
    HeldOut,
    flow_method,
    held_out_pairs,
    load_modules,
    module_method,
    no_motion,
    pretrain_readings,
    reading_configs,
    with_noise,
)
from mer.evaluation.displacement_tables import by_noise, measure, readings_table, summary
from mer.evaluation.endpoint import BinConfig
from mer.manifest.clips import person
from mer.models.dgm import DGM, DGMConfig
from mer.models.local_motion import LocalMotionConfig
from tests.models.test_local_motion import pair
from tests.training.conftest import toy_store  # noqa: F401

STEPS = DGMConfig(widths=(8, 12), stride=4, batch_norm=False, start=LocalMotionConfig(windows=(16.0, 8.0, 8.0)))


@pytest.fixture
def pairs():
    """Shifts of 1 px right and 0.5 px down of two people; the head's truth is unknown in the first column."""
    frames = [pair(x, y) for x, y in ((1.0, 0.0), (0.0, 0.5))]
    onset, apex = (np.rint(255 * torch.cat(side)[:, 0].numpy()).astype(np.uint8) for side in zip(*frames, strict=True))
    true = np.zeros((2, 2, 64, 64), np.float32)
    true[0, 0], true[1, 1] = -1.0, -0.5
    true[:, :, :, 0] = np.nan
    return HeldOut(onset, apex, true, np.array(["a", "b"]))


def test_every_method_is_measured_at_every_noise(pairs):
    methods = {
        "right": lambda onset, apex: np.where(np.isfinite(pairs.true), pairs.true, 9.0),
        "no motion": no_motion,
        "dis": flow_method("dis"),
    }
    measured = measure(methods, pairs, [0, 8], BinConfig((0.0, 0.75)))
    table = summary(measured)
    assert table.index[0] == "right" and table.loc["right", "error_px"] == 0
    assert table.loc["no motion", "error_px"] == pytest.approx(0.75)
    assert (table.loc["no motion", "error_px_low"], table.loc["no motion", "error_px_high"]) == (0.5, 1.0)
    assert table.loc["dis", "error_px"] < 0.3
    # A shift is motion of the head alone: nothing of it is expression.
    assert table.loc["no motion", "expression_error_px"] == pytest.approx(0, abs=1e-6)
    # What a method says where the truth is unknown (here 9 px) has no part in the fit of the head's motion.
    assert table.loc["right", "expression_error_px"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(table.loc["no motion", "correlation"])
    bins = measured.bins[(measured.bins["method"] == "no motion") & (measured.bins["motion"] == "all motion")]
    assert bins["error"].tolist() == pytest.approx([0.5, 1.0])
    noise = by_noise(measured).set_index(["method", "noise"])["error"]
    assert len(noise) == 6
    assert table.loc["dis", "error_px"] == noise["dis", 0]
    assert noise["dis", 8] > noise["dis", 0] and noise["right", 8] == 0


def test_noise_has_the_deviation_asked_for_and_is_the_same_again(pairs):
    flat = HeldOut(np.full((4, 64, 64), 128, np.uint8), np.full((4, 64, 64), 128, np.uint8), None, pairs.persons)
    noisy = with_noise(flat, 5, seed=1)
    assert noisy.onset.std() == pytest.approx(5, rel=0.05) and noisy.apex.dtype == np.uint8
    assert not np.array_equal(noisy.onset, noisy.apex)
    assert np.array_equal(noisy.onset, with_noise(flat, 5, seed=1).onset)
    assert with_noise(flat, 0, 1) is flat
    with pytest.raises(InputError, match="-1 grey levels"):
        with_noise(flat, -1, 0)


def test_what_cannot_be_measured_is_refused(pairs):
    unknown = HeldOut(pairs.onset, pairs.apex, None, pairs.persons)
    with pytest.raises(InputError, match="Only synthetic"):
        measure({"no motion": no_motion}, unknown, [0], BinConfig())
    with pytest.raises(InputError, match="expected 0"):
        measure({"no motion": no_motion}, pairs, [2], BinConfig())
    with pytest.raises(InputError, match=r"no flow method 'tvl2'.*tvl1"):
        flow_method("tvl2")


@pytest.mark.parametrize("names", [[], ["paper", "paper"], ["papre"]])
def test_readings_are_named_once_and_known(names):
    with pytest.raises(InputError, match=r"each once|no reading 'papre'"):
        reading_configs(names, "small", {})


def test_enough_people_are_held_out_to_measure_on():
    """The configuration of the paper pretrains once a person: its group would be one person's clips."""
    assert reading_configs(["paper"], "paper", {})["paper"].pretraining.groups == 4
    assert reading_configs(["paper"], "paper", {"groups": 2})["paper"].pretraining.groups == 2


def test_overrides_reach_every_reading_and_the_table_says_what_differs():
    configs = reading_configs(["paper", "scaled", "accurate"], "small", {"steps": 7})
    assert {each.pretraining.steps for each in configs.values()} == {7}
    table = readings_table(configs)
    assert set(table["steps"]) == {7}
    assert table["terms on"].tolist() == ["D^", "alpha D^", "D^"]
    assert table["closed-form steps"].tolist() == [0, 0, 6]
    assert table.loc["accurate", "compares"] == "contrast, radius 3"


def test_readings_are_pretrained_without_the_people_they_are_measured_on(toy_store, tmp_path):  # noqa: F811
    configs = reading_configs(["paper", "accurate"], "small", {"steps": 2, "batch": 2, "groups": 2, "minimum_gap": 2})
    held_out = pretrain_readings(toy_store, tmp_path, configs, 0, "cpu", 1)
    assert len(held_out) == 2
    pairs = held_out_pairs(toy_store, held_out)
    assert len(pairs.onset) == 6 and set(pairs.persons) == set(held_out) and pairs.true is None
    rows = np.flatnonzero(person(toy_store.clips).isin(held_out))
    assert np.array_equal(pairs.apex[0], toy_store.pair(rows[0])[1][..., 0])
    assert len(held_out_pairs(toy_store, held_out, 2).onset) == 2
    modules = load_modules(tmp_path, list(configs), "cpu")
    assert list(modules) == ["paper", "closed-form steps", "accurate"]
    fields = {
        name: module_method(module, torch.device("cpu"))(pairs.onset, pairs.apex) for name, module in modules.items()
    }
    assert all(field.shape == (6, 2, 32, 32) for field in fields.values())
    assert not np.array_equal(fields["accurate"], fields["closed-form steps"])
    with pytest.raises(InputError, match="No clip of toy/nobody"):
        held_out_pairs(toy_store, ["toy/nobody"])


def test_self_checks_of_a_module_that_measures_and_of_one_that_does_not(pairs):
    torch.manual_seed(0)
    random = DGM(DGMConfig(widths=(8, 12), stride=4, batch_norm=False, zero_start=False)).eval()
    table = self_checks({"steps": DGM(STEPS).eval(), "random": random}, pairs)
    assert isinstance(table, pd.DataFrame) and list(table) == list(EXPECTED)
    right = table.loc["steps"]
    assert right["identity"] < 1e-5 and right["photometric"] < 0.5 and right["reversed"] > 1
    assert right["saturated"] == 0 and right["swapped"] > 0.95 and right["mirrored"] > 0.999
    assert right["tvl1"] > 0.9 and 0.5 < right["largest_px"] < 2
    assert table.loc["random", "photometric"] > right["photometric"] and abs(table.loc["random", "tvl1"]) < 0.9


def test_cosine_looks_only_where_something_moves():
    flow = np.zeros((2, 2, 4, 4))
    flow[0, 0, 0] = 1.0
    field = -np.ones_like(flow)
    field[0, :, 0] = [[2.0] * 4, [0.0] * 4]
    assert moving_cosine(field, flow) == pytest.approx(1)
    assert np.isnan(moving_cosine(field, 0 * flow))
