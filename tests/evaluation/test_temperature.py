"""Temperature: the known best one, no say for one's own clips, classes that stay."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation import temperature
from mer.evaluation.calibration import SMALLEST, calibration_scores
from mer.evaluation.temperature import HIGHEST, LOWEST, person_temperatures, with_temperature
from tests.evaluation.test_calibration import table


def grouped(right, of, score):
    """``of`` clips with this score for the first class, ``right`` of which are of it; one person a clip."""
    return table([[score, 1 - score]] * of, ["a"] * right + ["b"] * (of - right))


def test_the_best_temperature_is_known_in_closed_form():
    # every score is 0.9 and 3 in 4 are right: the best score is 0.75, so logit(0.9) / T = logit(0.75)
    expected = np.log(9) / np.log(3)
    found = person_temperatures(grouped(3000, 4000, 0.9))
    assert found.to_numpy() == pytest.approx(expected, rel=1e-3)
    soft = with_temperature(grouped(3000, 4000, 0.9))
    assert soft["score_a"].to_numpy() == pytest.approx(0.75, abs=1e-3)


def test_a_person_is_left_out_of_the_fit():
    predictions = grouped(6, 8, 0.9)
    found = person_temperatures(predictions)
    # without one that is right, 5 of 7 are; without one that is wrong, 6 of 7
    assert found["x/p0"] == pytest.approx(np.log(9) / np.log(5 / 2), rel=1e-4)
    assert found["x/p7"] == pytest.approx(np.log(9) / np.log(6), rel=1e-4)


def test_ones_own_labels_and_scores_change_nothing():
    rng = np.random.default_rng(1)
    said = rng.dirichlet((1, 1, 1), 60)
    labels = ["abc"[rng.choice(3, p=row)] for row in said]
    people = [f"p{k // 6}" for k in range(60)]
    before = person_temperatures(table(said, labels, people, ("a", "b", "c")))
    said[:6], labels[:6] = [0.98, 0.01, 0.01], ["b"] * 6
    after = person_temperatures(table(said, labels, people, ("a", "b", "c")))
    assert after["x/p0"] == pytest.approx(before["x/p0"], rel=1e-9)
    assert (after.drop("x/p0") != before.drop("x/p0")).all(), "but it changes that of the others"


def test_the_predicted_class_stays_and_the_error_falls():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (600, 3))
    fair = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = ["abc"[rng.choice(3, p=row)] for row in fair]
    sure = fair**4 / (fair**4).sum(1, keepdims=True)
    before = table(sure, labels, [f"p{k // 20:02d}" for k in range(600)], tuple("abc"))
    after = with_temperature(before, run="softer")
    ordered = before.sort_values("clip", ignore_index=True)
    pd.testing.assert_series_equal(after.sort_values("clip", ignore_index=True)["predicted"], ordered["predicted"])
    assert person_temperatures(before).between(3, 5).all(), "the scores were sharpened by 4"
    assert (after["run"] == "softer").all()
    scores = [calibration_scores(one, resamples=10).iloc[0] for one in (before, after)]
    assert scores[1]["ece"] < 0.5 * scores[0]["ece"] and scores[1]["nll"] < scores[0]["nll"]


def test_the_limits():
    assert person_temperatures(grouped(5, 5, 0.9)).to_numpy() == pytest.approx(LOWEST, rel=0.1)
    assert person_temperatures(grouped(0, 5, 0.9)).to_numpy() == pytest.approx(HIGHEST, rel=1e-3)
    zero = with_temperature(table([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], ["a", "a", "b"]))
    assert np.isfinite(zero[["score_a", "score_b"]].to_numpy()).all()


def test_one_fold():
    with pytest.raises(InputError, match=r"1 fold only, of 1 person\(s\)"):
        person_temperatures(table([[0.9, 0.1]] * 2, ["a", "b"], ["p", "p"]))
    with pytest.raises(InputError, match=r"1 fold only, of 2 person\(s\)"):
        person_temperatures(table([[0.9, 0.1]] * 2, ["a", "b"], ["p", "q"]).assign(fold="x"))


def three_databases():
    """30 people with 4 clips each; the database of a person is held out with them."""
    rng = np.random.default_rng(2)
    said = rng.dirichlet((1, 1), 120)
    labels = ["ab"[rng.choice(2, p=row)] for row in said]
    predictions = table(said, labels, [f"p{k // 4:02d}" for k in range(120)])
    databases = [f"d{k // 40}" for k in range(120)]
    return predictions.assign(database=databases, fold=databases)


def test_of_a_database_held_out_nobody_enters_the_fit():
    predictions = three_databases()
    found = person_temperatures(predictions)
    assert len(found) == 30 and found.groupby(found.index.str[:2]).nunique().tolist() == [1, 1, 1]
    own = predictions["database"] == "d0"
    # As if the rest were known alone: one person more, without whom nothing is left out but the database.
    stranger = predictions[~own].assign(fold="rest")
    alone = table([[0.5, 0.5]], ["a"], ["new"]).assign(database="d9", fold="d9")  # says nothing of any temperature
    expected = person_temperatures(pd.concat([stranger, alone], ignore_index=True))["d9/new"]
    assert found["d0/p00"] == pytest.approx(expected, rel=1e-9)
    turned = predictions.assign(label=predictions["label"].where(~own, "a"))
    after = person_temperatures(turned)
    assert after["d0/p00"] == pytest.approx(found["d0/p00"], rel=1e-9)
    assert after["d1/p10"] != found["d1/p10"]


def test_one_subject_left_out_leaves_out_the_person_to_the_bit():
    predictions = three_databases().sample(frac=1, random_state=0)
    predictions["fold"] = predictions["database"] + "/" + predictions["subject"]
    found = person_temperatures(predictions)
    ordered = predictions.sort_values(["database", "subject", "clip"])
    logits = np.log(np.maximum(ordered[["score_a", "score_b"]].to_numpy(), SMALLEST))
    own = np.unique(ordered["fold"], return_inverse=True)[1]
    plain = temperature._best_temperatures(logits, (ordered["label"] == "b").to_numpy().astype(int), own)
    assert found.tolist() == plain.tolist()
    other = predictions["subject"].str[1:].astype(int).mul(7).mod(30).astype(str)  # numbers of folds, in another order
    assert person_temperatures(predictions.assign(fold=other)).tolist() == plain.tolist()


def test_a_person_in_two_folds_leaves_out_both():
    predictions = grouped(6, 8, 0.9).assign(fold=list("ababccdd"))
    found = person_temperatures(predictions.assign(subject=["one", "one", *predictions["subject"][2:]]))
    assert found["x/one"] == found["x/p2"] == found["x/p3"]
    assert found["x/one"] == pytest.approx(HIGHEST, rel=1e-3)  # of the four others two are right
    assert found["x/p4"] == pytest.approx(np.log(9) / np.log(2), rel=1e-4)  # without p4 and p5 four of six are
