"""Exchange of persons: by hand, against plain enumeration, its errors of the first kind, its degenerate cases."""

import tracemalloc
from dataclasses import fields
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, recall_score

from mer.core.errors import InputError
from mer.evaluation.permutation import PermutationConfig, PermutationTest, exchange_persons, permutation_test
from tests.evaluation.conftest import make_predictions

CLASSES = np.array(("negative", "positive", "surprise"))


def right_and_wrong(right, clips):
    """One two-class matrix a person: ``right`` of ``clips`` clips of the first class are right."""
    right = np.asarray(right)
    matrices = np.zeros((*right.shape, 2, 2), np.int64)
    matrices[..., 0, 0], matrices[..., 0, 1] = right, clips - right
    return matrices


def accuracy_p(a, b, **config):
    found = exchange_persons(
        [right_and_wrong(a, 4)], [right_and_wrong(b, 4)], 1, ["accuracy"], PermutationConfig(**config)
    )
    return found["accuracy"]


@pytest.mark.parametrize(
    ("a", "b", "p"),
    [
        ([3, 2, 1], [0, 0, 0], 2 / 8),  # +-3 +-2 +-1 is 6 in size for all or none exchanged only
        ([3, 2, 0], [0, 0, 1], 4 / 8),  # 3 + 2 - 1 = 4: sizes 6, 4, 2, 0, each twice
        ([0, 0, 1], [3, 2, 0], 4 / 8),  # the other direction
        ([4, 1], [0, 0], 2 / 4),
        ([4], [0], 1.0),  # one person can be exchanged or not: sizes are equal
    ],
)
def test_by_hand(a, b, p):
    found = accuracy_p(a, b)
    assert found.p == pytest.approx(p) and found.exact and found.permutations == 2 ** len(a)
    assert found.difference == pytest.approx((sum(a) - sum(b)) / (4 * len(a)))


def people(seed, run_seed, persons=5, skill=0.5):
    """Clips of some persons, every class labelled, and predictions right with probability ``skill``."""
    rng = np.random.default_rng(seed)
    clips = pd.DataFrame(
        [("x", f"p{p}", f"c{c}", CLASSES[c % 3]) for p in range(persons) for c in range(3 + p)],
        columns=["database", "subject", "clip", "label"],
    )
    other = rng.choice(CLASSES, len(clips))
    predicted = np.where(rng.random(len(clips)) < skill, clips["label"], other)
    return make_predictions(clips, list(predicted), seed=run_seed)


@pytest.mark.parametrize("seeds", [(2, 2), (3, 1)])
def test_as_enumerated_plainly_from_the_predictions(seeds):
    """Scores by scikit-learn from exchanged columns of predictions; a method of one seed counts in each."""
    a = [people(10 + k, k, skill=0.7) for k in range(seeds[0])]
    b = [people(20 + k, k, skill=0.4) for k in range(seeds[1])]
    label, subject = a[0]["label"].to_numpy(), a[0]["subject"].to_numpy()
    names = sorted(set(subject))
    pairs = [(a[k], b[k % seeds[1]]) for k in range(seeds[0])]
    scores = {
        "uf1": lambda predicted: f1_score(label, predicted, average="macro"),
        "uar": lambda predicted: recall_score(label, predicted, average="macro"),
    }
    for metric, score in scores.items():
        drawn = []
        for exchanged in product((False, True), repeat=len(names)):
            of_clip = np.array([exchanged[names.index(one)] for one in subject])
            one, two = (
                np.mean([score(np.where(of_clip == side, x["predicted"], y["predicted"])) for x, y in pairs])
                for side in (False, True)
            )
            drawn.append(one - two)
        expected = np.mean(np.abs(drawn) >= abs(drawn[0]) - 1e-9)
        found = permutation_test(a, b, 1, metric)
        assert found.difference == pytest.approx(drawn[0])
        assert found.p == pytest.approx(expected) and 0 < expected < 1


