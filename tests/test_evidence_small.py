"""The page on the evidence for methods through the real Papermill, on made-up predictions."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from mer.runs.paper.figures import paper_figure
from tests.made_up_methods import FLOOR, LOOKED, PLAIN, made_up_methods
from tests.test_paper_notebooks_small import LEFT_OUT, outputs_of, run_notebook

FAST = {"resamples": 30, "permutations": 99}


def words_of(out, kind):
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in out.glob(f"{kind}/*.json")}


def drawn(path):
    """The words of a figure: an SVG has each as outlines, behind the words as a comment."""
    return re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"), re.DOTALL)


def say_looks(runs, count):
    for summary in (Path(run) / "summary.json" for run in runs):
        summary.write_text(json.dumps(json.loads(summary.read_text()) | {"looks": count}))


def test_all_that_is_known_of_two_methods_and_two_floors(tmp_path):
    runs = made_up_methods(tmp_path)
    (tmp_path / "methods" / "ststnet-10" / "caveats.json").write_text(json.dumps([LEFT_OUT]))
    say_looks(runs[:2], 11)
    done = run_notebook(tmp_path, "18_evidence", runs=runs, **FAST)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    tables, figures = words_of(out, "tables"), words_of(out, "figures")
    assert set(tables) == {"scores", "differences", "sources", "detectable", "epoch-rules", "epoch-choices"}
    assert set(figures) == {"methods", "differences", "epoch-rules"}
    for name in {*tables} - {"epoch-choices"}:
        caption = tables[name]["caption"]
        assert "Synthetic" in caption and LEFT_OUT in caption and "leave one subject out" in caption, name
    for name, words in figures.items():
        assert "synthetic" in words["caption"] and LEFT_OUT in words["caption"], name
    assert "ynthetic" not in tables["epoch-choices"]["caption"], "published code is of real faces"
    for words in (tables["differences"], figures["differences"]):
        assert "each one of 3 comparisons" in words["caption"]
    assert "majority class is left out" in figures["differences"]["caption"]
    assert "left out" not in tables["differences"]["caption"].replace(LEFT_OUT, ""), "it stands there"
    assert "The ridge's weight was the best of a few that were tried" in tables["differences"]["caption"]
    sources, ruled = tables["sources"]["caption"], tables["epoch-rules"]["caption"]
    assert "drawn anew: persons, seeds, or both. Over two seeds" in sources and "epoch rule last" in sources
    assert "epoch rule last" not in ruled and "own clips are told right, out of 11 looks." in ruled
    assert "own clips are told right, out of 11 looks." in figures["epoch-rules"]["caption"]
    differences = pd.read_csv(out / "tables" / "differences.csv")
    assert list(differences["method"]) == [LOOKED, PLAIN, "majority class"]
    assert set(differences["against"]) == {FLOOR} and set(differences["comparisons"]) == {3}
    assert list(pd.read_csv(out / "tables" / "sources.csv")["method"]) == [LOOKED] * 3, "one method has two seeds"
    assert list(pd.read_csv(out / "tables" / "detectable.csv")["subjects"]) == [15, 30, 60] * 2
    rules = pd.read_csv(out / "tables" / "epoch-rules.csv").set_index("rule")
    summary = json.loads((out / "summary.json").read_text())
    assert summary["synthetic"] and summary["protocol"] == "loso" and summary["runs"] == 3
    assert list(summary["methods"]) == [LOOKED, PLAIN, FLOOR, "majority class"]
    assert summary["methods"][LOOKED]["seeds"] == 2 and summary["methods"][LOOKED]["n"] == 90
    assert summary["methods"][LOOKED]["uf1"] == pytest.approx(rules["uf1"]["last"]), "the rule of the runs themselves"
    assert [one["p_holm"] for one in summary["comparisons"]] == pytest.approx(list(differences["p_holm"]))
    assert summary["leak"][LOOKED] == pytest.approx(rules["uf1"]["oracle - last"]) and summary["leak"][LOOKED] > 0.1
    assert "_low" not in "".join(shown(out)), "no names of columns where words are meant"
    for name in figures:
        files = paper_figure(name, out, out=tmp_path / "print")
        assert json.loads(files.figure.record.read_text())["width_in"] == 3.25
        assert LEFT_OUT in files.caption and "leave one subject out" in files.caption, name
        assert ("The majority class is left out" in files.caption) == (name == "differences"), name
        assert files.figure.csv[0].read_bytes() == (out / "figures" / f"{name}.csv").read_bytes(), name


def shown(out, notebook="18_evidence"):
    """The text of all tables that the page shows."""
    cells = json.loads((out / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        html = "".join(output.get("data", {}).get("text/html", ""))
        if "<table" in html:
            yield html


@pytest.mark.slow
def test_one_run_without_floors_says_what_it_cannot_tell(tmp_path):
    *_, alone = made_up_methods(tmp_path)
    (tmp_path / "methods" / "ststnet-10" / "floors.csv").unlink()
    done = run_notebook(tmp_path, "18_evidence", runs=[alone], **FAST)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    page = (out / "18_evidence.ipynb").read_text(encoding="utf-8")
    for sentence in (
        "1 run, 1 method.",
        "There is nothing to compare",
        "There is no comparison, so",
        "Every method has one seed",
        "No run took looks",
    ):
        assert sentence in page
    assert set(words_of(out, "tables")) == {"scores", "epoch-choices"} and set(words_of(out, "figures")) == {"methods"}
    assert json.loads((out / "summary.json").read_text())["comparisons"] == []


@pytest.mark.slow
def test_beside_another_protocol_words_are_its_own(tmp_path):
    first, second, _ = made_up_methods(tmp_path, "database")
    done = run_notebook(tmp_path, "18_evidence", runs=[first, second], ensembles=True, **FAST)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    out = outputs_of(tmp_path)
    assert json.loads((out / "summary.json").read_text())["methods"][f"{LOOKED}, 2 seeds as one"]["seeds"] == 1
    page = (out / "18_evidence.ipynb").read_text(encoding="utf-8")
    assert "2 runs, 1 method." in page and page.count("Floors leave one subject out and are not shown") == 2
    tables, figures = words_of(out, "tables"), words_of(out, "figures")
    for words in (tables["epoch-rules"], figures["epoch-rules"]):
        assert "the fold's own test clips" in words["caption"] and "person's own" not in words["caption"]
    for name in figures:
        words = drawn(out / "figures" / f"{name}.svg")
        assert any("leave one database out" in one for one in words), name
    mistyped = run_notebook(
        tmp_path / "again", "18_evidence", runs=[first, second], against="ridge with intercep", **FAST
    )
    said = mistyped.stderr + mistyped.stdout
    assert mistyped.returncode and "Did you mean 'ridge with intercept'" in said and "Traceback" not in said
