"""The page on real motion maps through the real Papermill, on noise under the names of the public maps."""

import json

import pandas as pd
import pytest

from tests.browser.small_parameters import SMALL
from tests.test_evidence_small import drawn, shown
from tests.test_paper_notebooks_small import outputs_of, run_notebook

pytestmark = pytest.mark.slow
FLOOR = "ridge with intercept"


def test_leaving_a_database_out_the_page_says_so_and_names_floors_by_their_own_protocol(tmp_path):
    small = SMALL["06_motion_maps"](None, tmp_path)
    assert small["protocol"] == "database"
    done = run_notebook(tmp_path, "06_motion_maps", **small)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    named = f"{FLOOR} (leave one subject out)"
    assert "Scores, leave one database out (epoch rule: last)" in drawn(out / "figures" / "scores.svg")
    assert named in drawn(out / "figures" / "scores.svg")
    assert named in set(pd.read_csv(out / "tables" / "scores.csv")["Method"])
    assert FLOOR in set(pd.read_csv(out / "floors.csv")["run"]), "as other pages look it up"
    summary = json.loads((out / "summary.json").read_text())
    assert named in summary["beside"] and summary["looks"] == 2
    caption = json.loads((out / "tables" / "epoch-rules.json").read_text())["caption"]
    assert (
        "leave one database out" in caption and "the fold's own test clips" in caption and "out of 2 looks" in caption
    )
    page = "".join(shown(out, "06_motion_maps"))
    assert "oracle minus last" in page and "_low" not in page, "no names of columns where words are meant"


def test_a_page_whose_models_parts_are_chosen_says_how(tmp_path):
    small = SMALL["06_motion_maps"](None, tmp_path) | {"protocol": "loso", "network": "fusion-chosen", "look_every": 0}
    small["overrides"] = {
        "fit.steps": 2,
        "choice.candidates": ["plain", "own-patches"],
        "choice.groups": 2,
        "choice.inner": 2,
    }
    done = run_notebook(tmp_path, "06_motion_maps", **small)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    told = pd.read_csv(out / "tables" / "choices.csv")
    assert told["candidate"].tolist() == ["plain", "own-patches"] and told.shape == (2, 3)
    assert "written on 51 of the 68 people" in json.loads((out / "tables" / "choices.json").read_text())["caption"]
    apart = pd.read_csv(out / "tables" / "choices-people.csv")
    assert apart["Method"].tolist() == [
        f"{method}, {people}"
        for people in ("17 people without a part in the list", "51 people it was written on")
        for method in ("Transformer Fusion (parts chosen)", FLOOR)
    ]
    assert not list((out / "choosing").glob("live"))


def test_a_mistyped_protocol(tmp_path):
    done = run_notebook(tmp_path, "06_motion_maps", maps_folder=str(tmp_path), protocol="databse")
    said = done.stdout + done.stderr
    assert done.returncode and "Did you mean 'database'" in said and "KeyError" not in said
