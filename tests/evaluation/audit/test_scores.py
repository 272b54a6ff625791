"""What others print beside UF1 and UAR, by hand and as scikit-learn has it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, precision_score

from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.scores import OF_COUNTS, part_scores
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.metrics import macro_precision, weighted_f1
from tests.evaluation.test_metrics import STSTNET, WORKED


def test_by_hand():
    # predicted 8, 7, 5 of which right 6, 3, 4; F1 2/3, 1/2, 4/5 of 10, 5, 5 clips
    assert macro_precision(WORKED) == pytest.approx((6 / 8 + 3 / 7 + 4 / 5) / 3)
    assert weighted_f1(WORKED) == pytest.approx((10 * 2 / 3 + 5 / 2 + 5 * 4 / 5) / 20)
    assert round(float(macro_precision(sum(STSTNET.values()))), 4) == 0.7605


def test_degenerate_matrices():
    never = np.array([[3, 1, 0], [1, 1, 0], [2, 0, 0]])  # the last class is never predicted
    assert macro_precision(never) == pytest.approx((3 / 6 + 1 / 2 + 0) / 3)
    absent = np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])
    assert macro_precision(absent) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert weighted_f1(absent) == pytest.approx((4 * 6 / 8 + 2 * 2 / 4) / 6)
    assert np.isnan(macro_precision(np.zeros((3, 3)))) and np.isnan(weighted_f1(np.zeros((3, 3))))


@given(arrays(np.int64, (3, 3), elements=st.integers(0, 9)).filter(lambda counts: counts.sum() > 0))
def test_scikit_learn_agrees_and_batches_equal_single_matrices(counts):
    labels, predicted = np.repeat(np.indices((3, 3)).reshape(2, -1), counts.ravel(), axis=1)
    present = sorted(set(labels) | set(predicted))
    expected = precision_score(labels, predicted, average="macro", labels=present, zero_division=0)
    assert macro_precision(counts) == pytest.approx(expected)
    assert weighted_f1(counts) == pytest.approx(f1_score(labels, predicted, average="weighted", zero_division=0))
    for metric in (macro_precision, weighted_f1):
        np.testing.assert_allclose(metric(np.stack([counts, WORKED])), [metric(counts), metric(WORKED)])


def audited(rows):
    columns = ["database", "subject", "clip", "label", "predicted"]
    return Audited("f", "table", ("a", "b"), pd.DataFrame(rows, columns=columns))


def test_mean_of_folds_is_over_persons_and_their_own_classes():
    rows = [("d", "1", "x", 0, 0), ("d", "1", "y", 0, 1), ("d", "2", "x", 1, 1), ("e", "2", "x", 1, 0)]
    whole, first, second = part_scores(audited(rows))
    # d/1: class a 2/3, b 0; d/2: only class b, 1; e/2: both 0
    assert whole.values["mean_fold_f1"] == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert whole.values["uf1"] == pytest.approx((2 * 1 / (2 + 1 + 1) + 2 * 1 / (2 + 1 + 1)) / 2)
    assert first.values["mean_fold_f1"] == pytest.approx((1 / 3 + 1) / 2)
    assert (whole.subjects, first.subjects, second.subjects) == (3, 2, 1)
    assert all(np.isnan(bounds).all() for bounds in second.intervals.values()), "one person has no interval"


def test_intervals_resample_persons():
    generator = np.random.default_rng(0)
    rows = [("d", str(n // 5), str(n), *generator.integers(0, 2, 2)) for n in range(100)]
    config = BootstrapConfig(400)
    (found,) = part_scores(audited(rows), config)
    assert set(found.intervals) == {*OF_COUNTS, "mean_fold_f1"}
    assert all(low < found.values[name] < high for name, (low, high) in found.intervals.items())
    folds = np.array([part_scores(audited(rows[n : n + 5]), config)[0].values["uf1"] for n in range(0, 100, 5)])
    spread = folds.std() / np.sqrt(20)  # of a mean of 20 independent folds
    low, high = found.intervals["mean_fold_f1"]
    assert (high - low) / 2 == pytest.approx(1.96 * spread, rel=0.2)
    same = part_scores(audited([(*row[:3], row[3], row[3]) for row in rows]), config)[0]
    assert all(bounds == (1, 1) for bounds in same.intervals.values())
