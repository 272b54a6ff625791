import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.figures.methods import methods_figure, methods_page
from mer.figures.scores import scores_table
from mer.figures.styles import use_style
from tests.figures.conftest import texts
from tests.figures.in_print import print_faults

SEEDS = {"model": 3, "majority": 1}


@pytest.fixture
def table(predictions):
    majority = predictions.assign(predicted="negative")
    return scores_table({"model": evaluate(predictions, 50), "majority": evaluate(majority, 50)})


def marks(axes, label):
    (found,) = (one for one in axes.collections if one.get_label() == label)
    return np.asarray(found.get_offsets())


def test_marks_are_the_values_of_all_clips_and_of_the_databases(predictions, table):
    figure = methods_figure(table, SEEDS, synthetic=True, epoch_rule="last", chance=guessing_scores(predictions))
    for axes, metric in zip(figure.axes, ("uf1", "uar"), strict=True):
        own = table[table["metric"] == metric].set_index(["part", "method"])
        for part, label in (("all", "all clips"), ("casme2", "CASME II"), ("smic", "SMIC")):
            np.testing.assert_allclose(marks(axes, label)[:, 0], own.loc[part, "value"])
        (lines,) = (one for one in axes.collections if hasattr(one, "get_segments"))
        np.testing.assert_allclose([one[:, 0] for one in lines.get_segments()], own.loc["all", ["low", "high"]])
        assert [line.get_xdata()[0] for line in axes.lines] == [guessing_scores(predictions)[metric][0]]
    words = texts(figure)
    assert "model (3 seeds)" in words and "majority" in words, "one seed is not worth a word"
    row = table[(table["part"] == "all") & (table["metric"] == "uf1")].iloc[0]
    assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in words
    assert figure.get_suptitle().endswith("(synthetic faces; epoch rule: last)")


def test_one_database_and_one_person(predictions):
    alone = predictions[predictions["subject"] == "01"]
    table = scores_table({"model": evaluate(alone, 10)})
    figure = methods_figure(table, {}, synthetic=False, epoch_rule="last")
    assert "1.000" in texts(figure) and "CASME II" not in texts(figure)


def test_a_dozen_methods_can_be_read_in_a_column(table):
    one = table[table["method"] == "model"]
    whole = pd.concat([one.assign(method=f"method number {k} of a dozen") for k in range(12)])
    with use_style("cvpr", "column") as chosen:
        assert not print_faults(methods_figure(whole, {}, synthetic=True, epoch_rule="last"), chosen.smallest)


def test_page_has_the_seeds(table):
    page = methods_page(table, SEEDS)
    assert list(page.columns) == ["Method", "Seeds", "UF1", "UAR"]
    assert list(page["Seeds"]) == [3, 1] * 3 and list(page.index[:2]) == ["all clips"] * 2


def test_nothing_to_draw(table):
    with pytest.raises(InputError, match="No scores"):
        methods_figure(table[table["part"] != "all"], SEEDS, synthetic=False, epoch_rule="last")


def test_the_protocol_stands_at_the_head(table):
    figure = methods_figure(table, SEEDS, synthetic=True, epoch_rule="last", protocol="loso-per-database")
    heading = figure.get_suptitle()
    assert ", leave one subject out, each database by itself\n(synthetic faces; epoch rule: last)" in heading
