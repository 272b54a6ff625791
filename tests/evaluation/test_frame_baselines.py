"""Every baseline on frames by its name: what it is called, what it is given, and one predictions table a run."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mer.core.configs import with_changes
from mer.core.errors import InputError
from mer.evaluation.classical import BiWOOFFloorConfig, biwoof_floor
from mer.evaluation.epoch_rules import epoch_rule_predictions
from mer.evaluation.frame_baselines import FRAME_BASELINES, frame_baseline_config, run_frame_baseline
from mer.manifest.labels import COMPOSITE, LabelSpace
from mer.training.frame_ststnet import flow_pixels
from mer.training.network_inputs import flow_fields
from mer.training.ststnet_loso import run_ststnet_loso
from tests.training.conftest import align, write_database

FEW = {
    "lbp-top": {},
    "bi-woof": {},
    "ststnet": {"fit.epochs": 2},
    "off-apexnet": {"fit.epochs": 1},
    "sssnet": {"fit.epochs": 1, "architecture.size": 28},
    "rcn-a": {"fit.epochs": 1, "architecture.size": 20},
    "flow-resnet": {"fit.epochs": 1, "architecture.size": 12},
    "capsulenet": None,  # its sizes are those of tests/training/test_network_loso.py
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Four persons with three clips each, and one clip without a class."""
    folder = tmp_path_factory.mktemp("frames")
    made = align(write_database(folder / "plain", 4, 3), folder / "cache")
    clips = made.clips.copy()
    clips.loc[1, "label"] = ""
    return replace(made, clips=clips)


@pytest.mark.parametrize("name", [name for name, few in FEW.items() if few is not None])
def test_each_fills_a_predictions_table(name, store, tmp_path):
    config = with_changes(frame_baseline_config(name, COMPOSITE, "dis"), FEW[name])
    table, result = run_frame_baseline(store, tmp_path / "a run", config, COMPOSITE, 3, "cpu", "dis")
    assert table["clip"].tolist() == store.clips["clip"].drop(1).tolist()
    assert set(table["run"]) == {"a run"} and set(table["seed"]) == {3} and set(table["epoch_rule"]) == {"last"}
    assert (table["fold"] == "toy/" + table["subject"]).all()
    assert (result is None) == (name in ("lbp-top", "bi-woof"))
    if result is not None:
        assert result.rows.tolist() == [0, *range(2, 12)]


def test_all_names_are_known_and_others_refused():
    assert set(FEW) == set(FRAME_BASELINES)
    assert "random initialisation" in FRAME_BASELINES["capsulenet"]
    with pytest.raises(InputError, match="'sssnet'"):
        frame_baseline_config("sssne", COMPOSITE)


def test_classes_and_flow_of_ones_choice_are_used(store, tmp_path):
    two = LabelSpace("two", COMPOSITE.classes[:2])
    rows = np.flatnonzero(store.clips["label"].isin(two.classes))
    config = frame_baseline_config("bi-woof", two, "dis")
    table, _ = run_frame_baseline(store, tmp_path / "x", config, two, 0)
    expected = biwoof_floor(store, rows, two.classes, BiWOOFFloorConfig(flow="dis")).assign(run="x")
    pd.testing.assert_frame_equal(table, expected)
    networks = frame_baseline_config("ststnet", two)
    assert networks.labels == two


def test_ststnet_sees_flow_of_frames_as_it_sees_maps(store, tmp_path):
    fields = np.zeros((1, 3, 56, 56), np.float32)
    fields[0, 1, :2, :2] = [[1, 1], [0, 0]]
    pixels = flow_pixels(fields)
    assert pixels.shape == (1, 1, 28, 28, 3) and pixels.dtype == np.uint8
    assert pixels[0, 0, 0, 0].tolist() == [0, 128, 0] and not pixels[0, 0, 1:].any()
    config = with_changes(frame_baseline_config("ststnet", COMPOSITE), {"fit.epochs": 2, "epochs.every": 1})
    config = with_changes(config, {"epochs.groups": 2})
    table, result = run_frame_baseline(store, tmp_path / "frames", config, COMPOSITE, 0, "cpu", "dis")
    rows = np.flatnonzero(store.clips["label"].isin(COMPOSITE.classes))
    clips = store.clips.iloc[rows].reset_index(drop=True)
    made = flow_pixels(flow_fields(store, rows, "dis"))
    maps = run_ststnet_loso(made, clips, tmp_path / "maps", config, 0, "cpu")
    assert (maps.arrays["probabilities"] == result.arrays["probabilities"]).all()
    rules = epoch_rule_predictions(result.clips, COMPOSITE.classes, result.fold, result.arrays, "frames", 0)
    last = rules[rules["epoch_rule"] == "last"].reset_index(drop=True)
    pd.testing.assert_frame_equal(last, table)
