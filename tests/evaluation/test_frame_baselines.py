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
from mer.models.baselines.capsule import CapsuleConfig
from mer.training.fold import labelled_clips
from mer.training.frame_networks import run_network_on_frames
from mer.training.frame_ststnet import flow_pixels, run_ststnet_on_frames
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
    "capsulenet": None,  # its sizes are `CAPSULES`
}
CAPSULES = CapsuleConfig(size=40, widths=(4, 4, 4), hidden=4, kernel=3, capsules=2, values=4, class_values=4)


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


@pytest.mark.parametrize("name", ["flow-resnet", "ststnet"])
def test_a_network_sees_the_flow_of_ones_choice(name, store, tmp_path):
    config = with_changes(frame_baseline_config(name, COMPOSITE), FEW[name])
    run = run_ststnet_on_frames if name == "ststnet" else run_network_on_frames
    known = {
        flow: run(store, tmp_path / flow, config, 0, "cpu", flow).arrays["probabilities"] for flow in ("dis", "tvl1")
    }
    assert not np.allclose(known["dis"], known["tvl1"], atol=1e-4)
    for flow, expected in known.items():
        _, result = run_frame_baseline(store, tmp_path / f"chosen {flow}", config, COMPOSITE, 0, "cpu", flow)
        assert np.array_equal(result.arrays["probabilities"], expected)


@pytest.mark.parametrize("name", ["lbp-top", "bi-woof", "ststnet", "flow-resnet", "off-apexnet", "capsulenet"])
def test_clips_without_an_apex_take_no_part_in_any(name, store, tmp_path):
    """As in FRL-DGT, so that all are judged by the same clips."""
    lacking = replace(store, clips=store.clips.assign(apex=store.clips["apex"].where(store.clips.index != 5)))
    config = frame_baseline_config(name, COMPOSITE, "dis")
    if name == "capsulenet":
        config = replace(config, architecture=CAPSULES, fit=replace(config.fit, epochs=1))
    else:
        config = with_changes(config, FEW[name])
    table, result = run_frame_baseline(lacking, tmp_path / "run", config, COMPOSITE, 0, "cpu", "dis")
    assert table["clip"].tolist() == store.clips["clip"].drop([1, 5]).tolist()
    if result is not None:
        assert result.rows.tolist() == labelled_clips(lacking, COMPOSITE).tolist()


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
