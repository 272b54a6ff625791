import matplotlib as mpl
import pytest

from mer.core.errors import InputError
from mer.figures.layout import head, panels_figure
from mer.figures.style import PAGE, class_hatches, class_markers, class_palette, database_palette, title_with_source
from mer.figures.style_book import GREYS, OKABE_ITO, STYLES, named_style, style_names
from mer.figures.styles import current, figure_width, ink, narrow, points, unit, use_style
from mer.figures.words import legend_columns, text_width, wrapped
from tests.figures.vision import BLINDNESS, nearest_pair, smallest_step

SETS = {
    "composite": ("negative", "positive", "surprise"),
    "casme2-4": ("positive", "negative", "surprise", "others"),
    "casme2-5": ("happiness", "disgust", "repression", "surprise", "others"),
}


def test_widths_are_those_of_the_templates():
    in_inches = {name: [STYLES[name].width_mm(width) / 25.4 for width in STYLES[name].widths] for name in STYLES}
    assert in_inches["cvpr"] == pytest.approx([3.25, 6.875])
    assert in_inches["ieee"] == pytest.approx([3.5, 7.16])
    assert [STYLES["elsevier"].width_mm(width) for width in STYLES["elsevier"].widths] == [90, 140, 190]
    assert STYLES["springer"].widths == ("page",) and STYLES["springer"].width_mm("page") == 122
    assert pytest.approx(175 / 25.4) == PAGE


@pytest.mark.parametrize("width", ["column", "middle", "page", "half"])
@pytest.mark.parametrize("name", style_names())
def test_only_widths_that_a_style_has_are_taken(name, width):
    has = {"springer": ["page"], "slides": ["page"], "elsevier": ["column", "middle", "page"]}
    known = has.get(name.removesuffix("-grey"), ["column", "page"])
    style = named_style(name)
    assert style.chosen_width() == known[0]
    if width in known:
        with use_style(name, width):
            assert figure_width() * 25.4 == pytest.approx(style.width_mm(width))
    else:
        listed = ", ".join(rf"{one} \([\d.]+ mm\)" for one in known)
        with pytest.raises(InputError, match=rf"{name}' has no width '{width}'. It has: {listed}\.$"):
            style.width_mm(width)
        with pytest.raises(InputError, match="has no width"), use_style(name, width):
            pass


def test_the_style_in_force_and_after(monkeypatch):
    monkeypatch.delenv("MER_FIGURE_STYLE", raising=False)
    before = mpl.rcParams["font.size"]
    assert current().name == "notebook" and not narrow() and unit() == 1 and points(5) == 5
    with use_style("cvpr", "column") as style:
        assert style is current() and narrow() and figure_width() == pytest.approx(3.25)
        assert points(5) == 6, "nothing is too small to read"
        assert mpl.rcParams["font.family"] == ["STIXGeneral"] and mpl.rcParams["pdf.fonttype"] == 42
        with use_style():
            assert current().name == "cvpr" and figure_width() == pytest.approx(3.25), "the inner block keeps it"
        with use_style(width="page"):
            assert current().name == "cvpr" and figure_width() == pytest.approx(6.875)
        with use_style("slides"):
            assert points(8) == 14 and unit() == 1.75
    assert current().name == "notebook" and mpl.rcParams["font.size"] == before


def test_the_environment_chooses(monkeypatch):
    monkeypatch.setenv("MER_FIGURE_STYLE", "ieee-grey")
    monkeypatch.setenv("MER_FIGURE_WIDTH", "column")
    assert current().name == "ieee-grey" and current().grey_safe and figure_width() == pytest.approx(3.5)
    with use_style("cvpr"):
        assert current().name == "cvpr" and figure_width() == pytest.approx(6.875), "a block goes before"
    monkeypatch.setenv("MER_FIGURE_WIDTH", "middle")
    with pytest.raises(InputError, match="has no width 'middle'"):
        figure_width()


def test_unknown_names():
    with pytest.raises(InputError, match=r"No figure style 'cvprr'. Did you mean 'cvpr'"):
        named_style("cvprr")
    with pytest.raises(InputError, match="has no width 'half'"), use_style("cvpr", "half"):
        pass


