import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mer.figures.live_curves import live_curves
from mer.figures.run_scores import run_scores_figure, states_in_words
from mer.runs.board.details import compare_html, links, links_markdown, notebook_folder, run_html
from mer.runs.board.rows import BoardRun, RunReader
from mer.runs.board.tables import Defaults, compare_table, differing, runs_table, scores_for_figure, titles
from tests.runs.board_runs import made_up, scores

PARAMETERS = "run_dir = None\nseed: int = 0\nsize: int = 128\nname: str = 'x'\noverrides: dict = {}"


@pytest.fixture
def defaults(project):
    project.notebook("01_make", parameters=PARAMETERS)
    project.notebook("02_use", parameters="run_dir = None\nseed: int = 0\nsource: str = ''")
    return Defaults()


def run(name, study="s", notebook="01_make", state="finished", **more):
    return BoardRun(study, name, state, Path("outputs") / study / name, notebook, **more)


def test_only_parameters_that_differ_and_defaults_count_as_given(defaults):
    runs = [run("a", parameters={"seed": 1}), run("b", parameters={"seed": 1, "size": 128})]
    assert differing(runs, defaults) == []
    assert differing([*runs, run("c", parameters={"overrides": {"steps": 2}})], defaults) == ["seed", "overrides"]
    other = run("d", notebook="02_use", parameters={"source": "@a"})
    assert differing([runs[0], other], defaults) == ["seed"], "source is a parameter of one notebook only"
    assert differing([run("e", notebook="gone", parameters={"x": 1}), run("f", notebook="gone")], defaults) == []


def test_the_table_has_scores_with_intervals_and_says_whose_faces(defaults):
    runs = [
        run(
            "a",
            summary=scores(0.5),
            seconds=61.4,
            synthetic=True,
            parameters={"seed": 3},
            started="2026-01-02T03:04:05Z",
        ),
        run("b", notebook="02_use", state="failed", synthetic=False),
        run("c", summary={"uf1": "n/a", "uar": None, "n": 1.5, "epoch_rule": None}),
    ]
    table = runs_table(runs, ["size", "overrides"], defaults)
    first = table.iloc[0]
    assert (first["uf1"], first["seconds"], first["clips"]) == ("0.500 [0.400, 0.600]", 61, 180)
    assert first["started"] == "2026-01-02 03:04"
    assert list(table["faces"]) == ["synthetic", "people", ""]
    assert table["clips"].isna().tolist() == [False, True, True]
    assert list(table["p:size"]) == ["128", "–", "128"]
    assert (table["uf1"][2], table["epoch_rule"][2]) == ("", "")
    assert list(titles(["size"], False).values())[-2:] == ["Seconds", "size"]
    beside = list(titles([], True).values())
    assert beside[: beside.index("Started (UTC)")][-5:] == ["UF1 [95 %]", "UAR [95 %]", "Clips", "Faces", "Epoch"]
    assert "study" not in titles([], False)
    assert list(runs_table([], [], defaults).columns) == list(titles([], True))


def test_two_runs_side_by_side(defaults):
    first = run("a", summary=scores(0.5), parameters={"seed": 1, "name": "y"}, synthetic=True, seconds=5.0)
    second = run("b", summary=scores(0.7), parameters={"seed": 2, "name": "y"}, synthetic=False, seconds=65.0)
    table = compare_table(first, second, defaults)
    parameters = table[table["kind"] == "parameter"]
    assert parameters[["name", "first", "second"]].values.tolist() == [["seed", "1", "2"]]
    found = {row["name"]: (row["first"], row["second"]) for _, row in table.iterrows()}
    assert found["UF1 [95 %]"] == ("0.500 [0.400, 0.600]", "0.700 [0.600, 0.800]")
    assert found["time"] == ("5 s", "1 min 05 s")
    assert "accuracy [95 %]" not in found, "neither has it"
    page = compare_html(first, second, defaults)
    assert "their scores cannot be compared" in page
    assert "Parameters that differ: none" in compare_html(first, first, defaults)


def test_a_notebook_that_changes_gives_its_new_defaults(project, defaults):
    assert defaults.of("01_make")["seed"] == 0
    time.sleep(0.01)
    project.notebook("01_make", parameters="run_dir = None\nseed: int = 7")
    assert defaults.of("01_make") == {"seed": 7}
    project.notebook("03_bad", parameters="seed = = 1")
    assert defaults.of("03_bad") == {}


def test_details_of_a_failed_run_have_the_end_of_its_traceback_and_no_markup_of_its_own(defaults):
    error = "\n".join(["Cell 3 ('x') raised <b>", *(f"line {k}" for k in range(60)), "ValueError: <script>"])
    page = run_html(run("<a>", state="failed", error=error, note="odd", parameters={"name": "<i>"}), defaults)
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<i>" not in page and "&lt;i&gt;" in page
    assert "Cell 3" in page and "line 59" in page and "line 20\n" not in page
    assert "128 (default)" in page
    assert ">Faces</th><td>synthetic</td>" in run_html(run("a", synthetic=True), defaults)
    assert "no scores of people" in run_html(run("a", summary=scores(0.5), synthetic=True), defaults)
    assert "It left no message." in run_html(run("a", state="failed"), defaults)


