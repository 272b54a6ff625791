import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.differences import differences_figure, left_out_words
from mer.figures.styles import use_style
from tests.figures.conftest import texts
from tests.figures.in_print import print_faults
from tests.figures.made_up_evidence import METHODS, comparisons


def drawn(axes, label):
    (found,) = (one for one in axes.collections if one.get_label() == label)
    return np.asarray(found.get_offsets())


def test_marks_and_intervals_are_the_values():
    table = comparisons((*METHODS[:3], "STSTNet"))
    (axes,) = differences_figure(table, synthetic=True, epoch_rule="last").axes
    full, hollow = drawn(axes, "p by Holm at most 0.05"), drawn(axes, "p by Holm above 0.05")
    # 0.0012 x 4 and 0.006 x 3 are at most 0.05; 0.03 x 2 and 0.15 are not, though 0.03 is below it unadjusted.
    np.testing.assert_allclose(full, [(0.08, 0), (0.03, 1)], atol=1e-12)
    np.testing.assert_allclose(hollow, [(-0.02, 2), (-0.07, 3)], atol=1e-12)
    (lines,) = (one for one in axes.collections if hasattr(one, "get_segments"))
    bounds = table[["difference_low", "difference_high"]].to_numpy()
    np.testing.assert_allclose([segment[:, 0] for segment in lines.get_segments()], bounds)
    assert [line.get_xdata()[0] for line in axes.lines] == [0], "zero"


def test_no_p_without_the_number_of_comparisons():
    figure = differences_figure(comparisons(), synthetic=True, epoch_rule="last")
    words = texts(figure)
    assert "p: one of 4 comparisons" in words
    assert "+0.080 [+0.040, +0.130]\np = 0.0012, Holm 0.0048" in words
    assert any("score minus that of ridge with intercept" in word for word in words)
    assert figure.get_suptitle().endswith("(synthetic faces; epoch rule: last)")
    two = texts(differences_figure(comparisons(metrics=("uf1", "uar")), synthetic=True, epoch_rule="last"))
    assert two.count("p: one of 8 comparisons") == 2 and {"UF1", "UAR"} <= set(two)


def test_one_method_and_no_interval():
    table = comparisons(METHODS[:1]).assign(difference_low=np.nan, difference_high=np.nan)
    words = texts(differences_figure(table, synthetic=False, epoch_rule="last"))
    assert "+0.080\np = 0.0012, Holm 0.0012" in words and "p: the only comparison" in words


def test_pairs_are_named_where_they_have_no_floor_in_common():
    table = comparisons(("a", "b")).assign(against=["b", "c"])
    words = texts(differences_figure(table, synthetic=False, epoch_rule="last"))
    assert "a minus b" in words and "b minus c" in words and not [word for word in words if "that of" in word]


@pytest.mark.parametrize(("style", "width"), [("ieee", "column"), ("cvpr-grey", "page")])
def test_it_can_be_read_in_print(style, width):
    with use_style(style, width) as chosen:
        figure = differences_figure(comparisons(metrics=("uf1", "uar")), synthetic=True, epoch_rule="last")
        assert not print_faults(figure, chosen.smallest)


def test_the_majority_class_has_no_row_and_that_is_said():
    table = comparisons()
    table.loc[table["method"] == "majority class", ["difference", "difference_low"]] = -0.5
    figure = differences_figure(table, synthetic=False, epoch_rule="last")
    (axes,) = figure.axes
    assert len(axes.get_yticklabels()) == 3 and "majority" not in " ".join(texts(figure))
    assert axes.get_xlim()[0] > -0.2, "the axis is the others'"
    assert "p: one of 4 comparisons" in texts(figure), "it was one of them"
    assert left_out_words(table) == "The majority class is left out; it stands in the table."
    pairs = comparisons(("a", "b", "c")).assign(against=["b", "majority class", "a"])
    assert "b minus majority class" not in texts(differences_figure(pairs, synthetic=False, epoch_rule="last"))


def test_the_majority_class_is_drawn_where_there_is_nothing_else():
    alone, floor = comparisons(METHODS[3:]), comparisons(METHODS[:2]).assign(against="majority class")
    for table, rows in ((alone, 1), (floor, 2)):
        (axes,) = differences_figure(table, synthetic=False, epoch_rule="last").axes
        assert len(axes.get_yticklabels()) == rows and left_out_words(table) == ""


def test_nothing_to_draw():
    with pytest.raises(InputError, match="No differences to draw"):
        differences_figure(comparisons().iloc[:0], synthetic=False, epoch_rule="last")


def test_the_protocol_stands_at_the_head():
    figure = differences_figure(comparisons(), synthetic=True, epoch_rule="last", protocol="loso-per-database")
    heading = figure.get_suptitle()
    assert ", leave one subject out, each database by itself\n(synthetic faces; epoch rule: last)" in heading