def test_titles_stand_in_captions_and_synthetic_stays():
    with use_style("cvpr"):
        assert title_with_source("Scores", True) == "synthetic faces"
        assert title_with_source("Scores", False) == ""
        assert title_with_source("Scores", True, "last") == "synthetic faces; epoch rule: last"
        assert title_with_source("Synthetic scores", True, "") == "synthetic faces", "the title is not in the picture"
        assert title_with_source("Scores", False, "last") == "epoch rule: last"
        figure = panels_figure(2.0, "Scores", False)
        assert figure._suptitle is None
        assert panels_figure(2.0, "Scores", True).get_suptitle() == "synthetic faces"
        assert figure.get_size_inches()[1] < 2.0, "no room is left for a title"
    figure = panels_figure(2.0, "Scores", True)
    assert figure.get_suptitle() == "Scores (synthetic faces)" and figure.get_size_inches()[1] == 2.0
    assert title_with_source("Scores", True, "last") == "Scores (synthetic faces; epoch rule: last)"
    assert title_with_source("Scores of synthetic faces", True, "last").endswith("faces (epoch rule: last)")
    head(figure, "Other", False)
    assert figure.get_suptitle() == "Other"


def test_remarks_that_do_not_fit_behind_a_title_stand_below_it():
    wide = panels_figure(2.0, "Reliability of the scores", True, epoch_rule="last")
    narrow_one = panels_figure(2.0, "Reliability of the scores", True, 0.5, "last")
    assert "\n" not in wide.get_suptitle()
    assert narrow_one.get_suptitle() == "Reliability of the scores\n(synthetic faces; epoch rule: last)"
    narrow_one.canvas.draw()
    assert narrow_one._suptitle.get_window_extent().width < narrow_one.bbox.width


@pytest.mark.parametrize("labels", SETS.values(), ids=SETS)
def test_classes_stay_apart_for_colour_blind_readers(labels):
    """CIE76; 2.3 is a just noticeable difference, 15 more than six of them."""
    colours = list(class_palette(labels).values())
    for blindness in (None, *BLINDNESS):
        assert nearest_pair(colours, blindness) > 15, blindness


def test_the_whole_palette_stays_apart_for_colour_blind_readers():
    for blindness in (None, *BLINDNESS):
        assert nearest_pair(list(OKABE_ITO.values()), blindness) > 15, blindness
        assert nearest_pair(list(database_palette(["casme2", "samm", "smic"]).values()), blindness) > 15
    assert nearest_pair(["#E60000", "#7A7A00"], "deuteranopia") < 15, "red and olive do not: the test can fail"


@pytest.mark.parametrize("labels", SETS.values(), ids=SETS)
def test_classes_stay_apart_in_grey_print(labels):
    """By lightness, by hatches in bars and by markers in points."""
    with use_style("cvpr-grey"):
        colours = list(class_palette(labels).values())
        assert smallest_step(colours) > 9, "of 100"
        assert len(set(class_hatches(labels).values())) == len(labels)
        assert len(set(class_markers(labels).values())) == len(labels)
    assert set(class_hatches(labels).values()) == {""}, "colour needs none"


def test_greys_are_grey_and_apart():
    assert all(len({grey[1:3], grey[3:5], grey[5:]}) == 1 for grey in GREYS.values())
    assert smallest_step(list(GREYS.values())) > 9
    assert set(GREYS) == set(OKABE_ITO)
    assert ink("blue") == OKABE_ITO["blue"]
    with use_style("ieee-grey"):
        assert ink("blue") == GREYS["blue"]


def test_words_are_broken_and_counted_only_in_print():
    words = "share of wrong predictions, 95% interval over subjects"
    assert wrapped(words, 0.5) == words, "a notebook's page was laid out by hand"
    assert legend_columns([words] * 4, 4) == 4
    with use_style("cvpr", "column"):
        broken = wrapped(words, 1.0)
        assert broken.replace("\n", " ") == words and "\n" in broken
        assert max(text_width(line, 8) for line in broken.split("\n")) <= 1.0
        assert wrapped("antidisestablishmentarianism", 0.1) == "antidisestablishmentarianism"
        assert text_width("mm\nm", 8) == text_width("mm", 8) > text_width("m", 8)
        assert legend_columns([words] * 4, 4) == 1
        assert legend_columns(["a", "b", "c", "d"], 4) == 4
