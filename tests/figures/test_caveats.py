"""Sentences that go below every figure of a run."""

import json

import cv2
import pytest
from matplotlib.figure import Figure

from mer.core.caveats import add_caveats, read_caveats
from mer.figures.save import save_figure
from mer.figures.words import legend_below

WORDS = {"title": "A line", "caption": "A caption.", "alt": "A rising line."}
LEFT_OUT = "3 of 255 clips left out: 2 missing or damaged, 1 without one whole face."


@pytest.fixture
def figure():
    made = Figure(figsize=(3, 2), layout="constrained")
    made.add_subplot().plot([0, 1])
    return made


def test_each_sentence_once(tmp_path):
    add_caveats(tmp_path, [LEFT_OUT, "", LEFT_OUT])
    add_caveats(tmp_path, ["Other.", LEFT_OUT])
    assert read_caveats(tmp_path) == [LEFT_OUT, "Other."]


def test_nothing_left_out_changes_nothing(tmp_path, figure):
    add_caveats(tmp_path, [""])
    files = save_figure(figure, "line", tmp_path, **WORDS)
    assert json.loads(files.record.read_text())["caption"] == "A caption."
    assert cv2.imread(str(files.png)).shape == (400, 600, 3)


def test_the_sentence_is_on_the_figure_and_in_its_caption(tmp_path, figure):
    plain = save_figure(figure, "line", tmp_path / "plain", **WORDS)
    add_caveats(tmp_path, [LEFT_OUT])
    files = save_figure(figure, "line", tmp_path, **WORDS)
    assert json.loads(files.record.read_text())["caption"] == f"A caption. {LEFT_OUT}"
    assert "3 of 255" in files.svg.read_text() or files.svg.stat().st_size > plain.svg.stat().st_size
    before, after = cv2.imread(str(plain.png)), cv2.imread(str(files.png))
    assert after.shape[1] == 600
    assert after.shape[0] > before.shape[0]
    assert (after[:400] == before).mean() > 0.999  # the figure itself stays as it was
    assert after[400:].min() < 200  # words
    assert not figure.texts  # taken off again


@pytest.mark.parametrize("layout", ["constrained", None])
def test_a_legend_outside_the_panels_stays_where_it_is_and_off_the_sentences(tmp_path, layout):
    def made():
        figure = Figure(figsize=(3, 2), layout=layout)
        axes = figure.add_subplot()
        for k in range(4):
            axes.plot([0, k], label=f"line {k}")
        return figure, legend_below(figure, *axes.get_legend_handles_labels(), 2, "What the lines are")

    def boxes(event):
        drawn.append([part.get_window_extent() for part in (legend, *figure.texts)])

    (usual, _), (figure, legend), drawn = made(), made(), []
    first = [save_figure(usual, "line", tmp_path / name, **WORDS).png for name in ("plain", "again")]
    listener = figure.canvas.mpl_connect("draw_event", boxes)
    add_caveats(tmp_path, [LEFT_OUT])
    files = save_figure(figure, "line", tmp_path, **WORDS)
    assert len(drawn) >= 3, "a PNG, a PDF and an SVG"
    for below, words in drawn:
        assert words.y1 <= below.y0 and not words.overlaps(below)
    before, after = cv2.imread(str(first[0])), cv2.imread(str(files.png))
    assert (after[:400] == before).mean() > 0.999
    figure.canvas.mpl_disconnect(listener)
    assert save_figure(figure, "line", tmp_path / "later", **WORDS).png.read_bytes() == first[1].read_bytes()
