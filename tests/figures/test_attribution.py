import numpy as np
import pytest

from mer.core.errors import InputError
from mer.evaluation.attributions import Attribution
from mer.figures.attribution import attribution_figure, attribution_table, occlusion_figure, occlusion_table
from tests.figures.conftest import CLASSES, texts


def attribution(frames=0.0):
    displacement = np.random.default_rng(0).normal(size=(2, 2, 24, 24)).astype(np.float32)
    still = np.full((2, 24, 24), frames, np.float32)
    odds, base, delta = np.array([2.0, 1.0]), np.array([0.5, 0.0]), np.array([0.001, -0.002])
    return Attribution(still, still, displacement, np.array([0, 2]), odds, base, delta, base)


def test_words_name_class_gain_and_delta(face):
    images = np.stack([face, face])
    figure = attribution_figure(attribution(), images, images, ["a", "b"], CLASSES, synthetic=True)
    words = texts(figure)
    assert "negative: log-odds gain +1.50\nunexplained +0.001" in words
    assert "surprise: log-odds gain +1.00\nunexplained -0.002" in words
    assert "onset and apex" not in words
    assert any("synthetic" in text for text in words)


def test_frames_have_a_column_when_they_count(face):
    images = np.stack([face, face])
    figure = attribution_figure(attribution(0.1), images, images, ["a", "b"], CLASSES, synthetic=False)
    assert "onset and apex" in texts(figure)


def test_table_sums_are_the_attributions():
    part = attribution(0.5)
    table = attribution_table(part, ["a", "b"], CLASSES)
    np.testing.assert_allclose(table["sum_displacement"], part.displacement.sum((1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(table["sum_apex"], 0.5 * 576)
    assert list(table["explained_class"]) == ["negative", "surprise"]


def test_occlusion_means_by_hand():
    losses = np.zeros((3, 9))
    losses[:, 2] = [0.1, 0.3, -0.5]
    table = occlusion_table(losses, ["positive", "positive", "negative"])
    row = table[(table["label"] == "positive") & (table["box"] == "2")].iloc[0]
    assert row["log_odds_lost"] == pytest.approx(0.2)
    assert (row["low"], row["high"], row["n"]) == (pytest.approx(0.15), pytest.approx(0.25), 2)
    figure = occlusion_figure(table, synthetic=True)
    heights = [patch.get_height() for patch in figure.axes[0].patches]
    assert heights[2] == pytest.approx(-0.5)  # negative comes first, third box
    assert "positive (n = 2)" in texts(figure)


def test_faults(face):
    with pytest.raises(InputError, match=r"\(2, 9\)"):
        occlusion_table(np.zeros((3, 9)), ["a", "b"])
    with pytest.raises(InputError, match="at least one clip"):
        attribution_figure(attribution(), face, face, [], CLASSES, synthetic=False)
    with pytest.raises(InputError, match="at least one clip"):
        occlusion_figure(occlusion_table(np.zeros((0, 9)), []), synthetic=False)
