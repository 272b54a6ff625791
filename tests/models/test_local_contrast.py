import pytest
import torch
from scipy.ndimage import uniform_filter

from mer.models.dgm_loss import DGMLossConfig, dgm_loss
from mer.models.local_contrast import as_pair, box_mean, local_contrast


def images(seed=0, size=(20, 24)):
    return torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("radius", [1, 3, 6])
@pytest.mark.parametrize("size", [(20, 24), (5, 4)])
def test_box_mean_is_that_of_scipy(radius, size):
    image = images(size=size)
    expected = uniform_filter(image.numpy(), (1, 1, 2 * radius + 1, 2 * radius + 1), mode="nearest")
    assert torch.allclose(box_mean(image, radius), torch.from_numpy(expected), atol=1e-5)


def test_local_contrast_is_the_mean_taken_away_over_the_deviation():
    image = images().double()
    box = (1, 1, 7, 7)
    difference = image.numpy() - uniform_filter(image.numpy(), box, mode="nearest")
    expected = difference / (uniform_filter(difference**2, box, mode="nearest") ** 0.5 + 0.01)
    assert torch.allclose(local_contrast(image, 3), torch.from_numpy(expected), atol=1e-9)


@pytest.mark.parametrize("grey", [0.0, 0.3, 1.0])
def test_a_constant_image_has_none(grey):
    assert local_contrast(torch.full((1, 1, 128, 128), grey), 6).abs().max() < 1e-2


def test_brightness_does_not_change_it_and_contrast_hardly():
    image = images()
    plain = local_contrast(image, 4)
    assert plain.std() > 0.5
    assert torch.allclose(local_contrast(0.5 * image + 0.2, 4), plain, atol=0.15)
    assert torch.allclose(local_contrast(image + 0.2, 4), plain, atol=1e-3)
    ramp = torch.linspace(0, 1, 24)
    inside = (..., slice(8, -8), slice(8, -8))
    assert torch.allclose(local_contrast(image + ramp, 4)[inside], plain[inside], atol=0.05)


def test_faint_texture_is_as_loud_as_strong_and_noise_below_the_floor_is_not():
    texture = images(size=(64, 64))[:1, :1] - 0.5
    loud, faint, noise = (local_contrast(0.5 + scale * texture, 4).std().item() for scale in (1.0, 0.2, 0.002))
    assert faint == pytest.approx(loud, rel=0.2)
    assert noise < 0.15 * loud


def test_radius_zero_is_the_image_and_pairs_are_as_single_ones():
    onset, apex = images(1), images(2)
    assert local_contrast(onset, 0) is onset
    both = as_pair(onset, apex, 3)
    assert torch.equal(both[0], local_contrast(onset, 3))
    assert torch.equal(both[1], local_contrast(apex, 3))


def test_flat_frames_give_the_displacement_a_finite_gradient():
    flat = torch.full((1, 1, 16, 16), 0.5)
    raw = torch.zeros(1, 2, 16, 16, requires_grad=True)
    dgm_loss(flat, flat, raw, 0.2, DGMLossConfig(blur=1.5, contrast=3)).total.backward()
    assert raw.grad.isfinite().all()
