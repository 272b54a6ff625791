"""UF1, UAR and accuracy from counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import balanced_accuracy_score, f1_score

from mer.core.errors import InputError
from mer.evaluation.metrics import METRICS, accuracy, confusion_matrix, evaluate, f1_scores, recalls, uar, uf1

#: True by predicted. TP 6, 3, 4; labelled 10, 5, 5; predicted 8, 7, 5.
WORKED = np.array([[6, 3, 1], [2, 3, 0], [0, 1, 4]])

confusions = arrays(np.int64, (3, 3), elements=st.integers(0, 50))


def test_hand_computed_matrix():
    np.testing.assert_allclose(f1_scores(WORKED), [12 / 18, 6 / 12, 8 / 10])
    np.testing.assert_allclose(recalls(WORKED), [0.6, 0.6, 0.8])
    assert uf1(WORKED) == pytest.approx((12 / 18 + 6 / 12 + 8 / 10) / 3)
    assert uar(WORKED) == pytest.approx(2 / 3)
    assert accuracy(WORKED) == pytest.approx(13 / 20)


def test_majority_predictor_on_the_official_label_counts():
    # golden: protocol of the composite database, 250/109/83 clips
    majority = np.array([[250, 0, 0], [109, 0, 0], [83, 0, 0]])
    assert round(float(uf1(majority)), 3) == 0.241
    assert round(float(uar(majority)), 3) == 0.333
    assert round(float(accuracy(majority)), 3) == 0.566


#: Counts of the authors' own log of STSTNet (github.com/christy1206/STSTNet, STSTNet_logfile.txt, 442 clips).
STSTNET = {
    "casme2": np.array([[83, 5, 0], [12, 19, 1], [2, 0, 23]]),
    "smic": np.array([[54, 10, 6], [17, 30, 4], [14, 1, 28]]),
    "samm": np.array([[82, 7, 3], [11, 13, 2], [5, 2, 8]]),
}


def test_published_log_of_ststnet():
    # golden: its published UF1 holds; the .7605 published as its UAR is the mean precision, the mean over columns
    pooled = np.sum(list(STSTNET.values()), axis=0)
    assert pooled.sum() == 442
    assert round(float(uf1(pooled)), 4) == 0.7353
    assert round(float(uar(pooled)), 4) == 0.7186
    assert round(float(uar(pooled.T)), 4) == 0.7605
    parts = {name: round(float(uar(counts)), 4) for name, counts in STSTNET.items()}
    assert parts == {"smic": 0.6703, "samm": 0.6415, "casme2": 0.8190}


def test_confusion_matrix_counts_rows_true_columns_predicted():
    counts = confusion_matrix(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 0, 2]), 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [0, 1, 0], [1, 0, 1]])


def test_no_clips_give_zero_counts_and_undefined_scores():
    counts = confusion_matrix(np.array([], int), np.array([], int), 3)
    np.testing.assert_array_equal(counts, np.zeros((3, 3)))
    assert all(np.isnan(value) for value in evaluate(counts).values())


def test_identical_predictions_score_one():
    labels = np.repeat([0, 1, 2], [5, 2, 9])
    assert {
        name: float(value) for name, value in evaluate(confusion_matrix(labels, labels, 3)).items()
    } == dict.fromkeys(METRICS, 1.0)


def test_class_absent_from_labels_and_predictions_is_left_out():
    counts = np.array([[3, 1, 0], [1, 1, 0], [0, 0, 0]])
    assert uf1(counts) == pytest.approx((6 / 8 + 2 / 4) / 2)
    assert uar(counts) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert np.isnan(f1_scores(counts)[2])


def test_class_predicted_but_never_labelled_costs_f1_and_not_recall():
    counts = np.array([[3, 0, 1], [0, 2, 0], [0, 0, 0]])
    assert uf1(counts) == pytest.approx((6 / 7 + 1 + 0) / 3)
    assert uar(counts) == pytest.approx((3 / 4 + 1) / 2)


def test_batches_equal_single_matrices():
    batch = np.random.default_rng(0).integers(0, 9, (4, 5, 3, 3))
    for name, metric in METRICS.items():
        singles = np.array([[float(metric(one)) for one in row] for row in batch])
        np.testing.assert_allclose(metric(batch), singles, err_msg=name)


@given(confusions, st.permutations([0, 1, 2]))
def test_renaming_classes_changes_nothing(counts, order):
    renamed = counts[np.ix_(order, order)]
    for metric in METRICS.values():
        np.testing.assert_allclose(metric(renamed), metric(counts), equal_nan=True)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40), st.randoms())
def test_order_of_clips_changes_nothing_and_scikit_learn_agrees(pairs, random):
    labels, predicted = np.array(pairs).T
    counts = confusion_matrix(labels, predicted, 3)
    shuffled = list(pairs)
    random.shuffle(shuffled)
    np.testing.assert_array_equal(confusion_matrix(*np.array(shuffled).T, 3), counts)
    present = sorted(set(labels) | set(predicted))
    assert uf1(counts) == pytest.approx(f1_score(labels, predicted, average="macro", labels=present, zero_division=0))
    recall = recalls(counts)
    assert uar(counts) == pytest.approx(np.nanmean(recall))
    if set(predicted) <= set(labels) and len(set(labels)) > 1:
        assert uar(counts) == pytest.approx(balanced_accuracy_score(labels, predicted))


@given(confusions)
def test_scores_are_fractions(counts):
    for metric in METRICS.values():
        value = float(metric(counts))
        assert np.isnan(value) == (counts.sum() == 0)
        assert np.isnan(value) or 0 <= value <= 1


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([0, 3], [0, 1], r"label indices reach 0\.\.3; expected 0\.\.2"),
        ([0, 1], [-1, 1], r"predicted indices reach -1\.\.1"),
        ([0, 1], [0], r"one index a clip"),
        ([0.0, 1.0], [0, 1], r"float64; expected integers"),
    ],
)
def test_wrong_indices_are_named(labels, predicted, message):
    with pytest.raises(InputError, match=message):
        confusion_matrix(np.array(labels), np.array(predicted), 3)


@pytest.mark.parametrize("wrong", [np.zeros((2, 3)), np.zeros(3), np.full((2, 2), np.nan), -np.eye(2)])
def test_what_is_no_confusion_matrix_is_refused(wrong):
    with pytest.raises(InputError, match=r"[Cc]onfusion matrix"):
        uf1(wrong)
