import base64
import json
import re
import shutil
import time
from html.parser import HTMLParser
from itertools import pairwise

import nbformat
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.data_terms import run_terms
from mer.figures.tables import interval
from mer.runs.export import export_notebook
from mer.runs.report import score_table, write_report
from mer.runs.session import open_run
from mer.runs.study import load_study
from mer.runs.tables import read_table
from tests.made_up_runs import correct_label, keeps_corrections, made_up_clips
from tests.sealed_again import seal_again

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


class Page(HTMLParser):
    """Tags in order, with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def study(project):
    """Two finished runs (one with figures and tables) and one failed, as the runner leaves them."""
    for name in ("01_make", "02_use"):
        project.notebook(name)
    steps = [
        {"run": "make", "notebook": "01_make", "about": "What it does."},
        {"run": "use", "notebook": "02_use", "grid": {"value": [1, 2]}},
    ]
    project.study("demo", steps, title="A <study>", about="First words.")
    floor = {"ridge": {"uf1": 0.31, "uar": 0.3, "n": 12}}
    scores = {"beside": floor, "uf1": 0.8, "uf1_low": 0.7, "uf1_high": 0.9, "uar": 0.75, "n": 12, "epoch_rule": "last"}
    for run, summary in (("make", {"clips": 12}), ("use-value=1", {"method": "FRL-DGT", "synthetic": True, **scores})):
        folder = project.outputs / "demo" / run
        opened = open_run(folder, "x", show=False)
        table = pd.DataFrame({"part": ["all", "x"], "uf1": [0.8, 0.5], "uf1_low": [0.7, 0.4], "uf1_high": [0.9, 0.6]})
        opened.save_table(
            "b-scores", table, title="Scores & more", caption="Rows are parts.", best=["uf1"], notes="Of x."
        )
        time.sleep(0.02)
        opened.save_table("a-first", pd.DataFrame({"x": [1.23456]}))
        time.sleep(0.02)
        words = {"title": "Motion", "caption": "Arrows.", "alt": 'A face with "arrows"', "csv": ["motion.csv"]}
        (opened.figures / "motion.json").write_text(json.dumps({**words, "width_in": 3.3}))
        (opened.figures / "motion.png").write_bytes(PIXEL)
        (opened.figures / "motion.csv").write_text("x\n1\n")
        (folder / "parameters.json").write_text(json.dumps({"parameters": {"seed": 1}}))
        opened.finish(summary)
        result = {"state": "finished", "hash": "h", "seconds": 61, "summary": summary}
        (folder / "result.json").write_text(json.dumps(result))
    (project.outputs / "demo" / "use-value=2").mkdir()
    (project.outputs / "demo" / "use-value=2" / "error.json").write_text('{"message": "no <luck>"}')
    (project.outputs / "demo" / "use-value=1" / "02_use.ipynb").write_text(
        (project.folder / "notebooks" / "02_use.ipynb").read_text()
    )
    return load_study("demo")


def test_the_page_has_everything_in_order_and_works_without_network_or_kernel(study):
    path = write_report(study)
    text = path.read_text()
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(image.get("alt") for image in page.all("img"))
    assert page.all("img")[0]["alt"] == 'A face with "arrows"'
    links = [tag.get("href") or tag.get("src") for tag in page.all("a") + page.all("img")]
    assert not [link for link in links if "//" in link]
    files = [link for link in links if not link.startswith("#")]
    assert files
    assert not [link for link in files if not (path.parent / link.replace("%3D", "=")).is_file()]
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert not [link for link in links if link.startswith("#") and link[1:] not in anchors]
    order = [
        page.text.rindex(part) for part in ("First words.", "What it does.", "About 02_use (value=1)", "no <luck>")
    ]
    assert order == sorted(order)
    assert text.index("b-scores.csv") < text.index("a-first.csv") < text.index("motion.png"), (
        "as the notebook made them"
    )
    assert all(f"tables/b-scores.{suffix}" in text for suffix in ("csv", "tex", "html"))
    assert "<strong>0.800 [0.700, 0.900]</strong>" in text and "Of x. Bold: the best" in text
    assert "http://" not in text
    assert "https://" not in text


def test_scores_have_intervals_and_say_synthetic(study):
    page = Page(write_report(study).read_text())
    assert "0.800 [0.700, 0.900]" in page.text
    head = page.text[page.text.index("Scores") : page.text.index("What it does.")]
    assert "0.310" in head
    assert head.index("FRL-DGT") < head.index("ridge")
    assert "Synthetic faces." in page.text
    assert "synthetic" in page.text[page.text.index("FRL-DGT") :][:40]
    assert "2 of 3 runs finished" in page.text
    assert "failed" in page.text


def test_the_head_says_under_which_terms_faces_of_people_may_be_used(study, project):
    assert "Faces of people" not in Page(write_report(study).read_text()).text
    path = project.outputs / "demo" / "make" / "record.json"
    clips_of = {"samm": {"terms": "SAMM: for <research> only.", "synthetic": False}}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"clips_of": clips_of}))
    text = Page(write_report(study).read_text()).text
    assert "Faces of people. SAMM: for <research> only." in text[: text.index("What it does.")]


@pytest.mark.parametrize("name", ["summary.json", "record.json"])
@pytest.mark.parametrize("how", ["altered", "deleted"])
def test_a_damaged_run_is_said_to_be_so_and_its_scores_are_left_out(study, project, name, how):
    folder = project.outputs / "demo" / "use-value=1"
    seal_again(folder)
    whole = Page(write_report(study).read_text()).text
    assert "FRL-DGT" in whole and "damaged" not in whole
    if how == "deleted":
        (folder / name).unlink()
    else:
        (folder / name).write_text((folder / name).read_text().replace("FRL-DGT", "FRL-XYZ") + " ")
    text = Page(write_report(study).read_text()).text
    assert f"{name} is " in text and "Make it again: " in text
    assert "FRL-" not in text


def test_a_damaged_run_of_elsewhere_keeps_no_page_from_being_written(study, project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "record.json").write_text("[1]")
    path = project.outputs / "demo" / "make" / "record.json"
    clips_of = {"samm": {"terms": "SAMM: for research only.", "synthetic": False}}
    more = {"clips_of": clips_of, "config": {"train_run": str(elsewhere)}}
    path.write_text(json.dumps(json.loads(path.read_text()) | more))
    with pytest.raises(InputError, match=r"record\.json"):
        run_terms(path.parent)
    assert "Faces of people. SAMM: for research only." in Page(write_report(study).read_text()).text


def test_nothing_of_a_study_says_synthetic_when_nothing_is(study, project):
    folder = project.outputs / "demo" / "use-value=1"
    summary = json.loads((folder / "summary.json").read_text()) | {"synthetic": False}
    (folder / "summary.json").write_text(json.dumps(summary))
    assert "ynthetic" not in Page(write_report(study).read_text()).text.split("{")[-1].split("}")[-1]


def test_a_study_that_never_ran_still_makes_a_page(project):
    project.notebook("01_make")
    project.study("new", [{"run": "make", "notebook": "01_make"}])
    assert "not run yet" in write_report(load_study("new")).read_text()


def test_the_exported_notebook_needs_nothing_from_the_network(study, project):
    write_report(study)
    page = Page((project.outputs / "demo" / "use-value=1" / "02_use.html").read_text())
    loads = [tag.get("src") for tag in page.all("script")] + [tag.get("href") for tag in page.all("link")]
    assert not [source for source in loads if source]
    assert "run_dir" in page.text


def test_a_widget_is_a_sentence_on_the_page_unless_a_picture_stands_for_it(tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()"), nbformat.v4.new_code_cell("plot()")])
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "VBox(children=())"}
    book.cells[0].outputs = [nbformat.v4.new_output("display_data", data=widget)]
    picture = base64.b64encode(PIXEL).decode()
    book.cells[1].outputs = [nbformat.v4.new_output("display_data", data=widget | {"image/png": picture})]
    nbformat.write(book, tmp_path / "n.ipynb")
    page = Page(export_notebook(tmp_path / "n.ipynb").read_text())
    assert page.text.count("An interactive view stands here") == 1
    assert "VBox" not in page.text
    assert len(page.all("img")) == 1


def test_intervals_and_cells():
    row = {"uf1": "0.5", "uf1_low": "0.25", "uf1_high": "0.75", "uar": 0.5, "uar_low": float("nan"), "uar_high": 1}
    assert interval(row, "uf1") == "0.500 [0.250, 0.750]"
    assert interval(row, "uar") == "0.500"
    assert interval(row, "accuracy") == ""


def test_tables_are_formatted_and_cut(tmp_path):
    pd.DataFrame({"clip": ["a"] * 70, "n": range(70), "rate": [1e-5] * 70}).to_csv(tmp_path / "t.csv", index=False)
    table = read_table(tmp_path / "t.csv")
    assert table["rows"][3] == ["a", "3", "1e-05"]
    assert table["left_out"] == 10
    assert table["numeric"] == [False, True, True]
    (tmp_path / "empty.csv").write_text("a,b\n")
    assert read_table(tmp_path / "empty.csv")["rows"] == []


def test_a_grid_is_shown_once_and_folded_after_that(study, project):
    """The first run of a step lies open, a second one is there for those who open it."""
    assert "<summary>Tables and figures</summary>" not in write_report(study).read_text()
    folder = project.outputs / "demo" / "use-value=2"
    shutil.copytree(folder.with_name("use-value=1"), folder, dirs_exist_ok=True)
    (folder / "error.json").unlink()
    text = write_report(study).read_text()
    assert text.count("<summary>Tables and figures</summary>") == 1
    folded = text.index("<summary>Tables and figures</summary>")
    assert text.index("use-value%3D1/figures/motion.png") < folded < text.index("use-value%3D2/figures/motion.png")
    assert Page(text).text.count("ridge") == 1, "a floor of the same scores stands once"


def test_rows_of_several_label_spaces_name_their_own():
    def run(labels, uf1):
        floor = {"uf1": 0.3, "n": 10}
        summary = {"method": "FRL-DGT", "labels": labels, "uf1": uf1, "beside": {"ridge": floor}}
        return {"summary": summary, "scored": True, "anchor": "a", "synthetic": True, "name": "train"}

    methods = [row["method"] for row in score_table([run("composite", 0.8), run("composite", 0.7)])]
    assert methods == ["FRL-DGT", "ridge", "FRL-DGT"]
    methods = [row["method"] for row in score_table([run("composite", 0.8), run("casme2-5", 0.7)])]
    assert methods == ["FRL-DGT (composite)", "ridge (composite)", "FRL-DGT (casme2-5)", "ridge (casme2-5)"]


def test_rows_of_other_protocols_than_leaving_one_subject_out_name_theirs():
    runs = [
        {"summary": {"uf1": 0.8} | given, "scored": True, "anchor": "a", "synthetic": True, "name": "train"}
        for given in ({"method": "FRL-DGT"}, {"method": "FRL-DGT", "protocol": "loso"}, {"protocol": "database"})
    ]
    methods = [row["method"] for row in score_table(runs)]
    assert methods == ["FRL-DGT", "FRL-DGT", "train, leave one database out"]


def test_where_the_outputs_lie_is_not_said(study, project):
    folder = project.outputs / "demo" / "make"
    summary = json.loads((folder / "summary.json").read_text()) | {"train_run": str(project.outputs / "demo" / "x")}
    (folder / "summary.json").write_text(json.dumps(summary))
    text = write_report(load_study("demo")).read_text()
    assert str(project.outputs) not in text and f"{project.outputs.name}/demo/x" in text


def test_a_run_older_than_corrections_says_so_beside_its_heading(study, project, monkeypatch):
    clips = made_up_clips(("negative", "positive"))
    keeps_corrections(project.outputs / "demo" / "use-value=1", "synthetic", clips, monkeypatch)
    assert "Out of date" not in write_report(study).read_text()
    correct_label(clips.iloc[0], "", project.folder / "mine.csv", monkeypatch)
    page = write_report(study).read_text()
    assert page.count("Out of date.") == 1
    section = page.partition('<section id="use-value-1"')[2].partition("</section>")[0]
    assert "made before corrections of yours" in section and "synthetic-casme2/s00/0_0" in section
