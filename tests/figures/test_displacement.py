import numpy as np
import pytest

from mer.core.errors import InputError
from mer.figures.displacement import DisplacementRow, common_scale, displacement_figure, endpoint_errors, stretched
from tests.figures.conftest import texts


def row(face, name="clip", shift=1.0, **fields):
    truth = np.zeros((2, 24, 24), np.float32)
    truth[0] = shift * 2 / 23
    truth[:, :6] = np.nan
    return DisplacementRow(name, face, face, {"true": truth, **fields})


def test_errors_by_hand(face):
    zero, twice = np.zeros((2, 24, 24)), np.zeros((2, 24, 24))
    twice[0] = 2 * 2 / 23
    errors = endpoint_errors([row(face, generated=zero, flow=twice)]).set_index("field")
    assert errors.loc["true", "error_px"] == pytest.approx(0, abs=1e-6)
    assert errors.loc["generated", "error_px"] == pytest.approx(1, abs=1e-5)
    assert errors.loc["flow", "error_px"] == pytest.approx(1, abs=1e-5)
    assert errors["no_motion_px"].to_numpy() == pytest.approx([1, 1, 1], abs=1e-5)
    assert errors.loc["flow", "peak_px"] == pytest.approx(2, abs=1e-5)
    assert errors.loc["generated", "known"] == pytest.approx(18 / 24)


def test_errors_without_truth_are_unknown(face):
    lone = DisplacementRow("clip", face, face, {"true": None, "generated": np.zeros((2, 8, 8))})
    errors = endpoint_errors([lone])
    assert list(errors["field"]) == ["generated"]
    assert errors["error_px"].isna().all()


def test_field_that_is_nowhere_known(face):
    blank = row(face, generated=np.full((2, 24, 24), np.nan))
    errors = endpoint_errors([blank]).set_index("field")
    assert np.isnan(errors.loc["generated", "error_px"])
    assert np.isnan(errors.loc["generated", "peak_px"])
    displacement_figure([blank], synthetic=False)


def test_one_scale_for_all(face):
    """One clip with a large motion does not bleach the others, nor do still ones saturate them."""
    blink, still = row(face, "blink", shift=9.0), row(face, "still", shift=0.0)
    assert common_scale([row(face, shift=1.0), row(face, "b", shift=1.0), blink, still]) == 1.0
    assert common_scale([row(face, shift=0.0)]) == 0.1


def test_figure_says_what_it_shows(face):
    second = DisplacementRow("other", face, face, {"true": None, "generated": np.zeros((2, 8, 8))}, dynamic=face * 1.0)
    figure = displacement_figure([row(face, generated=np.zeros((2, 8, 8))), second], synthetic=True, magnify=5)
    words = texts(figure)
    for expected in ("onset", "apex", "|difference| ×\u00a05", "true", "generated", "dynamic image", "clip", "other"):
        assert expected in words
    assert "error 1.00 px" in words
    assert "no motion: 1.00 px" in words
    assert words.count("not known") == 2  # the truth of the second, the dynamic image of the first
    assert any("synthetic" in text for text in words)
    assert "1 px" in words  # the legend's scale


def test_colours_are_the_motion_not_its_reverse(face):
    figure = displacement_figure([row(face, generated=np.zeros((2, 24, 24)))], synthetic=False)
    from mer.figures.images import flow_to_colour

    leftwards = flow_to_colour(np.array([[[-1.0]], [[0.0]]]), 1.0)[0, 0]  # apex(x) = onset(x + 1): the skin went left
    shown = figure.axes[3].images[0].get_array()
    np.testing.assert_allclose(shown[20, 10], leftwards, atol=0.02)


def test_no_rows():
    with pytest.raises(InputError, match="at least one clip"):
        displacement_figure([], synthetic=True)


def test_constant_image_is_mid_grey():
    np.testing.assert_array_equal(stretched(np.full((3, 3), 7.0)), 0.5)
