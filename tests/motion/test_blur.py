import pytest
import torch

from mer.core.errors import InputError
from mer.motion.blur import gaussian_blur


def test_a_point_becomes_a_bell_by_hand() -> None:
    """sigma 1, radius 3: weights exp(-x^2 / 2) over their sum; the centre holds the square of the middle one."""
    image = torch.zeros(1, 1, 9, 9)
    image[0, 0, 4, 4] = 1
    weights = torch.exp(-0.5 * torch.arange(-3.0, 4) ** 2)
    weights = weights / weights.sum()
    torch.testing.assert_close(gaussian_blur(image, 1.0)[0, 0, 1:8, 1:8], weights[:, None] * weights)
    assert gaussian_blur(image, 1.0)[0, 0, 0].abs().max() == 0


def test_a_constant_stays_and_channels_are_apart() -> None:
    image = torch.rand(2, 3, 8, 11, generator=torch.Generator().manual_seed(0))
    image[:, 1] = 0.25
    blurred = gaussian_blur(image, 2.0)
    assert blurred.shape == image.shape
    torch.testing.assert_close(blurred[:, 1], image[:, 1])
    torch.testing.assert_close(blurred[:, :1], gaussian_blur(image[:, :1], 2.0))


def test_no_deviation_is_no_blur() -> None:
    image = torch.rand(1, 1, 4, 4)
    assert gaussian_blur(image, 0) is image
    with pytest.raises(InputError, match="found -1"):
        gaussian_blur(image, -1)
