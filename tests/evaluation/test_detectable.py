"""Detectable differences: quantiles and standard errors by hand, and the power that studies really have."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from mer.core.errors import InputError
from mer.evaluation.detectable import DetectableConfig, detectable_difference, detectable_table, standard_error
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.metrics import uf1
from mer.evaluation.permutation import PermutationConfig, exchange_persons
from tests.evaluation.conftest import make_predictions
from tests.evaluation.test_permutation import people

MANY = BootstrapConfig(resamples=4000)


def test_quantiles_by_hand():
    assert detectable_difference(1.0) == pytest.approx(1.95996 + 0.84162, abs=1e-4)
    assert detectable_difference(0.03, DetectableConfig(0.01, 0.9)) == pytest.approx(
        0.03 * (2.57583 + 1.28155), abs=1e-5
    )
    assert detectable_difference(1.0, DetectableConfig(comparisons=10)) == pytest.approx(2.80703 + 0.84162, abs=1e-4)


def one_clip_each(both, a, b, neither):
    """Predictions of two methods for persons with one clip, by who is right."""
    counts = (both, a, b, neither)
    clips = pd.DataFrame({"database": "x", "subject": [f"{k:03d}" for k in range(sum(counts))], "clip": "c"})
    clips["label"] = "negative"
    right_a, right_b = (np.repeat(right, counts) for right in ((1, 1, 0, 0), (1, 0, 1, 0)))
    return [make_predictions(clips, list(np.where(right, "negative", "positive"))) for right in (right_a, right_b)]


def test_standard_errors_by_hand():
    """Accuracy of 400 persons: of one method sqrt(p (1 - p) / n), of the difference as in McNemar's test."""
    a, b = one_clip_each(220, 60, 40, 80)
    alone, nothing = standard_error(a, None, "accuracy", MANY)
    assert alone == pytest.approx(np.sqrt(0.7 * 0.3 / 400), rel=0.04) and np.isnan(nothing)
    paired, agreement = standard_error(a, b, "accuracy", MANY)
    assert paired == pytest.approx(np.sqrt((0.25 - 0.05**2) / 400), rel=0.04)
    covariance = 220 / 400 - 0.7 * 0.65
    assert agreement == pytest.approx(covariance / np.sqrt(0.7 * 0.3 * 0.65 * 0.35), abs=0.04)


def test_the_table_for_the_persons_there_are_and_for_more():
    a, b = one_clip_each(220, 60, 40, 80)
    table = detectable_table(a, b, persons=(100, 1600), metrics=("accuracy",), bootstrap=MANY)
    assert table["subjects"].tolist() == [400, 100, 1600]
    error = standard_error(a, b, "accuracy", MANY)[0]
    assert table["standard_error"].to_numpy() == pytest.approx([error, 2 * error, error / 2])
    assert table["detectable"].to_numpy() == pytest.approx(2.8016 * table["standard_error"].to_numpy(), rel=1e-4)
    assert set(table["alpha"]) == {0.05} and set(table["power"]) == {0.8} and set(table["comparisons"]) == {1}
    both = detectable_table(a, b, config=DetectableConfig(comparisons=6), bootstrap=MANY)
    assert list(both["metric"]) == ["uf1"] * 3 + ["uar"] * 3 and both["subjects"].tolist() == [400, 800, 1600] * 2
    assert set(both["comparisons"]) == {6}


def test_an_assumed_agreement_stands_for_the_other_method():
    a, b = people(1, 0, persons=30), people(2, 0, persons=30)
    alone = standard_error(a)[0]
    table = detectable_table(a, agreement=0.5, metrics=("uf1",))
    assert table["standard_error"].iloc[0] == pytest.approx(alone)  # sqrt(2 (1 - 1/2)) = 1
    assert detectable_table(a, agreement=0.0)["standard_error"].iloc[0] == pytest.approx(np.sqrt(2) * alone)
    paired, agreement = standard_error(a, b)
    other = standard_error(b)[0]
    assert paired**2 == pytest.approx(alone**2 + other**2 - 2 * agreement * alone * other)


def test_seeds_are_averaged():
    a = [people(k, k, persons=12) for k in range(4)]
    assert standard_error(a)[0] < np.mean([standard_error(one)[0] for one in a])
    assert standard_error([a[0], a[0].assign(seed=1)])[0] == pytest.approx(standard_error(a[0])[0])


def study(rng, persons, gain):
    """Counts of two methods, the second better by ``gain`` in the chance of a clip; 6 clips of 3 classes a person."""
    found = []
    hard = rng.beta(4, 2, persons)
    for more in (0.0, gain):
        right = rng.binomial(2, np.clip(hard + more, 0, 1)[:, None], (persons, 3))
        matrices = np.zeros((persons, 3, 3), np.int64)
        for label in range(3):
            matrices[:, label, label] = right[:, label]
            matrices[:, label, (label + 1) % 3] = 2 - right[:, label]
        found.append(matrices)
    return found


def test_power_of_the_exchange_test_is_the_one_wanted():
    """Studies of 68 persons whose true difference is the detectable one find it four times in five."""
    rng = np.random.default_rng(1)
    studies = [study(rng, 68, 0.085) for _ in range(250)]
    differences = np.array([uf1(b.sum(0)) - uf1(a.sum(0)) for a, b in studies])
    error = differences.std(ddof=1)
    assert detectable_difference(error) == pytest.approx(differences.mean(), rel=0.15)  # as the gain was chosen
    expected = norm.cdf(differences.mean() / error - norm.ppf(0.975))
    tests = [exchange_persons([b], [a], 1, config=PermutationConfig(resamples=399))["uf1"].p for a, b in studies]
    power = np.mean(np.array(tests) <= 0.05)
    assert power == pytest.approx(expected, abs=0.07) and 0.7 < power < 0.92


def test_what_says_nothing_is_nan(predictions):
    table = detectable_table(predictions, predictions)
    assert table["detectable"].isna().all() and table["standard_error"].isna().all()
    one = predictions[predictions["subject"] == "007"]
    assert np.isnan(standard_error(one)[0])
    assert detectable_table(one, agreement=0.5)["detectable"].isna().all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "one of the two"),
        ({"agreement": 1.0}, "agreement is 1.0"),
        ({"agreement": 0.5, "persons": (68, 1)}, "persons holds 1"),
        ({"agreement": 0.5, "metrics": ("f1",)}, "Metric 'f1' is unknown"),
    ],
)
def test_refusals(predictions, given, words):
    with pytest.raises(InputError, match=words):
        detectable_table(predictions, **given)


def test_a_method_without_a_run_is_refused(predictions):
    for a, b in (([], predictions), (predictions, [])):
        with pytest.raises(InputError, match="A method has no run"):
            standard_error(a, b)
    with pytest.raises(InputError, match="A method has no run"):
        detectable_table(predictions, [])


@pytest.mark.parametrize(("option", "value"), [("alpha", 0.0), ("power", 1.0), ("power", 0.3), ("comparisons", 0)])
def test_impossible_settings(option, value):
    with pytest.raises(InputError, match=f"{option} is {value}"):
        DetectableConfig(**{option: value})
