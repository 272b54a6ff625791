import numpy as np
import pandas as pd
import pytest

from mer.evaluation.guessing import guessing_scores
from mer.evaluation.metrics import confusion_matrix, uf1

CLASSES = ("a", "b", "c")


def made(counts, database="one"):
    labels = np.repeat(CLASSES, counts)
    table = pd.DataFrame({"database": database, "label": labels, "predicted": labels})
    return table.assign(**{f"score_{name}": (labels == name).astype(float) for name in CLASSES})


def test_equal_shares_have_one_score():
    (row,) = guessing_scores(made((4, 4, 4))).to_dict("records")
    assert row["part"] == "all"
    assert [row[name] for name in ("uf1", "uar", "accuracy")] == pytest.approx([1 / 3] * 3)


def test_by_hand():
    """p = 0.6, 0.3, 0.1: F1 = 2 p / (3 p + 1) = 1.2 / 2.8, 0.6 / 1.9, 0.2 / 1.3."""
    row = guessing_scores(made((6, 3, 1))).iloc[0]
    assert row["uf1"] == pytest.approx((1.2 / 2.8 + 0.6 / 1.9 + 0.2 / 1.3) / 3)
    assert row["uar"] == pytest.approx(1 / 3)


def test_a_class_that_does_not_occur_is_guessed_all_the_same():
    row = guessing_scores(made((5, 5, 0))).iloc[0]
    assert row["uf1"] == pytest.approx((2 * 0.5 / 2.5 * 2 + 0) / 3) and row["uar"] == pytest.approx(1 / 3)


def test_it_is_what_random_draws_reach():
    labels, rng = np.repeat([0, 1, 2], (250, 109, 83)), np.random.default_rng(0)
    drawn = [uf1(confusion_matrix(labels, rng.integers(0, 3, 442), 3)) for _ in range(1000)]
    assert guessing_scores(made((250, 109, 83))).iloc[0]["uf1"] == pytest.approx(np.mean(drawn), abs=0.003)


def test_each_database_has_its_own():
    table = pd.concat([made((6, 3, 1)), made((2, 2, 2), "two")], ignore_index=True)
    found = guessing_scores(table).set_index("part")["uf1"]
    assert list(found.index) == ["all", "one", "two"]
    assert found["two"] == pytest.approx(1 / 3) and found["one"] < found["all"] < found["two"]
