"""Persons, seeds and both resampled: each alone where the other does not vary, together where both do."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.seeds_and_persons import BOTH, PERSONS, SEEDS, sources_table
from tests.evaluation.conftest import make_predictions

CONFIG = BootstrapConfig(resamples=2000)
TURNED = {"negative": "positive", "positive": "surprise", "surprise": "negative"}


def run(right, seed=0, clips=20):
    """``right`` says of each person how many of their clips are right."""
    rows = [("x", f"p{p:02d}", f"c{c:02d}", list(TURNED)[c % 3]) for p in range(len(right)) for c in range(clips)]
    table = pd.DataFrame(rows, columns=["database", "subject", "clip", "label"])
    predicted = [label if k % clips < right[k // clips] else TURNED[label] for k, label in enumerate(table["label"])]
    return make_predictions(table, predicted, seed=seed)


def bounds(table, name, metric="accuracy"):
    row = table.set_index("resampled").loc[name]
    return row[f"{metric}_low"], row[f"{metric}_high"]


def width(table, name):
    low, high = bounds(table, name)
    return high - low


PEOPLE = np.random.default_rng(0).integers(5, 14, 24)


def test_persons_alone_are_the_interval_that_every_report_has():
    runs = [run(PEOPLE), run(PEOPLE[::-1], 1)]
    table = sources_table(runs, config=CONFIG)
    assert list(table["resampled"]) == [PERSONS, SEEDS, BOTH]
    assert (table["seeds"] == 2).all() and (table["subjects"] == 24).all()
    known = mean_scores(runs).iloc[0]
    for metric in ("uf1", "uar", "accuracy"):
        assert table[metric].to_numpy() == pytest.approx(known[metric])
        assert bounds(table, PERSONS, metric) == pytest.approx((known[f"{metric}_low"], known[f"{metric}_high"]))


def test_two_seeds_by_hand():
    """Two seeds are drawn as both, or as one of them twice, a quarter of the draws each."""
    table = sources_table([run([10] * 8), run([16] * 8, 1)], config=CONFIG)
    assert bounds(table, SEEDS) == pytest.approx((0.5, 0.8))
    assert bounds(table, PERSONS) == pytest.approx((0.65, 0.65))  # persons are alike
    assert bounds(table, BOTH) == pytest.approx((0.5, 0.8))


def test_seeds_alike_leave_the_interval_of_persons():
    table = sources_table([run(PEOPLE), run(PEOPLE, 1), run(PEOPLE, 2)], config=CONFIG)
    assert width(table, SEEDS) == pytest.approx(0)
    assert bounds(table, BOTH) == pytest.approx(bounds(table, PERSONS)) and width(table, PERSONS) > 0.03


def test_independent_sources_add_as_squares():
    """Every seed moves all persons alike, so the variances add. As many seeds as persons, both from low to high: draws
    that were the same for both would add the widths themselves."""
    right = np.array([5, 6, 7, 8, 9, 10, 11, 12])
    table = sources_table([run(right + shift, k) for k, shift in enumerate(range(-4, 4))], config=CONFIG)
    assert min(width(table, SEEDS), width(table, PERSONS)) > 0.1
    assert width(table, BOTH) == pytest.approx(np.hypot(width(table, SEEDS), width(table, PERSONS)), rel=0.1)


def test_a_difference_draws_seeds_of_each_and_the_same_persons():
    a = [run(PEOPLE + shift, k) for k, shift in enumerate([2, 3])]
    b = [run(PEOPLE + shift, k) for k, shift in enumerate([0, 1])]
    table = sources_table(a, b, CONFIG)
    known = paired_difference(a, b).iloc[0]
    assert table["accuracy"].to_numpy() == pytest.approx(0.1) == known["accuracy"]
    assert bounds(table, PERSONS) == pytest.approx((0.1, 0.1))  # paired: all persons differ by the same
    assert bounds(table, SEEDS) == pytest.approx((0.05, 0.15))  # both low and high at once in 1/16 of the draws
    other = sources_table(b, a, CONFIG)
    assert other["accuracy"].to_numpy() == pytest.approx(-0.1)


def test_one_seed_says_nothing_of_seeds():
    table = sources_table(run(PEOPLE), config=CONFIG)
    assert np.isnan(bounds(table, SEEDS)).all() and np.isnan(bounds(table, BOTH)).all()
    assert width(table, PERSONS) > 0
    table = sources_table([run(PEOPLE), run(PEOPLE + 1, 1)], run(PEOPLE), CONFIG)
    assert np.isnan(bounds(table, SEEDS)).all() and (table["seeds"] == 1).all()


def test_one_person_says_nothing_of_persons():
    table = sources_table([run([5]), run([9], 1)], config=CONFIG)
    assert np.isnan(bounds(table, PERSONS)).all() and np.isnan(bounds(table, BOTH)).all()
    assert bounds(table, SEEDS) == pytest.approx((0.25, 0.45))


def test_a_method_without_a_run_is_refused():
    for runs, against in (([], run(PEOPLE)), (run(PEOPLE), [])):
        with pytest.raises(InputError, match="A method has no run"):
            sources_table(runs, against, CONFIG)
