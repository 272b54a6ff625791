import pytest
import torch

from mer.models.resize import resized


def test_an_image_of_the_right_size_is_left_alone():
    image = torch.rand(1, 2, 8, 8)
    assert resized(image, 8) is image


def test_a_whole_factor_averages():
    image = torch.arange(16.0).view(1, 1, 4, 4)
    assert resized(image, 2).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]


@pytest.mark.parametrize("size", [(12, 12), (10, 10), (5, 5), (12, 6), (8, 16)])
def test_any_image_becomes_a_square_and_a_constant_one_stays(size):
    image = torch.full((2, 3, *size), 0.7)
    assert resized(image, 8).shape == (2, 3, 8, 8)
    assert torch.allclose(resized(image, 8), torch.tensor(0.7))


@pytest.mark.parametrize("side", [128, 100])
def test_fine_noise_does_not_become_coarse_noise(side):
    """Noise of deviation 1 keeps about the factor of the reduction: 32 of 128 pixels is a quarter."""
    torch.manual_seed(0)
    assert resized(torch.randn(4, 1, side, side), 32).std() < 1.3 * 32 / side


def test_content_keeps_its_place():
    ramp = torch.linspace(-1, 1, 33).expand(1, 1, 33, 33)
    small = resized(ramp, 16)
    assert torch.allclose(small, -small.flip(-1), atol=1e-5)
    assert (small.diff(dim=-1) > 0).all()
