import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mer.core.errors import InputError
from mer.models.linear_svm import LinearSVM, LinearSVMConfig


@pytest.fixture
def data():
    """Three classes of unequal number that overlap; features of very different size."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [30, 12, 8])
    features = rng.normal(size=(50, 6)) + 1.5 * np.eye(3)[labels] @ rng.normal(size=(3, 6))
    return features * [1, 1, 5, 0.2, 1, 30] + 4, labels


def test_two_clips_by_hand():
    """The widest border between -1 and 1 lies at 0, and the clips at distance 1 from it."""
    machine = LinearSVM().fit(np.array([[-1.0], [1.0]]), np.array([0, 1]), 2)
    np.testing.assert_allclose(machine.scores(np.array([[-1.0], [1.0], [0.5]])), [[1, -1], [-1, 1], [-0.5, 0.5]])
    np.testing.assert_allclose(machine.probabilities(np.array([[1.0]])), [[1 / (1 + np.exp(4)), 1 / (1 + np.exp(-4))]])


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("weight", ["none", "balanced"])
@pytest.mark.parametrize("c", [0.05, 1.0])
def test_it_is_the_linear_machine_of_scikit_learn(data, scaling, weight, c):
    features, labels = data
    train, test = np.arange(50) % 5 != 0, np.arange(50) % 5 == 0
    machine = LinearSVM(LinearSVMConfig(c, weight, scaling)).fit(features[train], labels[train], 3)
    scaled = StandardScaler().fit(features[train]).transform(features) if scaling == "standard" else features
    known = SVC(C=c, kernel="linear", class_weight=weight if weight == "balanced" else None, tol=1e-3)
    wanted = known.fit(scaled[train], labels[train]).decision_function(scaled[test])
    np.testing.assert_allclose(machine.scores(features[test]), wanted, atol=1e-2)


def test_probabilities_have_the_order_of_the_scores(data):
    machine = LinearSVM().fit(*data, 3)
    scores, probabilities = machine.scores(data[0]), machine.probabilities(data[0])
    np.testing.assert_array_equal(scores.argsort(axis=1), probabilities.argsort(axis=1))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_class_weights_help_the_rare_class(data):
    features, labels = data
    found = {}
    for weight in ("none", "balanced"):
        scores = LinearSVM(LinearSVMConfig(0.01, weight, "standard")).fit(features, labels, 3).scores(features)
        found[weight] = (scores.argmax(axis=1) == 2).sum()
    assert found["balanced"] > found["none"]


def test_scaling_makes_the_size_of_a_feature_count_nothing(data):
    features, labels = data
    config = LinearSVMConfig(scaling="standard")
    other = features * [1, 100, 1, 1, 1e-3, 1] - 7
    plain, scaled = (LinearSVM(config).fit(one, labels, 3).scores(one) for one in (features, other))
    np.testing.assert_allclose(plain, scaled, atol=1e-2)


def test_a_feature_that_never_changes_is_not_blown_up(data):
    """Its spread is a rounding error, or 0. Unseen clips where it differs are judged by the other features."""
    features, labels = data
    rounded = 0.1 + 1e-15 * (np.arange(50) % 7)
    alike = np.column_stack([features, rounded, np.zeros(50)])
    config = LinearSVMConfig(scaling="standard")
    plain, wider = (LinearSVM(config).fit(one, labels, 3) for one in (features, alike))
    np.testing.assert_allclose(plain.scores(features), wider.scores(alike + 0.1 * (np.arange(8) > 5)), atol=1e-2)


def test_a_class_that_was_never_seen_is_never_predicted(data):
    features, labels = data
    machine = LinearSVM().fit(features[labels != 1], labels[labels != 1], 3)
    probabilities = machine.probabilities(features)
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    alone = LinearSVM().fit(features[labels == 2], labels[labels == 2], 3).probabilities(features)
    np.testing.assert_array_equal(alone, np.tile([0.0, 0, 1], (50, 1)))


def test_wrong_input_is_refused(data):
    features, labels = data
    with pytest.raises(InputError, match="not fitted yet"):
        LinearSVM().scores(features)
    with pytest.raises(InputError, match="fitted to 6 features; found 5"):
        LinearSVM().fit(features, labels, 3).scores(features[:, :5])
    with pytest.raises(InputError, match=r"not finite \(first: row 3\)"):
        LinearSVM().fit(np.where(np.arange(50)[:, None] == 3, np.nan, features), labels, 3)
    with pytest.raises(InputError, match=r"shape \(50,\); expected \(n, d\)"):
        LinearSVM().fit(features[:, 0], labels, 3)
    with pytest.raises(InputError, match="expected 49 integers"):
        LinearSVM().fit(features[1:], labels, 3)
    with pytest.raises(InputError, match=r"0\.\.2; expected 0\.\.1"):
        LinearSVM().fit(features, labels, 2)
    with pytest.raises(InputError, match="c is 0"):
        LinearSVMConfig(c=0)
    with pytest.raises(InputError, match="class_weight is 'balance'"):
        LinearSVMConfig(class_weight="balance")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="scaling is 'range'"):
        LinearSVMConfig(scaling="range")  # type: ignore[arg-type]
