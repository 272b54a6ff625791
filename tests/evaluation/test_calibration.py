"""Calibration measures by hand, their intervals, their degenerate cases."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.calibration import (
    MEASURES,
    bin_edges,
    calibration_scores,
    reliability,
)
from mer.evaluation.predictions import predictions_table

TWO = ("a", "b")


def table(scores, labels, subjects=None, classes=TWO):
    """Predictions of clips with these scores (n, K)."""
    n = len(labels)
    clips = pd.DataFrame(
        {
            "database": "x",
            "subject": list(subjects or (f"p{k}" for k in range(n))),
            "clip": [f"c{k:04d}" for k in range(n)],
        }
    )
    return predictions_table(clips.assign(label=labels), classes, np.array(scores), clips["subject"], "last", "r", 0)


#: Confidences 0.9, 0.8 (bin 8-9 of ten: 0.8 is at the right border of the eighth), 0.6, 0.55.
FOUR = table([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.55, 0.45]], ["a", "b", "b", "b"])


def test_reliability_by_hand():
    bins = reliability(FOUR, bins=5)
    assert list(bins["n"]) == [0, 0, 2, 1, 1]  # (0.4, 0.6]: 0.6 and 0.55; (0.6, 0.8]: 0.8; (0.8, 1]: 0.9
    assert bins["confidence"].tolist()[2:] == pytest.approx([0.575, 0.8, 0.9])
    assert bins["accuracy"].tolist()[2:] == [0.5, 0.0, 1.0]
    assert bins["accuracy"].isna().tolist()[:2] == [True, True]


def test_measures_by_hand():
    row = calibration_scores(FOUR, bins=5, resamples=20).iloc[0]
    assert (row["n"], row["subjects"]) == (4, 4)
    assert row["ece"] == pytest.approx((2 * 0.075 + 1 * 0.8 + 1 * 0.1) / 4)
    assert row["brier"] == pytest.approx((2 * 0.01 + 2 * 0.64 + 2 * 0.16 + 2 * 0.3025) / 4)
    assert row["nll"] == pytest.approx(-np.log([0.9, 0.2, 0.6, 0.45]).mean())
    # class a said .9 .8 .4 .55, true 1 0 0 0: bins (.2,.4]: .4; (.4,.6]: .55; (.6,.8]: .8; (.8,1]: |1-.9|
    a = 0.4 + 0.55 + 0.8 + 0.1
    # class b said .1 .2 .6 .45, true 0 1 1 1: (0,.2]: |1 - .3|; (.4,.6]: |2 - 1.05|
    b = 0.7 + 0.95
    assert row["classwise_ece"] == pytest.approx((a + b) / 2 / 4)


def test_bins_of_equal_count():
    # two bins of two clips: {0.55, 0.6} right 1 of 2, {0.8, 0.9} right 1 of 2
    row = calibration_scores(FOUR, bins=2, resamples=20).iloc[0]
    assert row["ece_count"] == pytest.approx((abs(1 - 1.15) + abs(1 - 1.7)) / 4)
    assert list(reliability(FOUR, bins=2, kind="count")["n"]) == [2, 2]
    np.testing.assert_allclose(bin_edges(np.array([0.55, 0.6, 0.8, 0.9]), 2, "count"), [0, 0.6, 1])
    np.testing.assert_allclose(bin_edges(np.full(9, 0.5), 3, "count"), [0, 0.5, 1]), "equal values share a bin"


def test_sure_and_right_is_perfect():
    perfect = table([[1.0, 0.0], [0.0, 1.0]] * 5, ["a", "b"] * 5)
    row = calibration_scores(perfect, resamples=50).iloc[0]
    assert [row[name] for name in MEASURES] == [0, 0, 0, 0, 0]
    assert row["ece_high"] == 0


def test_sure_and_wrong_is_the_worst():
    row = calibration_scores(table([[1.0, 0.0]] * 4, ["b"] * 4), resamples=50).iloc[0]
    assert (row["ece"], row["ece_count"], row["classwise_ece"], row["brier"]) == (1, 1, 1, 2)
    assert row["nll"] == pytest.approx(-np.log(1e-12))


def test_calibrated_scores_have_a_small_error_and_sharpened_ones_a_large():
    rng = np.random.default_rng(0)
    said = rng.uniform(0.5, 1, 4000)
    labels = np.where(rng.random(4000) < said, "a", "b").tolist()
    people = [f"p{k % 100}" for k in range(4000)]
    honest = table(np.stack([said, 1 - said], 1), labels, people)
    sharp = table(np.stack([said**0.2, 1 - said**0.2], 1), labels, people)
    rows = [calibration_scores(one, resamples=300).iloc[0] for one in (honest, sharp)]
    assert rows[0]["ece"] < 0.03 < 0.15 < rows[1]["ece"]
    for name in MEASURES:
        assert rows[0][name] < rows[1][name]
        assert rows[1][f"{name}_low"] <= rows[1][name] <= rows[1][f"{name}_high"]


def test_intervals_resample_persons():
    # 20 persons of 20 clips each, all right or all wrong: the error of a draw is far from that of all
    people = [f"p{k // 20:02d}" for k in range(400)]
    labels = ["a" if (k // 20) % 2 else "b" for k in range(400)]
    scores = [[0.5, 0.5]] * 400
    clustered = calibration_scores(table(scores, labels, people), resamples=500).iloc[0]
    alone = calibration_scores(table(scores, labels), resamples=500).iloc[0]
    assert clustered["ece"] == alone["ece"] == 0
    assert clustered["ece_high"] > 3 * alone["ece_high"] > 0


def test_one_person_has_no_interval():
    row = calibration_scores(table([[0.9, 0.1], [0.4, 0.6]], ["a", "a"], ["p", "p"]), resamples=20).iloc[0]
    assert row["ece"] > 0 and np.isnan(row["ece_low"])


def test_the_confidence_is_that_of_the_predicted_class():
    other = FOUR.assign(predicted=["b", "a", "b", "a"])  # a published log may not predict its highest score
    assert reliability(other, bins=5)["n"].tolist() == [1, 0, 2, 1, 0]


def test_impossible_settings():
    with pytest.raises(InputError, match="bins is 0"):
        reliability(FOUR, bins=0)
    with pytest.raises(InputError, match="'depth'"):
        reliability(FOUR, kind="depth")
    with pytest.raises(InputError, match="no predictions"):
        calibration_scores(FOUR.iloc[:0])
