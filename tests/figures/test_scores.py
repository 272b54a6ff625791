import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.figures.scores import scores_figure, scores_page, scores_table, scores_words
from tests.figures.conftest import texts


@pytest.fixture
def table(predictions):
    majority = predictions.assign(predicted="negative")
    return scores_table({"model": evaluate(predictions, 50), "majority": evaluate(majority, 50)})


def test_table_is_the_reports(predictions, table):
    report = evaluate(predictions, 50)
    rows = table[(table["method"] == "model") & (table["metric"] == "uf1")]
    assert list(rows["part"]) == ["all", "casme2", "smic"]
    np.testing.assert_allclose(rows["value"], report["uf1"])
    np.testing.assert_allclose(rows["low"], report["uf1_low"])


def test_marks_are_the_values(table):
    figure = scores_figure(table, synthetic=True, epoch_rule="last")
    for axes, metric in zip(figure.axes, ("uf1", "uar"), strict=True):
        points = [c.get_offsets() for c in axes.collections if c.get_label() in ("model", "majority")]
        drawn = np.concatenate(points)[:, 0]
        np.testing.assert_allclose(drawn, table.loc[table["metric"] == metric, "value"])
    words = texts(figure)
    assert "all clips\n8 clips, 4 subjects" in words
    assert figure.get_suptitle().endswith("(synthetic faces; epoch rule: last)")
    assert "guessing" not in words, "none was given"
    for _, row in table[table["metric"] != "accuracy"].iterrows():
        assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in words


def test_guessing_has_a_line_in_every_panel_with_steps_between_groups(predictions, table):
    """Of all 8 clips (4, 2, 2): UAR 1/3; F1 2p/(3p + 1): 0.4, 2/7, 2/7; CASME II (3, 1, 1), SMIC (1, 1, 1)."""
    figure = scores_figure(table, synthetic=True, epoch_rule="last", chance=guessing_scores(predictions))
    uf1, uar = ([line.get_xdata() for line in axes.lines] for axes in figure.axes)
    np.testing.assert_allclose(uar, [[1 / 3] * 6])
    every, casme2 = (0.4 + 4 / 7) / 3, (2 * 0.6 / 2.8 + 2 * 2 * 0.2 / 1.6) / 3
    np.testing.assert_allclose(uf1, [np.repeat([every, casme2, 1 / 3], 2)])
    alone = scores_figure(table, synthetic=True, epoch_rule="last", chance=guessing_scores(predictions).head(1))
    np.testing.assert_allclose([line.get_xdata() for line in alone.axes[0].lines], [[every] * 6])
    assert not scores_figure(table, synthetic=True, epoch_rule="last").axes[1].lines


def test_words_have_every_number(table):
    words = scores_words(table)
    assert words.startswith("Scores with 95 % intervals in brackets: all clips, model: UF1 0.750 [")
    assert words.count("model: UF1") == 3 and words.count("[") == 12 and "SMIC, majority: UF1" in words
    assert "[" not in scores_words(table.assign(low=np.nan, high=np.nan)).partition("brackets")[2]


def test_one_person_has_a_mark_without_interval(predictions):
    alone = predictions[predictions["subject"] == "01"]
    table = scores_table({"model": evaluate(alone, 10)})
    assert table["low"].isna().all()
    scores_figure(table, synthetic=False, epoch_rule="last")
    assert scores_page(table, ["uf1"])["UF1"].iloc[0] == "1.000"


def test_method_without_a_part(table):
    partly = table[~((table["method"] == "majority") & (table["part"] == "smic"))]
    scores_figure(partly, synthetic=False, epoch_rule="last")
    assert scores_page(partly).loc["SMIC", "Method"] == "model"  # one row, no empty one


def test_page_reads_as_in_a_paper(table):
    page = scores_page(table, ["uf1"])
    assert list(page.columns) == ["Method", "UF1"]
    assert list(page.index) == ["all clips"] * 2 + ["CASME II"] * 2 + ["SMIC"] * 2
    assert list(page["Method"]) == ["model", "majority"] * 3
    assert page["UF1"].iloc[0].startswith("0.750 [")


def test_unknown_metric(table):
    with pytest.raises(InputError, match="Did you mean 'uf1'"):
        scores_figure(table, synthetic=False, epoch_rule="last", metrics=["f1"])


def test_no_scores(table):
    with pytest.raises(InputError, match="No scores"):
        scores_figure(table.iloc[:0], synthetic=False, epoch_rule="last")


def test_long_names_of_methods_fit_below(predictions):
    floors = ("ridge with intercept", "ridge without intercept", "Bi-WOOF (upright) and linear SVM", "majority class")
    names = ["network", *(f"{name} (leave one subject out)" for name in floors)]
    figure = scores_figure(
        scores_table(dict.fromkeys(names, evaluate(predictions, 5))), synthetic=False, epoch_rule="last"
    )
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0
