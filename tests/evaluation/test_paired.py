"""Paired differences: their values, their intervals, and runs that cannot be compared."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.comparisons import compare_methods
from mer.evaluation.detectable import standard_error
from mer.evaluation.paired import aligned_methods, aligned_runs, mean_scores, paired_difference
from mer.evaluation.permutation import permutation_test
from mer.evaluation.report import REPORT_COLUMNS, evaluate
from mer.evaluation.seeds_and_persons import sources_table
from tests.evaluation.conftest import make_predictions


@pytest.fixture
def perfect(clips):
    return make_predictions(clips, list(clips["label"]), run="perfect")


def test_one_run_scores_as_the_report_has_it(predictions):
    pd.testing.assert_frame_equal(
        mean_scores(predictions, resamples=200).set_index("part").sort_index(),
        evaluate(predictions, resamples=200).set_index("part").sort_index(),
    )


def test_differences_by_hand(predictions, perfect):
    table = paired_difference(perfect, predictions, resamples=100)
    assert list(table.columns) == REPORT_COLUMNS
    rows = table.set_index("part")
    assert rows.at["all", "uf1"] == pytest.approx(1 - (4 / 6 + 2 / 3 + 4 / 5) / 3)
    assert rows.at["all", "accuracy"] == pytest.approx(2 / 7)
    assert rows.at["casme2", "uar"] == pytest.approx(1 / 3)
    assert (rows["uf1_low"] <= rows["uf1"]).all() and (rows["uf1"] <= rows["uf1_high"]).all()


def test_a_run_against_itself_differs_by_nothing(predictions):
    table = paired_difference(predictions, predictions.iloc[::-1], resamples=300)
    assert (table[["uf1", "uf1_low", "uf1_high", "uar", "accuracy_low"]].to_numpy() == 0).all()


def test_the_other_way_round_the_sign_turns(predictions, perfect):
    there, back = paired_difference(perfect, predictions), paired_difference(predictions, perfect)
    assert there["uf1"].to_numpy() == pytest.approx(-back["uf1"].to_numpy())
    assert there["uf1_low"].to_numpy() == pytest.approx(-back["uf1_high"].to_numpy())


def many(right, run):
    """40 persons with 5 clips each of two classes; ``right`` says of each person how many are right."""
    clips = pd.DataFrame(
        [("x", f"p{p:02d}", f"c{c}", ("negative", "positive", "surprise")[c % 3]) for p in range(40) for c in range(5)],
        columns=["database", "subject", "clip", "label"],
    )
    turned = {"negative": "positive", "positive": "surprise", "surprise": "negative"}
    predicted = [label if k % 5 < right[k // 5] else turned[label] for k, label in enumerate(clips["label"])]
    return make_predictions(clips, predicted, run=run)


def test_pairing_is_surer_than_two_intervals():
    rng = np.random.default_rng(0)
    base = rng.integers(0, 5, 40)  # persons differ much
    a, b = many(base + 1, "a"), many(base, "b")  # but a is always one clip better
    row = paired_difference(a, b, resamples=1000).iloc[0]
    assert row["accuracy"] == pytest.approx(0.2)
    assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx((0.2, 0.2))
    alone = evaluate(a, resamples=1000).iloc[0]
    assert alone["accuracy_high"] - alone["accuracy_low"] > 0.1


def test_seeds_are_averaged(clips, predictions, perfect):
    both = [predictions, perfect.assign(seed=1, run="run")]
    assert mean_scores(both, resamples=50).iloc[0]["accuracy"] == pytest.approx((5 / 7 + 1) / 2)
    assert paired_difference(both, predictions, resamples=50).iloc[0]["accuracy"] == pytest.approx(1 / 7)
    assert paired_difference(perfect, both, resamples=50).iloc[0]["accuracy"] == pytest.approx(1 / 7)


def test_one_person_has_a_difference_without_bounds(predictions, perfect):
    own = [table[table["subject"] == "007"] for table in (perfect, predictions)]
    row = paired_difference(*own, resamples=50).iloc[0]
    assert row["uf1"] == 0 and np.isnan(row["uf1_low"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.iloc[1:], r"7 against 6 clips; in one alone: samm/006/006_1_2"),
        (lambda t: t.assign(epoch_rule="oracle"), "epoch rule last against oracle"),
        (lambda t: t.assign(label=["positive", *t["label"][1:]]), r"1 clips have another label, the first is samm/006"),
        (
            lambda t: t.rename(columns={"score_positive": "score_other"}).replace("positive", "other"),
            "classes negative, positive",
        ),
    ],
)
def test_what_cannot_be_compared_is_told_with_both_names(predictions, perfect, change, words):
    with pytest.raises(InputError, match=words) as caught:
        paired_difference(predictions, change(perfect))
    assert "run 'run' (seed 0) and run 'perfect' (seed 0)" in str(caught.value)


def test_nothing_and_too_much(predictions):
    with pytest.raises(InputError, match="No runs"):
        aligned_runs([])
    with pytest.raises(InputError, match="several runs or seeds"):
        aligned_runs([pd.concat([predictions, predictions.assign(seed=1)])])
    with pytest.raises(InputError, match="no predictions"):
        aligned_runs([predictions.iloc[:0]], ["mine"])


@pytest.mark.parametrize("empty", [0, 1])
def test_a_difference_to_no_run_is_no_score_of_the_other(predictions, empty):
    methods = [predictions, predictions]
    methods[empty] = []
    with pytest.raises(InputError, match="runs to compare; give at least one predictions table of each method"):
        paired_difference(*methods)
    with pytest.raises(InputError, match="has no run"):
        permutation_test(*methods, comparisons=1)
    with pytest.raises(InputError, match="No runs to compare"):
        paired_difference([], [])


def test_runs_of_two_protocols_are_two_methods_and_never_seeds_of_one(predictions, perfect):
    database = perfect.assign(fold=perfect["database"])
    row = paired_difference(database, predictions, resamples=50).iloc[0]
    assert row["accuracy"] == pytest.approx(2 / 7)
    for mixed in (
        lambda runs: mean_scores(runs),
        lambda runs: paired_difference(predictions, runs),
        lambda runs: sources_table(runs),
        lambda runs: permutation_test(runs, predictions, 1),
        lambda runs: standard_error(predictions, runs),
        lambda runs: compare_methods({"a": predictions, "b": runs}),
    ):
        with pytest.raises(InputError, match=r"'casme2/006' in run 'run' and with 'casme2' .* as two methods"):
            mixed([predictions, database])


def test_methods_come_apart_again_in_one_order_of_clips(predictions, perfect):
    first, none, second = aligned_methods(predictions.iloc[::-1], [], [perfect, perfect])
    assert (len(first), len(none), len(second)) == (1, 0, 2)
    assert first[0]["clip"].tolist() == second[1]["clip"].tolist() and second[0]["run"].iloc[0] == "perfect"
