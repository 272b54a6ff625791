import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.report import evaluate
from mer.figures.scores import scores_figure, scores_page, scores_table
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
    assert "epoch rule: last" in words
    assert words.count("chance") == 1
    assert any("synthetic" in text for text in words)


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
