"""Every figure in every style and width: its size, its words, its colours, its bytes."""

import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from mer.figures.save import figure_bytes
from mer.figures.style_book import STYLES, style_names
from mer.figures.styles import highest, use_style
from tests.figures.gallery.every import FIGURES
from tests.figures.in_print import print_faults

PAPER = [name for name in STYLES if name != "notebook"]
SIZES = [(style, width) for style in PAPER for width in STYLES[style].widths]
#: Always drawn: the narrowest, and the one that is most limited in height. The others are marked slow.
LAID_OUT = [("cvpr", "column"), ("slides", "page")]
#: Figures that print the epoch rule.
OF_SCORES = {
    *("ablation", "automatic-apex", "confusion", "deviations", "differences", "error-shares", "features"),
    *("methods", "reliability", "scores"),
}


def drawn(name, style, width):
    """A figure, after its size and its head were looked at."""
    figure = FIGURES[name]()
    across, down = figure.get_size_inches()
    assert across * 25.4 == pytest.approx(style.width_mm(width), abs=0.5), name
    assert down <= highest() + 1e-6, f"{name} is {down:.1f} in high"
    remarks = "synthetic faces" + "; epoch rule: last" * (name in OF_SCORES)
    assert figure.get_suptitle() == remarks, f"{name}: its title belongs into the caption, remarks to one place"
    elsewhere = [text.get_text() for text in figure.findobj(Text) if "epoch rule" in text.get_text()]
    assert len(elsewhere) == (name in OF_SCORES), f"{name}: the epoch rule stands in more than one place"
    return figure


def faults_of_all(style, width):
    """Figure to its faults in this size; nothing where all is well."""
    wrong = {}
    for name in FIGURES:
        with use_style(style, width) as chosen:
            if faults := print_faults(drawn(name, chosen, width), chosen.smallest):
                wrong[name] = faults
    return wrong


@pytest.mark.parametrize(("style", "width"), LAID_OUT)
def test_every_figure_fits_and_its_words_can_be_read(style, width):
    assert not faults_of_all(style, width)


@pytest.mark.slow
@pytest.mark.parametrize(("style", "width"), [size for size in SIZES if size not in LAID_OUT])
def test_the_other_sizes_too(style, width):
    assert not faults_of_all(style, width)


def test_faults_are_found():
    """The test of the test: a word at the edge, two at one place, a small one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1))
    figure.text(0.9, 0.5, "a long word", fontsize=8)
    figure.text(0.1, 0.8, "here", fontsize=8)
    figure.text(0.1, 0.8, "there", fontsize=4)
    assert [fault.split(":")[0] for fault in print_faults(figure, 6)] == ["cut", "4 pt", "on top of each other"]


def test_grey_print_has_no_colour():
    for name, draw in FIGURES.items():
        with use_style("cvpr-grey", "column"):
            figure = draw()
            figure.set_dpi(40)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            rgb = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
        assert (rgb.max(axis=2) - rgb.min(axis=2)).max() <= 2, name


def test_colour_is_not_grey():
    """The test of the one above."""
    with use_style("cvpr", "column"):
        figure = FIGURES["occlusion"]()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        rgb = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    assert (rgb.max(axis=2) - rgb.min(axis=2)).max() > 100


@pytest.mark.parametrize("name", ["confusion", "occlusion"])
def test_a_second_call_writes_the_same_and_type_is_embedded(name):
    words = {"title": "Title", "caption": "What to see, epoch rule last.", "alt": "-"}
    with use_style("ieee-grey", "column"):
        for suffix in ("pdf", "svg", "png"):
            one, two = (figure_bytes(FIGURES[name](), suffix, words=words) for _ in range(2))
            assert one == two, suffix
            if suffix == "pdf":
                assert b"/FontFile2" in one and b"/Type3" not in one, "TrueType (42), not outlines"
                assert b"STIXGeneral" in one
                size = [float(value) for value in re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", one).groups()]
                assert size[0] / 72 * 25.4 == pytest.approx(88.9, abs=0.5)
            assert b"epoch rule last" in one, f"{suffix} does not say what it is of"


def test_names_of_styles():
    assert {"cvpr", "ieee", "springer", "elsevier", "slides", "notebook", "cvpr-grey"} <= set(style_names())
