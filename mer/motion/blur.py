"""Gaussian smoothing of images and fields, on the device and differentiable."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from mer.core.errors import InputError


def gaussian_blur(image: Tensor, sigma: float) -> Tensor:
    """Separable Gaussian blur with repeated borders.

    Args:
        image: float, shape (B, C, H, W).
        sigma: deviation in pixels; 0 leaves the image as it is. The kernel reaches three deviations.

    Returns:
        float, shape (B, C, H, W); linear in the image, a constant stays constant.
    """
    if sigma < 0:
        raise InputError(f"The deviation of a Gaussian is at least 0; found {sigma}.")
    if sigma == 0:
        return image
    radius = max(1, round(3 * sigma))
    at = torch.arange(-radius, radius + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(image.shape[1], 1, 1, -1)
    padded = pad(image, (radius,) * 4, mode="replicate")
    return conv2d(conv2d(padded, kernel, groups=image.shape[1]), kernel.mT, groups=image.shape[1])
