"""The demo study itself, every notebook through the real Papermill, on a tiny database and with few steps."""

import json

import pandas as pd
import pytest

from mer.evaluation.predictions import read_predictions
from tests.tiny_world import STUDY, shared_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return shared_world(tmp_path_factory)


def test_every_notebook_runs_and_leaves_its_record(world):
    for name in ("align", "explore", "pretrain", "train", "figures"):
        assert json.loads((world.study / name / "result.json").read_text(encoding="utf-8"))
        assert list((world.study / name).glob("*.ipynb"))
    predictions = read_predictions(world.train / "predictions.csv")
    clips = pd.read_csv(world.study / "align" / "tables" / "aligned.csv")["clips"].sum()
    assert len(predictions) == clips
    assert set(predictions["epoch_rule"]) == {"last"}


def test_the_report_shows_all_figures_with_words_and_says_synthetic(world):
    report = world.study / "index.html"
    page = report.read_text(encoding="utf-8")
    assert "synthetic" in page.lower()
    names = ("displacement", "regions", "features", "fusion-weights-classes", "confusion", "attributions", "occlusion")
    names += ("failures", "error-shares")
    for name in names:
        assert f"figures/figures/{name}.png" in page
        for suffix in ("png", "pdf", "svg", "json"):
            assert (report.parent / "figures" / "figures" / f"{name}.{suffix}").stat().st_size > 0
    assert page.count("<img") == page.count("alt=")


def test_a_second_call_does_no_finished_work_again(world):
    before = {path: path.stat().st_mtime_ns for path in world.study.glob("*/result.json")}
    again = world.mer("study", str(world.outputs.parent / STUDY))
    assert again.returncode == 0
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_the_run_list_names_state_and_scores(world):
    listed = world.mer("runs", "--json")
    rows = {row["run"]: row for row in json.loads(listed.stdout)}
    assert {row["state"] for row in rows.values()} == {"finished"}
    assert rows["train"]["data"] == "synthetic"
    assert 0 <= rows["train"]["UF1"] <= 1