def test_a_run_that_is_out_of_date_says_because_of_what(defaults):
    because = ("seed is 3 now, was 1", "code changed: mer.models.<fusion>")
    page = run_html(run("a", state="out of date", waits="would run", because=because), defaults)
    assert "It is out of date:</p><ul><li>seed is 3 now, was 1</li><li>code changed: mer.models.&lt;fusion&gt;" in page
    assert "would run" not in page, "which it says already"
    assert "It is out of date" not in run_html(run("a"), defaults)


def test_the_epoch_rule_is_explained(defaults):
    page = run_html(run("a", summary=scores(0.5)), defaults)
    assert "last: the last epoch, fixed before the run" in page
    assert "<td>odd</td>" in run_html(run("a", summary={"epoch_rule": "odd"}), defaults)


def test_links_are_relative_to_the_notebook_that_shows_them(project, defaults, monkeypatch):
    folder = made_up(project.outputs, "s", "train-seed=1,size=2")
    (folder / "01_make.ipynb").touch()
    (folder / "01_make.html").touch()
    found = RunReader(project.outputs).read()[0]
    assert [name for name, _ in links(found)] == ["executed notebook", "page"]
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert "[page](../outputs/s/train-seed%3D1%2Csize%3D2/01_make.html)" in links_markdown(found)
    monkeypatch.setenv("JPY_SESSION_NAME", str(project.outputs / "single" / "15" / "15.ipynb"))
    assert "[page](../../s/train-seed%3D1%2Csize%3D2/01_make.html)" in links_markdown(found)
    monkeypatch.setenv("JPY_SESSION_NAME", "a console")
    assert notebook_folder() == project.folder / "notebooks"
    assert links_markdown(replace(found, folder=project.outputs / "s" / "gone")) == ""


def test_outputs_elsewhere_are_named_through_the_projects_own_link(make_project, monkeypatch):
    project = make_project("p")
    elsewhere = project.folder.parent / "elsewhere"
    folder = made_up(elsewhere, "s", "a")
    (folder / "01_make.html").touch()
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("MER_OUTPUTS", str(elsewhere))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    found = RunReader(elsewhere).read()[0]
    assert "(../../elsewhere/s/a/01_make.html)" in links_markdown(found)
    (project.folder / "outputs").symlink_to(elsewhere)
    assert "(../outputs/s/a/01_make.html)" in links_markdown(found)


def test_the_still_counts_all_runs_and_draws_those_with_scores(defaults):
    runs = [run(f"r{k}", summary=scores(0.5 + k / 100), synthetic=True) for k in range(3)]
    table = scores_for_figure([*runs, run("f", state="failed"), run("bad", summary={"uf1": "x"})])
    figure = run_scores_figure(table)
    words = [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text"))]
    assert "Runs and their scores (synthetic faces; epoch rule: last)" in words and "0.500 [0.400, 0.600]" in words
    assert "0.520 [0.420, 0.620]" in words
    assert any("5 runs: 4 finished, 1 failed" in word for word in words)
    assert any("epoch rule: last" in word for word in words)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["s / r0", "s / r1", "s / r2"]
    mixed = scores_for_figure([runs[0], run("people", summary=scores(0.6, False), synthetic=False)])
    marked = [label.get_text() for label in run_scores_figure(mixed).axes[0].get_yticklabels()]
    assert marked == ["s / r0 (synthetic)", "s / people"]


def test_faces_that_are_not_known_are_not_taken_for_people(defaults):
    rendered, unknown = run("r0", summary=scores(0.5), synthetic=True), run("r1", summary=scores(0.5))
    table = scores_for_figure([rendered, unknown])
    assert table["synthetic"].tolist() == [True, None]
    figure = run_scores_figure(table)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["s / r0 (synthetic)", "s / r1 (faces unknown)"]
    assert "(synthetic faces)" not in figure.get_suptitle()
    history = pd.DataFrame({"step": [1], "part": ["a"], "running": [True], "total": [1.0]})
    assert live_curves(history, synthetic=None, run="r")["title"] == "loss of the DGM, 1 fold (faces unknown)"
    assert "Of one it is not known" in compare_html(rendered, unknown, defaults)


def test_a_still_of_nothing_and_of_very_many():
    empty = scores_for_figure([])
    assert states_in_words(empty).startswith("0 runs")
    run_scores_figure(empty)
    many = scores_for_figure([run(f"r{k}" * 20, summary=scores(0.5)) for k in range(60)])
    figure = run_scores_figure(many)
    assert len(figure.axes[0].get_yticklabels()) == 40
    assert "20 more in the table" in figure.get_supxlabel()
    assert isinstance(many, pd.DataFrame)
