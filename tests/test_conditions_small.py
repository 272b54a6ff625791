"""The notebook of harder conditions through the real runner, on a tiny database and a run of few steps."""

import json
import shutil

import pandas as pd
import pytest
import yaml

from mer.datasets.synthetic.build import build_synthetic
from mer.datasets.synthetic.plan import SyntheticConfig
from tests.small_study import run_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three people of one look, a trained run of few steps, then the notebook: rendered clips, and some as if real."""
    folder = tmp_path_factory.mktemp("conditions")
    looks = ("synthetic-casme2",)
    config = SyntheticConfig(seed=7, subjects=3, clips_per_subject=3, looks=looks, tempo=0.25, margin=1)
    database = build_synthetic(config, folder=folder / "tiny", n_jobs=1)
    data = {"database": str(database.root), "size": 64}
    few = {"overrides": {"warm_up.steps": 2, "joint.steps": 0, "apex_offsets": [0]}}
    wanted = {"train_run": "@train", "conditions": ["glasses", "head-turn", "video"]}
    steps = [
        {"run": "train", "notebook": "04_train_loso", "parameters": data | few},
        {"run": "conditions", "notebook": "11_conditions", "parameters": data | wanted},
    ]
    shutil.copytree(database.root, folder / "real")
    about = json.loads((folder / "real" / "database.json").read_text(encoding="utf-8"))
    (folder / "real" / "database.json").write_text(json.dumps({"name": about["name"]}), encoding="utf-8")
    (folder / "real" / "index.json").unlink()  # else it is known to be rendered, and to have been changed
    real = {"database": str(folder / "real"), "size": 64}
    steps.append({"run": "real", "notebook": "11_conditions", "parameters": real | wanted})
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({"name": "small", "title": "Small", "steps": steps}), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(study):
    return run_study(study) / "small" / "conditions"


def test_every_condition_is_scored_and_measured(run):
    table = pd.read_csv(run / "figures" / "conditions.csv").set_index("condition")
    assert table.index.tolist() == ["plain", "glasses", "head-turn", "video"]
    assert (table["clips"] + table["lost"] == 9).all() and table["uf1"].between(0, 1).all()
    assert table.loc["plain", "uf1_fall"] == 0
    assert table.loc["head-turn", "no_motion_px"] > 2 * table.loc["plain", "no_motion_px"]
    page = pd.read_csv(run / "tables" / "conditions.csv")
    assert page["condition"].tolist() == table.index.tolist()


def test_plain_predictions_are_those_of_the_run(run):
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    trained = json.loads((run.parent / "train" / "summary.json").read_text(encoding="utf-8"))
    assert summary["uf1_by_condition"]["plain"] == pytest.approx(trained["uf1"])
    assert summary["synthetic"] and set(summary["uf1_loss"]) == {"glasses", "head-turn", "video"}


def test_figures_are_written_and_tables_say_synthetic(run):
    for name in ("conditions", "examples"):
        assert (run / "figures" / f"{name}.pdf").stat().st_size > 0
    words = json.loads((run / "tables" / "conditions.json").read_text(encoding="utf-8"))
    assert "Synthetic faces" in words["caption"]


def test_clips_that_nobody_rendered_are_tested_as_they_are(run):
    other = run.parent / "real"
    assert pd.read_csv(other / "figures" / "conditions.csv")["condition"].tolist() == ["plain"]
    page = (other / "11_conditions.ipynb").read_text(encoding="utf-8")
    assert "glasses is not tested: " in page and " is not rendered." in page
