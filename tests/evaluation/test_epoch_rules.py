"""Predictions under three epoch rules, read off the looks of one training."""

import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.epoch_rules import epoch_curve, epoch_rule_predictions, oracle_looks, rules_table
from mer.evaluation.report import evaluate_runs
from mer.training.epochs import LOOKS, NESTED

CLASSES = ("negative", "positive")
FOLD = ["a/1", "a/1", "a/2"]


def looks_of(predicted):
    """Probabilities (n, looks, 2) that predict these classes."""
    return np.where(np.eye(2, dtype=bool)[np.array(predicted)], 0.75, 0.25).astype(np.float32)


def clips():
    return pd.DataFrame(
        {"database": "a", "subject": ["1", "1", "2"], "clip": ["x", "y", "z"], "label": [*CLASSES, "negative"]}
    )


#: Clips x looks. Person 1 is wholly right at look 1, person 2 at looks 0 and 1; at the end one of each is wrong.
LOOKED = [[1, 0, 0], [1, 1, 0], [0, 0, 1]]


def test_the_oracle_takes_for_each_fold_the_first_look_with_most_right():
    label = np.array([0, 1, 0])
    assert oracle_looks(looks_of(LOOKED), label, FOLD).tolist() == [1, 1, 0]
    assert oracle_looks(looks_of(LOOKED)[:, 2:], label, FOLD).tolist() == [0, 0, 0]


def test_each_rule_has_the_predictions_of_its_look():
    arrays = {LOOKS: looks_of(LOOKED), NESTED: np.array([0, 0, 1])}
    table = epoch_rule_predictions(clips(), CLASSES, FOLD, arrays, "run", 0)
    assert table["epoch_rule"].tolist() == ["last"] * 3 + ["nested"] * 3 + ["oracle"] * 3
    found = table.groupby("epoch_rule")["predicted"].agg(list)
    assert found["last"] == ["negative", "negative", "positive"]
    assert found["nested"] == ["positive", "positive", "negative"]
    assert found["oracle"] == ["negative", "positive", "negative"]
    scores = evaluate_runs(table).set_index("epoch_rule")
    assert scores["accuracy"].round(3).to_dict() == {"last": 0.333, "nested": 0.667, "oracle": 1.0}


def test_a_training_without_looks_has_no_rules():
    with pytest.raises(InputError, match="took no looks"):
        epoch_rule_predictions(clips(), CLASSES, FOLD, {}, "run", 0)


def test_the_curve_is_of_pooled_counts():
    """Look 0: classes said 1, 1, 0 of 0, 1, 0: F1 2/3 and 2/3, recalls 1/2 and 1. Look 2: 0, 0, 1: F1 1/2 and 0."""
    curve = epoch_curve(looks_of(LOOKED), np.array([0, 1, 0]), (10, 20, 30))
    assert curve["step"].tolist() == [10, 20, 30]
    np.testing.assert_allclose(curve["uf1"], [2 / 3, 1, 1 / 4])
    np.testing.assert_allclose(curve["uar"], [3 / 4, 1, 1 / 4])


def test_the_size_of_the_leak_is_told_with_an_interval():
    arrays = {LOOKS: looks_of(LOOKED), NESTED: np.array([0, 0, 1])}
    runs = [epoch_rule_predictions(clips(), CLASSES, FOLD, arrays, "run", seed) for seed in (0, 1)]
    table = rules_table({"method": runs}, resamples=50).set_index("rule")
    assert table.loc["oracle", "uf1"] == 1 and table.loc["oracle - last", "uf1"] == pytest.approx(1 - 1 / 4)
    assert table.loc["nested - last", "uar"] == pytest.approx(1 / 2)
    assert (table["seeds"] == 2).all() and (table["uf1_low"] <= table["uf1_high"]).all()
    last = runs[0][runs[0]["epoch_rule"] == "last"]
    with pytest.raises(InputError, match="no epoch rule 'nested'"):
        rules_table({"method": [last]})
