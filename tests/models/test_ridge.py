"""The linear ridge: its solution, its invariances, its folds, and what it scores on the real motion maps."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge as PlainRidge

from mer.core.errors import InputError
from mer.datasets.maps import SUFFIXES, read_maps, read_pixels
from mer.evaluation.metrics import confusion_matrix, uar, uf1
from mer.manifest.clips import person
from mer.manifest.composite import read_composite
from mer.manifest.labels import COMPOSITE
from mer.models.ridge import Ridge, RidgeConfig, loso_ridge, scores_to_probabilities
from tests.real_data import FLOW_MAPS, needs


@pytest.fixture
def data():
    """Forty clips, six features, three unequal classes that are partly told apart, eight persons."""
    generator = np.random.default_rng(0)
    label_idx = np.repeat([0, 1, 2], [22, 10, 8])
    features = generator.normal(size=(40, 6)) + 5 + 1.5 * np.eye(6)[label_idx]
    persons = np.array([f"db/{number}" for number in generator.permutation(np.arange(40) % 8)])
    return features, label_idx, persons


def test_equals_an_independent_weighted_ridge_with_intercept(data):
    features, label_idx, _ = data
    config = RidgeConfig(weight=0.3)
    sample = (40 / (3 * np.bincount(label_idx)))[label_idx]
    centred = features - np.average(features, axis=0, weights=sample)
    penalty = 0.3 * (centred**2).sum(1).mean()
    reference = PlainRidge(alpha=penalty).fit(features, 2 * np.eye(3)[label_idx] - 1, sample_weight=sample)
    fitted = Ridge(config).fit(features, label_idx, 3)
    np.testing.assert_allclose(fitted.weights, reference.coef_.T, atol=1e-9)
    np.testing.assert_allclose(fitted.offset, reference.intercept_, atol=1e-9)


def test_without_intercept_features_are_centred_plainly(data):
    features, label_idx, _ = data
    sample = (40 / (3 * np.bincount(label_idx)))[label_idx]
    centred = features - features.mean(0)
    reference = PlainRidge(alpha=2.0 * (centred**2).sum(1).mean(), fit_intercept=False)
    reference.fit(centred, 2 * np.eye(3)[label_idx] - 1, sample_weight=sample)
    fitted = Ridge(RidgeConfig(weight=2.0, intercept=False)).fit(features, label_idx, 3)
    np.testing.assert_allclose(fitted.scores(features), reference.predict(centred), atol=1e-9)


@pytest.mark.parametrize("intercept", [True, False])
def test_scaling_and_shifting_features_changes_nothing(data, intercept):
    features, label_idx, persons = data
    config = RidgeConfig(intercept=intercept)
    expected = loso_ridge(features, label_idx, persons, 3, config)
    np.testing.assert_allclose(loso_ridge(features * 255 - 99, label_idx, persons, 3, config), expected, atol=1e-8)


@pytest.mark.parametrize("intercept", [True, False])
def test_folds_through_the_gram_matrix_equal_fitting_each_fold(data, intercept):
    features, label_idx, persons = data
    config = RidgeConfig(weight=0.5, intercept=intercept)
    together = loso_ridge(features, label_idx, persons, 3, config)
    for name in np.unique(persons):
        test = persons == name
        fold = Ridge(config).fit(features[~test], label_idx[~test], 3)
        np.testing.assert_allclose(together[test], fold.probabilities(features[test]), atol=1e-9)


def test_labels_of_the_test_person_have_no_influence_on_them(data):
    features, label_idx, persons = data
    changed = label_idx.copy()
    own = persons == "db/3"
    changed[own] = (changed[own] + 1) % 3
    before = loso_ridge(features, label_idx, persons, 3)
    after = loso_ridge(features, changed, persons, 3)
    np.testing.assert_array_equal(before[own], after[own])
    assert not np.allclose(before[~own], after[~own])


def test_features_of_the_test_person_have_no_influence_on_the_fit(data):
    features, label_idx, persons = data
    row = np.flatnonzero(persons == "db/3")
    changed = features.copy()
    changed[row[1:]] += 100  # the person's other clips
    before = loso_ridge(features, label_idx, persons, 3)
    after = loso_ridge(changed, label_idx, persons, 3)
    np.testing.assert_allclose(before[row[0]], after[row[0]], atol=1e-9)


def test_clear_classes_are_found_in_people_never_seen():
    label_idx = np.tile([0, 1, 2], 8)
    features = np.eye(3)[label_idx] + np.random.default_rng(0).normal(scale=0.05, size=(24, 3))
    persons = np.repeat(np.arange(8), 3).astype(str)
    assert (loso_ridge(features, label_idx, persons, 3).argmax(1) == label_idx).all()


def test_constant_features_say_nothing():
    probabilities = loso_ridge(np.ones((6, 4)), np.array([0, 0, 0, 1, 1, 2]), np.array(list("abcabc")), 3)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    np.testing.assert_allclose(probabilities[[0, 3]], probabilities[[0, 0]])  # one person's clips cannot differ


def test_a_class_without_training_clips_is_not_predicted():
    label_idx = np.array([0, 0, 0, 1, 1, 1, 2])  # only person d shows class 2
    features = np.random.default_rng(0).normal(size=(7, 3))
    persons = np.array(list("aabbccd"))
    probabilities = loso_ridge(features, label_idx, persons, 3)
    assert np.isfinite(probabilities).all()
    assert probabilities[6].argmax() != 2


def test_probabilities_keep_the_order_of_scores():
    scores = np.array([[1.0, -1.0, -1.0], [300.0, 2.0, 900.0]])
    probabilities = scores_to_probabilities(scores)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    assert probabilities[0, 0] == pytest.approx(1 / (1 + 2 * np.exp(-4)))
    assert probabilities[1].argmax() == 2


@pytest.mark.parametrize(
    ("features", "label_idx", "persons", "message"),
    [
        (np.ones(4), [0, 1, 0, 1], "abcd", r"shape \(4,\)"),
        (np.array([[1.0], [np.nan], [1], [1]]), [0, 1, 0, 1], "abcd", r"not finite \(first: row 1\)"),
        (np.ones((4, 2)), [0, 1, 0], "abcd", "expected 4 integers"),
        (np.ones((4, 2)), [0, 1, 0, 3], "abcd", r"0\.\.3; expected 0\.\.2"),
        (np.ones((4, 2)), [0, 1, 0, 1], "abc", "expected one a clip"),
        (np.ones((4, 2)), [0, 1, 0, 1], "aaaa", "two persons or more; found 1"),
    ],
)
def test_wrong_input_is_named(features, label_idx, persons, message):
    with pytest.raises(InputError, match=message):
        loso_ridge(features, np.array(label_idx), np.array(list(persons)), 3)


@pytest.mark.parametrize("weight", [0, -1, np.nan])
def test_impossible_weight(weight):
    with pytest.raises(InputError, match="weight"):
        RidgeConfig(weight=weight)


def test_scores_before_fit():
    with pytest.raises(InputError, match="fit first"):
        Ridge().scores(np.ones((1, 2)))


@pytest.fixture(scope="module")
def composite():
    """The 442 real clips: class indices, persons, pixels of all four kinds of map in [0, 1]."""
    clips = read_composite()
    label_idx = clips["label"].map(COMPOSITE.index).to_numpy()
    return clips, label_idx, person(clips).to_numpy(), read_pixels(FLOW_MAPS, clips, tuple(SUFFIXES)) / 255


def scores_of(features, label_idx, persons, config):
    counts = confusion_matrix(label_idx, loso_ridge(features, label_idx, persons, 3, config).argmax(1), 3)
    return float(uf1(counts)), float(uar(counts))


@needs(FLOW_MAPS)
@pytest.mark.parametrize(
    ("kinds", "mean_square", "reference"), [(1, 76.51, (0.680, 0.745)), (4, 258.75, (0.683, 0.754))]
)
def test_reference_figures_of_the_442_maps(composite, kinds, mean_square, reference):
    """The figures stated with the public maps: UF1 and UAR over 68 folds, raw pixels, no tuning.

    Their reading was found by trying: pixels / 255, lambda = 300 (not relative), classes balanced, no intercept. It
    gives .6798/.7447 and .6833/.7545; the weight here is 300 / the mean squared distance over all clips.
    """
    _, label_idx, persons, pixels = composite
    features = pixels[:, :kinds].reshape(442, -1)
    found = scores_of(features, label_idx, persons, RidgeConfig(weight=300 / mean_square, intercept=False))
    assert found == pytest.approx(reference, abs=0.01)


@needs(FLOW_MAPS)
def test_floor_on_the_442_maps(composite):
    """The default ridge, with an intercept, is a higher floor than the reference: .758/.779, centred .771/.790."""
    clips, label_idx, persons, pixels = composite
    raw = scores_of(pixels[:, 0].reshape(442, -1), label_idx, persons, RidgeConfig())
    assert raw == pytest.approx((0.758, 0.779), abs=0.01)
    centred = scores_of(read_maps(FLOW_MAPS, clips).maps.reshape(442, -1), label_idx, persons, RidgeConfig())
    assert centred == pytest.approx((0.771, 0.790), abs=0.01)


@needs(FLOW_MAPS)
def test_shuffled_labels_fall_to_chance_on_the_442_maps(composite):
    _, label_idx, persons, pixels = composite
    shuffled = np.random.default_rng(0).permutation(label_idx)
    _, recall = scores_of(pixels[:, 0].reshape(442, -1), shuffled, persons, RidgeConfig())
    assert recall == pytest.approx(1 / 3, abs=0.08)
