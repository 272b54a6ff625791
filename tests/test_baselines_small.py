"""The page of a baseline on frames through the real Papermill, on the tiny world, by another protocol than loso."""

import json

import pandas as pd
import pytest

from tests.test_evidence_small import drawn
from tests.test_paper_notebooks_small import outputs_of, run_notebook
from tests.tiny_world import shared_world

pytestmark = pytest.mark.slow


def test_floors_are_named_by_their_own_protocol_and_the_page_by_its(tmp_path, tmp_path_factory, monkeypatch):
    world = shared_world(tmp_path_factory)
    monkeypatch.setenv("MER_CACHE", str(world.cache))  # the clips are aligned
    done = run_notebook(
        tmp_path,
        "19_baselines",
        **world.data,
        **{"baseline": "flow-resnet", "overrides": {"protocol": "database", "fit.epochs": 1}},
        **{"flow": "dis", "device": "cpu"},
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    named = {f"{floor} (leave one subject out)" for floor in ("ridge on pixel difference", "majority class")}
    assert named < set(pd.read_csv(out / "tables" / "scores.csv")["Method"])
    assert named < set(drawn(out / "figures" / "scores.svg"))
    assert "Scores, leave one database out (synthetic faces; epoch rule: last)" in drawn(out / "figures" / "scores.svg")
    assert named == set(json.loads((out / "summary.json").read_text())["beside"])
    assert {f"{floor}" for floor in pd.read_csv(out / "floors.csv")["run"]} == {one.split(" (")[0] for one in named}
    captions = [json.loads((out / kind / "scores.json").read_text())["caption"] for kind in ("tables", "figures")]
    for caption in captions:
        assert "leave one database out" in caption and "Floors leave one subject out." in caption
