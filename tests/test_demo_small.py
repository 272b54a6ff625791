"""The demo study itself, every notebook through the real Papermill, on a tiny database and with few steps."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mer.evaluation.predictions import read_predictions
from mer.runs.session import __file__ as _session

PROJECT = Path(_session).parents[2]
FEW_STEPS = {
    "pretrain": {"overrides": {"steps": 4, "groups": 3, "batch": 2, "minimum_gap": 2}},
    "train": {"overrides": {"warm_up.steps": 2, "joint.steps": 1, "joint.batch": 4, "minimum_gap": 2}},
    "figures": {"explained": 2, "failures": 1},
}


@pytest.fixture(scope="module")
def study(tiny_database, tmp_path_factory):
    """The demo's own YAML with the tiny database and few steps; nothing else is changed."""
    content = yaml.safe_load((PROJECT / "notebooks" / "studies" / "demo.yaml").read_text(encoding="utf-8"))
    for step in content["steps"]:
        given = step.setdefault("parameters", {})
        given |= {"database": str(tiny_database.root), "size": 64} | FEW_STEPS.get(step["run"], {})
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "demo.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def mer(study, *arguments):
    environment = os.environ | {"MER_OUTPUTS": str(study.parent / "outputs"), "MER_CACHE": str(study.parent / "cache")}
    command = [sys.executable, "-c", "from mer.cli.main import main; main()", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def first(study):
    return mer(study, "study", str(study))


def test_every_notebook_runs_and_leaves_its_record(study, first):
    assert first.returncode == 0, first.stderr[-3000:] + first.stdout[-3000:]
    runs = study.parent / "outputs" / "demo"
    for name in ("align", "explore", "pretrain", "train", "figures"):
        assert json.loads((runs / name / "result.json").read_text(encoding="utf-8"))
        assert list((runs / name).glob("*.ipynb"))
    predictions = read_predictions(runs / "train" / "predictions.csv")
    clips = pd.read_csv(runs / "align" / "tables" / "aligned.csv")["clips"].sum()
    assert len(predictions) == clips
    assert set(predictions["epoch_rule"]) == {"last"}


def test_the_report_shows_all_figures_with_words_and_says_synthetic(study, first):
    report = study.parent / "outputs" / "demo" / "index.html"
    page = report.read_text(encoding="utf-8")
    assert "synthetic" in page.lower()
    names = ("displacement", "regions", "features", "fusion-weights-classes", "confusion", "attributions", "occlusion")
    names += ("failures", "error-shares")
    for name in names:
        assert f"figures/figures/{name}.png" in page
        for suffix in ("png", "pdf", "svg", "json"):
            assert (report.parent / "figures" / "figures" / f"{name}.{suffix}").stat().st_size > 0
    assert page.count("<img") == page.count("alt=")


def test_a_second_call_does_no_finished_work_again(study, first):
    before = {path: path.stat().st_mtime_ns for path in (study.parent / "outputs" / "demo").glob("*/result.json")}
    again = mer(study, "study", str(study))
    assert again.returncode == 0
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_the_run_list_names_state_and_scores(study, first):
    listed = mer(study, "runs", "--json")
    rows = {row["run"]: row for row in json.loads(listed.stdout)}
    assert {row["state"] for row in rows.values()} == {"finished"}
    assert rows["train"]["data"] == "synthetic"
    assert 0 <= rows["train"]["UF1"] <= 1
