"""Bootstrap over persons: its variance, its clustering, its seed, its degenerate cases."""

import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, bootstrap_intervals, person_matrices, resampled_matrices
from mer.evaluation.metrics import METRICS, accuracy, confusion_matrix


def test_person_matrices_are_each_persons_own_counts():
    label, predicted = np.array([0, 1, 2, 2, 0]), np.array([0, 2, 2, 1, 1])
    persons = np.array(["b", "a", "b", "a", "c"])
    names, matrices = person_matrices(label, predicted, persons, 3)
    assert list(names) == ["a", "b", "c"]
    for name, matrix in zip(names, matrices, strict=True):
        own = persons == name
        np.testing.assert_array_equal(matrix, confusion_matrix(label[own], predicted[own], 3))
    np.testing.assert_array_equal(matrices.sum(0), confusion_matrix(label, predicted, 3))


def test_person_matrices_refuse_an_index_that_would_fall_into_another_person():
    with pytest.raises(InputError, match="predicted indices reach"):
        person_matrices(np.array([0, 0]), np.array([0, 3]), np.array(["a", "b"]), 3)


def test_a_resample_draws_whole_persons():
    matrices = np.array([np.diag([1, 0]), np.diag([0, 10])])
    drawn = resampled_matrices(matrices, BootstrapConfig(resamples=200))
    pairs = {(int(one[0, 0]), int(one[1, 1])) for one in drawn}
    assert pairs == {(2, 0), (1, 10), (0, 20)}  # aa, ab, bb: never half a person


def test_known_variance():
    # accuracy of 400 persons with one clip each, 70 % right: standard error sqrt(.7 * .3 / 400) = .0229
    right = np.arange(400) < 280
    _, matrices = person_matrices(np.zeros(400, int), (~right).astype(int), np.arange(400), 2)
    low, high = bootstrap_intervals(matrices, {"accuracy": accuracy}, BootstrapConfig(resamples=4000))["accuracy"]
    assert low == pytest.approx(0.7 - 1.96 * 0.0229, abs=0.006)
    assert high == pytest.approx(0.7 + 1.96 * 0.0229, abs=0.006)


def test_persons_as_clusters_give_wider_intervals_than_clips_for_correlated_clips():
    # 20 persons, 10 clips each, all right or all wrong
    persons = np.repeat(np.arange(20), 10)
    predicted = (persons % 2).astype(int)
    label = np.zeros(200, int)
    widths = []
    for key in (persons, np.arange(200)):
        _, matrices = person_matrices(label, predicted, key, 2)
        low, high = bootstrap_intervals(matrices, {"accuracy": accuracy})["accuracy"]
        widths.append(high - low)
    assert widths[0] == pytest.approx(np.sqrt(10) * widths[1], rel=0.2)


def test_a_seed_gives_the_same_interval_again_and_another_seed_another():
    matrices = np.random.default_rng(1).integers(0, 6, (12, 3, 3))
    first = bootstrap_intervals(matrices, METRICS, BootstrapConfig(resamples=300, seed=5))
    assert first == bootstrap_intervals(matrices, METRICS, BootstrapConfig(resamples=300, seed=5))
    assert first != bootstrap_intervals(matrices, METRICS, BootstrapConfig(resamples=300, seed=6))


def test_a_higher_level_is_wider():
    matrices = np.random.default_rng(1).integers(0, 6, (12, 3, 3))
    narrow, wide = (
        bootstrap_intervals(matrices, METRICS, BootstrapConfig(resamples=500, level=level))["uf1"]
        for level in (0.5, 0.99)
    )
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_one_person_has_no_interval():
    bounds = bootstrap_intervals(np.ones((1, 3, 3)), METRICS)
    assert np.isnan(list(bounds.values())).all()


def test_persons_alike_have_an_interval_of_no_width():
    bounds = bootstrap_intervals(np.tile(np.diag([2, 1, 1]), (9, 1, 1)), METRICS)
    assert set(bounds.values()) == {(1.0, 1.0)}


@pytest.mark.parametrize(("option", "value"), [("resamples", 0), ("level", 1.0), ("level", 95)])
def test_impossible_settings(option, value):
    with pytest.raises(InputError, match=option):
        BootstrapConfig(**{option: value})