def test_methods_alike_have_p_1(predictions):
    found = permutation_test(predictions, predictions.iloc[::-1], 3)
    assert (found.difference, found.p, found.persons) == (0.0, 1.0, 4)
    many = accuracy_p([2] * 30, [2] * 30, resamples=99)
    assert many.p == 1.0 and not many.exact


def test_the_other_way_round_p_stays():
    a, b = people(1, 0), people(2, 0)
    there, back = permutation_test(a, b, 1), permutation_test(b, a, 1)
    assert there.difference == pytest.approx(-back.difference) and there.p == back.p


def test_random_exchanges_agree_with_all_of_them():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 5, (2, 12))
    exact, drawn = accuracy_p(a, b), accuracy_p(a, b, resamples=3000)
    assert exact.exact and exact.permutations == 4096 and not drawn.exact
    assert drawn.p == pytest.approx(exact.p, abs=0.03)


def test_p_is_never_0():
    found = accuracy_p([4] * 40, [0] * 40, resamples=199)
    assert found.p == 1 / 200 and found.difference == 1


@pytest.mark.parametrize("metric", ["uf1", "accuracy"])
def test_errors_of_the_first_kind_are_alpha(metric):
    """Two methods equally good, persons of different difficulty: p is below 0.05 in one of twenty studies."""
    rng = np.random.default_rng(0)
    config, low, studies = PermutationConfig(resamples=199), 0, 400
    for _ in range(studies):
        hard = rng.beta(2, 2, (25, 1))
        first, second = (
            np.stack([rng.multinomial(3, np.stack([1 - hard[:, 0], hard[:, 0]], 1)) for _ in range(2)], 1)
            for _ in range(2)
        )  # persons x true class x right or wrong
        for one in (first, second):
            one[:, 1] = one[:, 1, ::-1]
        low += exchange_persons([first], [second], 1, [metric], config)[metric].p <= 0.05
    assert low / studies == pytest.approx(0.05, abs=0.025)


def test_clips_of_a_person_are_not_exchanged_one_by_one():
    """Eight persons, all 20 clips right or all wrong: one half each says nothing, for 160 clips it would say much."""
    a, b = [20] * 6 + [0] * 2, [20] * 3 + [0] * 5
    found = exchange_persons([right_and_wrong(a, 20)], [right_and_wrong(b, 20)], 1, ["accuracy"])["accuracy"]
    assert found.p == 2 / 8  # three persons differ, all one way: 2 of their 8 exchanges


def test_memory_does_not_grow_with_persons_times_exchanges():
    rng = np.random.default_rng(0)
    a, b = (right_and_wrong(rng.integers(0, 5, 5000), 4) for _ in range(2))
    tracemalloc.start()
    try:
        exchange_persons([a], [b], 1, ["uf1"], PermutationConfig(resamples=2000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40e6  # all exchanges at once would be 80 MB


def test_no_p_without_the_number_of_comparisons(predictions):
    with pytest.raises(TypeError, match="comparisons"):
        permutation_test(predictions, predictions)
    with pytest.raises(InputError, match="comparisons is 0"):
        permutation_test(predictions, predictions, 0)
    assert "comparisons" in {field.name for field in fields(PermutationTest)}
    assert permutation_test(predictions, predictions, 12).words == (
        "UF1 +0.000, p = 1 unadjusted, one of 12 comparisons (all 16 exchanges of 4 persons)"
    )
    assert "p = 1 unadjusted, the only comparison" in permutation_test(predictions, predictions, 1).words


def test_refusals(predictions):
    with pytest.raises(InputError, match="Metric 'f1' is unknown"):
        permutation_test(predictions, predictions, 1, "f1")
    with pytest.raises(InputError, match="has no run"):
        permutation_test(predictions, [], 1)
    with pytest.raises(InputError, match="resamples is 0"):
        PermutationConfig(resamples=0)
    with pytest.raises(InputError, match="7 against 6 clips"):
        permutation_test(predictions, predictions.iloc[1:], 1)
