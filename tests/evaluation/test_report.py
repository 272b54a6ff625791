"""The report: pooled scores, restricted scores, intervals, several runs."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.report import REPORT_COLUMNS, confusion, evaluate, evaluate_runs, mean_over_seeds

from .conftest import make_predictions


def test_rows_and_columns(predictions):
    report = evaluate(predictions, resamples=50)
    assert list(report.columns) == REPORT_COLUMNS
    assert list(report["part"]) == ["all", "samm", "casme2"]
    assert list(report["n"]) == [7, 4, 3]
    assert list(report["subjects"]) == [4, 2, 2]  # 006 of samm and of casme2 are two persons


def test_hand_computed_scores(predictions):
    report = evaluate(predictions, resamples=50).set_index("part")
    # negative: labelled 3, predicted 3, TP 2; positive: 2, 1, 1; surprise: 2, 3, 2
    assert report.at["all", "uf1"] == pytest.approx((4 / 6 + 2 / 3 + 4 / 5) / 3)
    assert report.at["all", "uar"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert report.at["all", "accuracy"] == pytest.approx(5 / 7)
    # casme2: negative labelled 1, predicted 2; positive 1, 0; surprise 1, 1
    assert report.at["casme2", "uf1"] == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert report.at["casme2", "uar"] == pytest.approx(2 / 3)


def test_a_database_row_is_the_pooled_predictions_restricted(predictions):
    report = evaluate(predictions, resamples=50, seed=3).set_index("part")
    alone = evaluate(predictions[predictions["database"] == "samm"], resamples=50, seed=3).set_index("part")
    assert list(alone.index) == ["all"]
    pd.testing.assert_series_equal(report.loc["samm"], alone.loc["all"], check_names=False)


def test_order_of_rows_changes_nothing(predictions):
    expected = evaluate(predictions, resamples=50).set_index("part").sort_index()
    shuffled = evaluate(predictions.iloc[::-1], resamples=50).set_index("part").sort_index()
    pd.testing.assert_frame_equal(shuffled, expected)


def test_bounds_hold_the_score_between_them(predictions):
    report = evaluate(predictions, resamples=500)
    for name in ("uf1", "uar", "accuracy"):
        assert (report[f"{name}_low"] <= report[name]).all()
        assert (report[name] <= report[f"{name}_high"]).all()


def test_one_person_has_scores_and_no_bounds(predictions):
    report = evaluate(predictions[predictions["subject"] == "007"], resamples=50)
    assert report.at[0, "uf1"] == 1.0
    assert np.isnan(report.at[0, "uf1_low"]) and np.isnan(report.at[0, "uf1_high"])


def test_confusion_has_class_names(predictions):
    table = confusion(predictions)
    assert table.loc["negative", "surprise"] == 1
    assert table.loc["surprise", "negative"] == 0
    assert table.to_numpy().sum() == 7


def test_several_runs_need_evaluate_runs(predictions):
    both = pd.concat([predictions, predictions.assign(seed=1)])
    with pytest.raises(InputError, match=r"2 runs \(run=run epoch_rule=last seed=0; run=run epoch_rule=last seed=1\)"):
        evaluate(both)
    reports = evaluate_runs(both, resamples=50)
    assert list(reports.columns) == ["run", "epoch_rule", "seed", *REPORT_COLUMNS]
    assert list(reports["seed"]) == [0, 0, 0, 1, 1, 1]
    pd.testing.assert_frame_equal(reports.loc[:2, REPORT_COLUMNS], evaluate(predictions, resamples=50))


def test_mean_over_seeds_averages_scores_and_keeps_runs_apart(clips, predictions):
    perfect = make_predictions(clips, list(clips["label"]), seed=1)
    other = make_predictions(clips, ["negative"] * 7, run="other")
    table = mean_over_seeds(evaluate_runs(pd.concat([predictions, perfect, other]), resamples=20))
    table = table.set_index(["run", "part"])
    assert table.loc[("run", "all"), "seeds"] == 2
    assert table.loc[("run", "all"), "accuracy"] == pytest.approx((5 / 7 + 1) / 2)
    assert table.loc[("run", "all"), "accuracy_std"] == pytest.approx((1 - 5 / 7) / np.sqrt(2))
    assert table.loc[("other", "all"), "accuracy"] == pytest.approx(3 / 7)
    assert np.isnan(table.loc[("other", "all"), "accuracy_std"])


@pytest.mark.parametrize("judge", [evaluate, evaluate_runs])
def test_an_empty_table_is_refused(predictions, judge):
    with pytest.raises(InputError, match="no rows"):
        judge(predictions.iloc[:0])
