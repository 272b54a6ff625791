import numpy as np
import pytest
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.images import as_grey, box_px, displacement_px, draw_wheel, flow_to_colour


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (1, 4, 5), (3, 4, 5)])
def test_grey_of_every_layout(shape):
    white = as_grey(np.full(shape, 255, np.uint8))
    assert white.shape == (4, 5)
    assert white.dtype == np.float32
    np.testing.assert_allclose(white, 1, atol=1e-6)


def test_grey_of_floats_is_unscaled():
    np.testing.assert_allclose(as_grey(np.full((2, 2), 0.25)), 0.25)


def test_grey_refuses_what_is_no_face():
    with pytest.raises(InputError, match="shape"):
        as_grey(np.zeros((2, 3, 4, 5)))


def test_one_pixel_is_two_over_width_minus_one():
    field = np.zeros((2, 5, 9))
    field[0], field[1] = 2 / 8, 2 / 4
    np.testing.assert_allclose(displacement_px(field), 1.0)


def test_smaller_field_is_enlarged_corner_to_corner():
    field = np.stack([np.tile(np.linspace(0, 1, 3), (3, 1)), np.zeros((3, 3))])
    large = displacement_px(field, (9, 9))
    np.testing.assert_allclose(large[0, 0], np.linspace(0, 1, 9) * 4, atol=1e-5)


def test_unknown_pixels_stay_unknown():
    field = np.zeros((2, 4, 4), np.float16)
    field[:, 0, 0] = np.nan
    large = displacement_px(field, (8, 8))
    assert np.isnan(large[:, 0, 0]).all()
    assert np.isfinite(large[:, -1, -1]).all()


def test_no_motion_is_white_and_unknown_is_grey():
    field = np.zeros((2, 1, 2))
    field[:, 0, 1] = np.nan
    colour = flow_to_colour(field, 1.0)
    np.testing.assert_array_equal(colour[0, 0], 1)
    assert 0.8 < colour[0, 1, 0] < 0.95
    assert len(set(colour[0, 1])) == 1


def test_length_is_lightness_and_stops_at_the_scale():
    field = np.array([[[0.0, 0.5, 1.0, 2.0]], [[0.0, 0.0, 0.0, 0.0]]])
    colour = flow_to_colour(field, 1.0)[0]
    assert (np.diff(colour[:3].mean(axis=1)) < 0).all()
    np.testing.assert_array_equal(colour[2], colour[3])
    np.testing.assert_allclose(colour[1], (colour[0] + colour[2]) / 2, atol=1e-6)


def test_directions_have_different_hues():
    angles = np.deg2rad([0, 90, 180, 270])
    colour = flow_to_colour(np.stack([np.cos(angles), np.sin(angles)])[:, None], 1.0)[0]
    distances = np.linalg.norm(colour[:, None] - colour[None], axis=2)
    assert distances[~np.eye(4, dtype=bool)].min() > 0.3


def test_scale_must_be_positive():
    with pytest.raises(InputError, match="positive"):
        flow_to_colour(np.zeros((2, 2, 2)), 0.0)


def test_wheel_names_its_scale():
    axes = Figure().subplots()
    draw_wheel(axes, 1.5)
    assert "1.5 px" in [text.get_text() for text in axes.texts]


def test_box_ends_at_pixel_centres():
    assert box_px(np.array([0, 0.5, 1, 1]), (11, 21)) == (0, 5, 20, 10)
