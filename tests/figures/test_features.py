import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.figures import features
from mer.figures.features import features_figure, features_table, run_plane, umap_coordinates
from tests.figures.conftest import texts


@pytest.fixture(scope="module")
def embedding():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 1, (10, 6)), rng.normal(30, 1, (10, 6))]).astype(np.float32)


@pytest.fixture(scope="module")
def coordinates(embedding):
    return umap_coordinates(embedding, seed=3)


def test_same_seed_same_plane(embedding, coordinates):
    assert coordinates.shape == (20, 2)
    assert coordinates.dtype == np.float32
    np.testing.assert_array_equal(coordinates, umap_coordinates(embedding, seed=3))


def test_far_clusters_stay_apart(coordinates):
    centres = coordinates[:10].mean(0), coordinates[10:].mean(0)
    spread = max(coordinates[:10].std(0).max(), coordinates[10:].std(0).max())
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * spread


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 7])
def test_few_clips(count, embedding):
    plane = umap_coordinates(embedding[:count], seed=0)
    assert plane.shape == (count, 2)
    assert np.isfinite(plane).all()


def test_nan_is_refused():
    with pytest.raises(InputError, match="NaN"):
        umap_coordinates(np.full((6, 2), np.nan))


def test_points_are_the_table(predictions):
    table = features_table(predictions, np.arange(16.0).reshape(8, 2))
    assert list(table.columns) == ["database", "subject", "clip", "label", "predicted", "x", "y"]
    figure = features_figure(table, synthetic=True, epoch_rule="last")
    for axes in figure.axes:
        drawn = np.concatenate([collection.get_offsets() for collection in axes.collections])
        assert {tuple(point) for point in drawn} == set(table[["x", "y"]].itertuples(index=False, name=None))
    words = texts(figure)
    assert "right (6)" in words
    assert "wrong (2)" in words
    assert figure.get_suptitle().endswith("epoch rule: last)")
    assert "CASME II" in words
    assert any("synthetic" in text for text in words)


def test_counts_must_agree(predictions):
    with pytest.raises(InputError, match="8 predictions but 3"):
        features_table(predictions, np.zeros((3, 2)))


def test_no_clips(predictions):
    table = features_table(predictions.iloc[:0], np.zeros((0, 2)))
    figure = features_figure(table, synthetic=False, epoch_rule="last")
    assert texts(figure).count("no clips") == 3


def test_the_legend_of_five_classes_stays_on_the_page(predictions):
    """Two lines of three names."""
    names = ["happiness", "disgust", "repression", "surprise", "others"]
    table = features_table(predictions, np.arange(16.0).reshape(8, 2)).assign(label=(names * 2)[:8])
    figure = features_figure(table, synthetic=False, epoch_rule="last")
    assert figure.axes[0].get_legend().get_window_extent().y0 >= 0


def test_a_runs_plane_has_its_seed_and_one_kept_from_other_predictions_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    seeds, values = [], np.arange(6.0).reshape(3, 2)
    monkeypatch.setattr(features, "umap_coordinates", lambda values, seed: seeds.append(seed) or values)
    keys = {"database": "toy", "subject": ["1", "2", "3"], "clip": "a"}
    table = pd.DataFrame(keys | {"label": "negative", "predicted": ["negative", "positive", "negative"], "seed": 7})
    path = tmp_path / "features.csv"
    features_table(table, values + 10).to_csv(path, index=False)
    assert run_plane(table, lambda: values, path).tolist() == (values + 10).tolist() and not seeds
    retrained = table.assign(predicted="positive")
    assert run_plane(retrained, lambda: values, path).tolist() == values.tolist() and seeds == [7]
