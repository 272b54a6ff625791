"""Families of comparisons: their number, Holm's adjustment by hand, intervals as for a pair."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.comparisons import COLUMNS, _holm, compare_methods, comparison_words
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.paired import paired_difference
from mer.evaluation.permutation import permutation_test
from tests.evaluation.conftest import make_predictions
from tests.evaluation.test_permutation import people


@pytest.fixture
def methods(clips, predictions):
    perfect = make_predictions(clips, list(clips["label"]), run="perfect")
    wrong = make_predictions(clips, ["surprise"] * 6 + ["negative"], run="wrong")
    return {"perfect": perfect, "ours": [predictions, predictions.assign(seed=1)], "wrong": wrong}


def test_every_pair_with_every_other(methods):
    table = compare_methods(methods)
    assert list(table.columns) == COLUMNS
    assert list(zip(table["method"], table["against"], strict=True)) == [
        ("perfect", "ours"),
        ("perfect", "wrong"),
        ("ours", "wrong"),
    ]
    assert (table["comparisons"] == 3).all() and (table["subjects"] == 4).all() and table["exact"].all()
    assert table["difference"].iloc[0] == pytest.approx(1 - (4 / 6 + 2 / 3 + 4 / 5) / 3)


def test_all_against_one_and_two_metrics_count_each(methods):
    table = compare_methods(methods, "ours", ("uf1", "accuracy"))
    assert len(table) == 4 and (table["comparisons"] == 4).all()
    assert set(table["against"]) == {"ours"} and set(table["method"]) == {"perfect", "wrong"}
    assert table["difference"].iloc[1] == pytest.approx(2 / 7)


def test_each_row_is_its_pair_alone():
    methods = {"a": [people(k, k) for k in range(2)], "b": people(5, 0), "c": people(6, 0)}
    table = compare_methods(methods, metrics=("uar",), bootstrap=BootstrapConfig(resamples=300))
    for _, row in table.iterrows():
        one, other = methods[row["method"]], methods[row["against"]]
        pair = paired_difference(one, other, resamples=300).iloc[0]
        assert (row["difference"], row["difference_low"], row["difference_high"]) == pytest.approx(
            (pair["uar"], pair["uar_low"], pair["uar_high"])
        )
        assert row["p"] == permutation_test(one, other, 3, "uar").p


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),  # 3 x 0.01; 2 x 0.03; 1 x 0.04, but not below 0.06
        ([0.5, 0.5], [1.0, 1.0]),
        ([0.2], [0.2]),
    ],
)
def test_holm_by_hand(p, adjusted):
    assert _holm(np.array(p)) == pytest.approx(adjusted)


def test_words_tell_how_many_comparisons(methods):
    table = compare_methods(methods, bootstrap=BootstrapConfig(resamples=100))
    row = table.iloc[1]
    words = comparison_words(row)
    assert words.startswith("perfect against wrong: UF1 +") and f"[{row['difference_low']:.3f}, " in words
    assert f"p = {row['p']:.2g}, one of 3 comparisons, {row['p_holm']:.2g} adjusted by Holm" in words
    assert words.endswith("(all 16 exchanges of 4 persons)")
    single = compare_methods({name: methods[name] for name in ("perfect", "wrong")}).iloc[0]
    assert "the only comparison (" in comparison_words(single)


def test_one_person_has_no_bounds(methods):
    own = {name: t[t["subject"] == "007"] for name, t in methods.items() if isinstance(t, pd.DataFrame)}
    row = compare_methods(own).iloc[0]
    assert row["p"] == 1 and np.isnan(row["difference_low"]) and "[" not in comparison_words(row)


@pytest.mark.parametrize(
    ("change", "given", "words"),
    [
        (lambda m: m, {"against": "our"}, "against is 'our'.*Did you mean 'ours'"),
        (lambda m: m, {"metrics": ("f1",)}, "Metric 'f1' is unknown"),
        (lambda m: m, {"metrics": ()}, "0 metric"),
        (lambda m: {"ours": m["ours"]}, {}, "1 method"),
        (lambda m: m | {"ours": []}, {}, "Method 'ours' has no run"),
        (lambda m: m | {"wrong": m["wrong"].iloc[1:]}, {}, "'perfect', seed 0 and 'wrong', seed 0 cannot be compared"),
    ],
)
def test_refusals(methods, change, given, words):
    with pytest.raises(InputError, match=words):
        compare_methods(change(methods), **given)
