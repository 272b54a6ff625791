"""A figure of a run in one call: files, words, LaTeX, and what is said when the run has it not."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mer.core.caveats import add_caveats
from mer.core.errors import InputError, MissingPath
from mer.evaluation.corrected_since import corrected_since_words
from mer.figures.style_book import STYLES
from mer.figures.styles import use_style
from mer.runs.paper import data, scored
from mer.runs.paper import data as paper_data
from mer.runs.paper.book import FILE_NAME, draw_all
from mer.runs.paper.catalogue import FIGURES
from mer.runs.paper.data import RunData
from mer.runs.paper.figures import default_folder, drawn, latex_figure, paper_figure, possible_figures
from mer.runs.paper.view import choose_figures
from tests.made_up_runs import correct_label, keeps_corrections, made_up_predictions, made_up_run

CLASSES = ("negative", "positive", "surprise")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs") / "demo" / "train"
    made_up_run(folder, made_up_predictions(CLASSES, 1.0), method="FRL-DGT")
    history = pd.DataFrame({"step": [1, 2] * 2, "fold": list("aabb"), "classification": [2.0, 1.0, 2.5, 0.5]})
    history.to_csv(folder / "history.csv", index=False)
    add_caveats(folder, ["3 of 93 clips left out."])
    return folder


def test_all_parts_are_written_and_agree(run, tmp_path):
    files = paper_figure("confusion", run, style="ieee", width="column", out=tmp_path)
    names = ["confusion." + suffix for suffix in ("csv", "json", "pdf", "png", "svg", "tex")]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert files.caption.startswith("Confusion matrices. Rows are true classes")
    said = (
        "FRL-DGT, synthetic database rendered in the style of CASME II, SAMM and SMIC (90 clips of 15 subjects), leave"
    )
    assert said in files.caption
    assert files.caption.endswith("seed 0. 3 of 93 clips left out.")
    record = json.loads(files.figure.record.read_text())
    assert record["caption"] == files.caption and record["width_in"] == 3.5
    assert b"15 subjects" in files.figure.pdf.read_bytes()
    tex = files.tex.read_text()
    assert r"\includegraphics[width=3.5in]{confusion.pdf}" in tex and r"\label{fig:confusion}" in tex
    assert r"\begin{figure}[t]" in tex and "15 subjects" in tex
    counts = pd.read_csv(files.figure.csv[0])
    assert counts.loc[counts["part"] == "all", "count"].sum() == 90


def test_captions_say_what_is_counted_and_how_sure_it_is(run, tmp_path):
    files = paper_figure("scores", run, out=tmp_path)
    scores, numbers = files.caption, pd.read_csv(files.figure.csv[0])
    assert re.search(r"of all clips UAR 0\.333 and UF1 0\.3[0-3]\d, which depends on the shares of the class", scores)
    for row in numbers[numbers["metric"] != "accuracy"].itertuples():
        said = f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]"
        assert said in files.alt and said in files.tex.read_text().splitlines()[0]
        assert row.guessing == pytest.approx(1 / 3, abs=0.03)
    assert "Unweighted F1 (UF1) and unweighted average recall (UAR)" in scores
    assert "95 % intervals: percentile bootstrap over subjects" in scores
    each = "Clips (subjects): all 90 (15), CASME II style 30 (5), SAMM style 30 (5), SMIC style 30 (5)."
    assert each in scores and each in paper_figure("confusion", run, out=tmp_path).caption
    assert "UF1" not in scores.split("(UF1)")[0]
    training = paper_figure("training", run, out=tmp_path).caption
    assert "quartiles over 2 folds" in training


def test_a_slide_and_a_column_show_fewer_clips():
    from mer.runs.paper.catalogue import PaperFigure

    shown = []
    entry = PaperFigure("Title", "what it shows", "a run", lambda run, clips: shown.append(clips), clips=(3, 2, 1))
    for style, width in (("cvpr", "page"), ("cvpr", "column"), ("slides", "page")):
        with use_style(style, width):
            drawn(entry, [None])
            drawn(entry, [None], 4)
    assert shown == [3, 4, 2, 4, 1, 4]


def test_a_second_call_writes_the_same(run, tmp_path):
    one, two = (paper_figure("training", RunData(run), "cvpr-grey", "page", tmp_path / name) for name in "ab")
    for first, second in zip(sorted((tmp_path / "a").iterdir()), sorted((tmp_path / "b").iterdir()), strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name
    assert one.caption == two.caption


def test_lines_of_latex():
    cvpr, springer = STYLES["cvpr"], STYLES["springer"]
    assert r"\begin{figure*}" in latex_figure("x", "A & B, 5 %.", "alt", cvpr, "page")
    assert "width=6.875in" in latex_figure("x", "A & B, 5 %.", "alt", cvpr, "page")
    lines = latex_figure("x", "A & B, 5 %.", "50% more\nthan", springer, "page")
    assert r"\begin{figure}" in lines and "width=122mm" in lines and r"A \& B, 5 \%." in lines
    assert all(line.startswith("%") for line in lines.split("\n")[:1]) and "\n% " not in lines


def test_several_runs_where_they_are_compared(run, tmp_path):
    other = made_up_run(tmp_path / "study" / "other", made_up_predictions(CLASSES, 0.2, seed=1), method="FRL-DGT")
    files = paper_figure("scores", [run, other], out=tmp_path)
    table = pd.read_csv(files.figure.csv[0])
    assert table["method"].unique().tolist() == ["FRL-DGT, demo/train", "FRL-DGT, study/other"]
    assert "seed 0" in files.caption and "seed 1" in files.caption
    with pytest.raises(InputError, match="a figure of one"):
        paper_figure("confusion", [run, other], out=tmp_path)


def test_what_is_wrong_is_said(run, tmp_path):
    with pytest.raises(InputError, match=r"No figure 'confusin'. Did you mean 'confusion'"):
        paper_figure("confusin", run)
    with pytest.raises(MissingPath, match="no folder of a run"):
        paper_figure("confusion", tmp_path / "gone")
    with pytest.raises(MissingPath, match="holds no predictions and names no run"):
        paper_figure("confusion", tmp_path)
    with pytest.raises(MissingPath, match="keeps no arrays"):
        paper_figure("fusion-weights", run, out=tmp_path)
    with pytest.raises(MissingPath, match="a run of 08_key_frames keeps it"):
        paper_figure("spotting", run, out=tmp_path)
    with pytest.raises(InputError, match="No run was given"):
        paper_figure("scores", [])
    with pytest.raises(InputError, match="no width 'middle'"):
        paper_figure("confusion", run, width="middle")
    with pytest.raises(InputError, match="clips is 0"):
        paper_figure("confusion", run, clips=0)


def test_only_what_a_run_keeps_is_possible(run, tmp_path):
    assert possible_figures(run) == ["scores", "confusion", "training", "reliability"]
    assert possible_figures(tmp_path) == []
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "spotting.csv").write_text("method\n")
    assert possible_figures(tmp_path) == ["spotting"]


def test_every_figure_says_what_it_shows_and_needs():
    for name, one in FIGURES.items():
        assert len(one.shows) > 10 and re.search(r"\(\d\d_", one.needs), name


def test_nothing_is_written_into_a_finished_run(run):
    before = sorted(run.rglob("*"))
    with use_style("cvpr", "column") as style:
        folder = default_folder([RunData(run)], style, "column")
    assert folder.parts[-3:] == ("paper-figures", "demo-train", "cvpr-column")
    assert sorted(run.rglob("*")) == before


def test_all_that_a_run_allows_and_one_file_that_includes_them(run, tmp_path, capsys):
    done = draw_all(RunData(run), ["training", "spotting"], "cvpr", "column", tmp_path, show=False)
    assert [one.tex.name for one in done] == ["training.tex"]
    assert "spotting is left out" in capsys.readouterr().out
    assert re.findall(r"^\\input{(.*)}$", (tmp_path / FILE_NAME).read_text(), re.M) == ["training.tex"]
    with pytest.raises(InputError, match="No figure 'nothing'"):
        draw_all(RunData(run), ["nothing"], "cvpr", "column", tmp_path)


def test_the_view_draws_and_says_what_is_wrong(run, tmp_path):
    view = choose_figures(run, tmp_path)
    assert view.picture.image.startswith(b"\x89PNG") and "15 subjects" in view.caption.text
    assert 'download="confusion.pdf"' in view.result.value and view.latex.text.startswith("% Confusion matrices")
    assert [value for _, value in view.figure.options] == possible_figures(run)
    view.style_box.value = "elsevier"
    assert [value for _, value in view.width_box.options] == ["column", "middle", "page"]
    view.width_box.value = "middle"
    view.grey.value = True
    assert "width=140mm" in view.latex.text and view.notice.text == ""
    view.width_box.value = "column"
    for style, width in (("springer", "page"), ("ieee", "column")):  # one without a choice does not count as one
        view.style_box.value = style
        assert view.width_box.value == width, style
    (run / "history.csv").rename(tmp_path / "history.csv")
    try:
        view.figure.value = "training"
        assert "history.csv is missing" in view.notice.text and view.picture.message == "Nothing is drawn."
        assert view.caption.text == view.latex.text == view.result.value == ""
    finally:
        (tmp_path / "history.csv").rename(run / "history.csv")
    view.figure.value = "confusion"
    assert view.notice.text == "" and view.picture.message == ""
    lost = choose_figures(tmp_path / "nothing", tmp_path)
    assert "no folder of a run" in lost.notice.text and lost.draw.disabled


def test_what_takes_long_waits_for_draw_until_it_is_kept(run, tmp_path, monkeypatch):
    slow = replace(FIGURES["training"], slow="This takes minutes.")
    monkeypatch.setitem(FIGURES, "training", slow)
    data = RunData(run)
    view = choose_figures(data, tmp_path)
    view.figure.value = "training"
    assert view.picture.message == "This takes minutes. Press Draw." and view.caption.text == ""
    view.draw.click()
    assert view.caption.text.startswith("Training curves")
    view.figure.value = "confusion"
    view.figure.value = "training"
    assert view.caption.text.startswith("Training curves"), "drawn before: at once"
    again = choose_figures(data, tmp_path)
    again.figure.value = "training"
    assert again.caption.text.startswith("Training curves"), "of the same data"
    monkeypatch.setitem(FIGURES, "training", replace(slow, models=True, clips=(3, 3, 2)))
    data._drawn.clear()
    view.grey.value = True
    assert view.picture.message == "This figure asks the models of the run, which takes a while. Press Draw."
    view.draw.click()
    view.grey.value = False
    assert view.caption.text.startswith("Training curves"), "the answers are kept"
    view.style_box.value = "slides"
    assert "asks the models" in view.picture.message, "of other clips they are not"


def test_a_change_of_style_or_width_computes_nothing_again(run, tmp_path, monkeypatch):
    calls = []
    real = scored.evaluate
    monkeypatch.setattr(scored, "evaluate", lambda *given: calls.append(given) or real(*given))
    data = RunData(run)
    for style, width in (("cvpr", "column"), ("cvpr", "page"), ("slides-grey", "page")):
        paper_figure("scores", data, style, width, tmp_path)
    assert len(calls) == 1
    paper_figure("scores", RunData(run), out=tmp_path)
    assert len(calls) == 2, "the run may have changed when its folder is opened anew"


def test_what_is_computed_of_clips_is_kept_by_them(run, monkeypatch):
    asked = []
    data = RunData(run)
    data.arrays = {}
    monkeypatch.setattr(paper_data, "attribute_run", lambda *given: asked.append(given[3:]) or len(asked))
    first, again, others = data.attribution([0, 1]), data.attribution([0, 1]), data.attribution([1])
    assert (first, again, others) == (1, 1, 2) and data.attribution([0, 1], "label") == 3
    assert [rows for rows, _ in asked] == [[0, 1], [1], [0, 1]]


def test_the_picture_is_seen_before_any_file_is_written(run, tmp_path):
    def seen(png, alt):
        found.append((png[:4], alt, sorted(path.suffix for path in tmp_path.iterdir())))

    found = []
    files = paper_figure("reliability", run, out=tmp_path, seen=seen)
    assert found == [(b"\x89PNG", files.alt, [])] and files.tex.is_file()


def test_losses_kept_before_they_were_log_odds_are_not_taken_for_them(run, monkeypatch):
    kept = run / "figures" / "occlusion.csv"
    kept.parent.mkdir(exist_ok=True)
    columns = {"label": ["positive"], "box": ["2"], "low": [0.1], "high": [0.3], "n": [4]}
    found = SimpleNamespace(occlusion=np.zeros((90, 9)))
    monkeypatch.setattr(data, "explain_run", lambda *_: found)
    monkeypatch.setattr(RunData, "arrays", {})
    try:
        pd.DataFrame(columns | {"log_odds_lost": [0.2]}).to_csv(kept, index=False)
        assert RunData(run).occlusion["log_odds_lost"].tolist() == [0.2]
        pd.DataFrame(columns | {"mean": [0.2]}).to_csv(kept, index=False)
        assert len(RunData(run).occlusion) == 27
    finally:
        kept.unlink()


def test_a_figure_is_quick_as_long_as_all_that_it_asked_for_is_kept(run):
    data = RunData(run)
    data.begin_drawing()
    for key in "ab":
        data.kept(key, lambda: np.zeros(40_000_000, np.uint8))
    data.done_drawing("faces", 3)
    data.begin_drawing()
    data.done_drawing("training", 0)
    assert data.quick_to_draw("faces") and data.quick_to_draw("faces", 3) and not data.quick_to_draw("faces", 4)
    data.kept("c", lambda: np.zeros(40_000_000, np.uint8))  # of 96 MB: the first has to go
    assert not data.quick_to_draw("faces") and data.quick_to_draw("training") and not data.quick_to_draw("other")


def test_a_run_older_than_a_correction_is_drawn_and_says_so(tmp_path, monkeypatch):
    predictions = made_up_predictions(CLASSES, 1.0)
    folder = made_up_run(tmp_path / "demo" / "train", predictions)
    keeps_corrections(folder, "synthetic", predictions, monkeypatch)
    assert paper_figure("confusion", folder, out=tmp_path / "before").older == ()
    row = predictions.iloc[3]
    correct_label(row, next(name for name in CLASSES if name != row["label"]), tmp_path / "mine.csv", monkeypatch)
    files = paper_figure("confusion", folder, out=tmp_path / "after")
    (said,) = files.older
    assert said.startswith("demo/train was made before corrections of yours") and "Run it again" in said
    assert files.caption.endswith(said) and "Run it again" in files.tex.read_text()
    assert files.figure.csv[0].read_bytes() == (tmp_path / "before" / "confusion.csv").read_bytes(), "drawn as it was"
    view = choose_figures(folder, tmp_path / "view")
    assert said in view.notice.text and view.picture.image.startswith(b"\x89PNG")


def test_a_fault_in_a_users_file_is_told_to_the_user_and_to_no_reader(tmp_path, monkeypatch):
    predictions = made_up_predictions(CLASSES, 1.0)
    folder = made_up_run(tmp_path / "demo" / "train", predictions)
    keeps_corrections(folder, "synthetic", predictions, monkeypatch)
    broken = tmp_path / "mine.csv"
    broken.write_text('"database')
    monkeypatch.setenv("MER_CORRECTIONS", str(broken))
    files = paper_figure("confusion", folder, out=tmp_path / "out")
    assert str(broken) in files.older[0]
    assert "demo/train was made cannot be told." in files.caption
    assert "mine.csv" not in files.caption and "mine" not in files.tex.read_text()


def test_of_several_runs_older_than_a_correction_each_is_named_once(tmp_path, monkeypatch):
    """Two of the same clips are told apart; one that another inherited from is not said again in other words."""
    tables = [made_up_predictions(CLASSES, skill) for skill in (1.0, 0.5)]
    runs = [made_up_run(tmp_path / "s" / name, table) for name, table in zip("ba", tables, strict=True)]
    for folder in runs:
        keeps_corrections(folder, "synthetic", tables[0], monkeypatch)
    row = tables[0].iloc[3]
    correct_label(row, next(name for name in CLASSES if name != row["label"]), tmp_path / "mine.csv", monkeypatch)
    using = tmp_path / "s" / "shown"
    using.mkdir()
    (using / "record.json").write_text(json.dumps({"config": {"train_run": str(runs[0])}}))
    add_caveats(using, ["Other.", corrected_since_words(runs[0])])
    files = paper_figure("scores", [*runs, using], out=tmp_path / "out")
    assert [said.split()[0] for said in files.older] == ["s/a", "s/b"]
    assert files.caption.count("was made before") == 2 and "This run" not in files.caption
    assert [files.caption.count(said) for said in files.older] == [1, 1]


def test_scores_of_runs_on_other_clips_databases_or_classes_do_not_share_a_figure(tmp_path):
    """What the caption says of the clips, and the line of guessing, would be true of the first run alone."""

    def made(name, database=None, predictions=None):
        table = made_up_predictions(CLASSES, 0.5) if predictions is None else predictions
        folder = made_up_run(tmp_path / "s" / name, table, method="FRL-DGT")
        if database:
            (folder / "record.json").write_text(json.dumps({"config": {"data.database": database}}))
        return folder

    first, same, seed = made("a", "synthetic"), made("b", "synthetic"), made("c", "synthetic:1")
    unnamed = made("d")
    fewer = made("e", predictions=made_up_predictions(CLASSES, 0.5).iloc[:-5])
    classes = made("f", predictions=made_up_predictions(("negative", "positive", "fear"), 0.5))
    for other, said in (
        (seed, "s/c have different databases: synthetic against synthetic:1"),
        (fewer, "s/e have different clips: 90 and 85, of which 85 are in both"),
        (classes, "s/f have different c"),
    ):
        with pytest.raises(InputError, match=said) as told:
            paper_figure("scores", [first, same, other], out=tmp_path / "out")
        assert str(first) in str(told.value) and "give runs of one database" in str(told.value)
    assert "Database: synthetic." in paper_figure("scores", [first, same, unnamed], out=tmp_path / "out").caption
    assert "Database: synthetic:1." in paper_figure("scores", seed, out=tmp_path / "out").caption
    assert "Database:" not in paper_figure("scores", unnamed, out=tmp_path / "out").caption
