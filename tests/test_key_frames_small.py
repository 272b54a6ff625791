"""The notebook of key frames through the real runner, on a tiny database and a run of few steps."""

import json

import pandas as pd
import pytest
import yaml

from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig
from tests.small_study import run_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three people of one look, a trained run of few steps, then the notebook."""
    folder = tmp_path_factory.mktemp("key-frames")
    looks = ("synthetic-casme2",)
    config = SyntheticConfig(seed=7, subjects=3, clips_per_subject=3, looks=looks, tempo=0.25, margin=1)
    database = build_synthetic(config, folder=folder / "tiny", n_jobs=1)
    data = {"database": str(database.root), "size": 64}
    few = {"overrides": {"warm_up.steps": 2, "joint.steps": 0, "apex_offsets": [0]}}
    wanted = {"train_run": "@train", "shares": [0.3]}
    steps = [
        {"run": "train", "notebook": "04_train_loso", "parameters": data | few},
        {"run": "key-frames", "notebook": "08_key_frames", "parameters": data | wanted},
    ]
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({"name": "small", "title": "Small", "steps": steps}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(study):
    return run_study(study) / "small" / "key-frames"


def test_every_spotter_is_measured(run):
    table = pd.read_csv(run / "tables" / "spotting.csv")
    methods = {"flow", "difference", "middle", "ratio", "capsule", "divide-and-conquer", "frequency"}
    assert set(table["method"]) == methods
    assert (table["error_share"] >= 0).all() and (table["seconds_per_clip"] >= 0).all()


def test_key_frames_moved_and_were_scored(run):
    table = pd.read_csv(run / "tables" / "deviations.csv")
    assert table[["moved", "percent"]].values.tolist() == [["onset", 0], ["onset", 30], ["apex", 0], ["apex", 30]]
    assert (table["mean_frames"] > 0).tolist() == [False, True, False, True]
    assert table["uf1_ours_synthetic"].between(0, 1).all()
    assert table["uf1_paper"].tolist() == [0.919, 0.786, 0.919, 0.814]


def test_every_spotter_was_scored(run):
    table = pd.read_csv(run / "tables" / "automatic-apex.csv")
    assert set(table["trained_on"]) == {"annotated"} and len(table) == 7
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert summary["synthetic"] and set(summary["uf1_fall"]) == {*summary["error_frames"], "onset 30 %", "apex 30 %"}


def test_a_run_says_on_which_apex_it_was_trained(run):
    """What `compare_runs` goes by."""
    record = json.loads((run.parent / "train" / "record.json").read_text(encoding="utf-8"))
    assert record["config"]["data.apex"] == "annotated"


def test_figures_are_written(run):
    for name in ("spotting", "deviations", "automatic-apex"):
        assert (run / "figures" / f"{name}.pdf").stat().st_size > 0
