import numpy as np
import pytest

from mer.datasets.synthetic.camera import EYE_DISTANCE, PIVOT, Camera, expose, facing, sense


def test_pivot_lands_on_the_centre_whatever_the_angles():
    points, depth = Camera(0.3, -0.2, 0.1, 80, 88, 70).project(PIVOT[None])
    assert np.allclose(points, [[88, 70]]) and np.allclose(depth, 0)


def test_axes_point_right_and_up():
    camera = Camera(0, 0, 0, 80, 88, 70)
    points, depth = camera.project(PIVOT + np.eye(3) * 0.1)
    assert points[0, 0] == pytest.approx(96) and points[1, 1] == pytest.approx(62) and depth[2] == pytest.approx(0.1)


def test_magnified_grid_has_its_pixels_centred_within_each_pixel():
    camera = Camera(0.05, 0.02, 0.01, 80, 88, 70)
    points = np.random.default_rng(0).normal(PIVOT, 0.5, (50, 3))
    coarse, fine = camera.project(points)[0], camera.magnified(2).project(points)[0]
    assert np.allclose((fine + 0.5) / 2 - 0.5, coarse)


def test_facing_puts_the_eyes_where_they_belong():
    camera = facing(np.array([0.3, 7.3, 1.3]), np.array([-0.3, 7.3, 1.3]), 176, np.random.default_rng(1))
    points, _ = camera.project(np.array([[0.3, 7.3, 1.3], [-0.3, 7.3, 1.3]]))
    assert np.linalg.norm(points[0] - points[1]) == pytest.approx(EYE_DISTANCE, rel=0.08)
    assert np.allclose(points.mean(axis=0), (88, 70), atol=8) and points[0, 0] > points[1, 0]


def test_exposure_is_monotone_and_bounded():
    light = np.linspace(-0.1, 9, 50, dtype=np.float32)[:, None, None].repeat(3, axis=2)
    shown = expose(light, 1.0, False)
    assert (np.diff(shown[:, 0, 0]) >= 0).all() and shown.min() == 0 and shown.max() == 1
    assert expose(light, 1.0, True).shape == (50, 1, 1)


def test_noise_has_the_stated_spread_and_grey_cameras_stay_grey():
    flat = np.full((300, 300, 1), 0.25, np.float32)
    image = sense(flat, 0.02, 0.04, np.random.default_rng(0))
    assert image.shape == (300, 300, 3) and (image[..., 0] == image[..., 2]).all()
    assert image.std() / 255 == pytest.approx(np.hypot(0.02, 0.04 * 0.5), rel=0.02)
    assert image.mean() / 255 == pytest.approx(0.25, abs=0.002)
