"""Frames as local contrast: what is left when light and shade are taken away."""

import torch
from torch import Tensor
from torch.nn.functional import pad

#: Deviation of grey levels (of a range of 1) below which a patch counts as flat; above sensor noise, below skin
#: texture.
FLAT = 0.01


def local_contrast(image: Tensor, radius: int) -> Tensor:
    """Each pixel minus the mean of the square around it, divided by the square's standard deviation.

    Makes the frames of a clip comparable when the light drifts, and faint texture of a cheek as loud as an eyebrow.

    Args:
        image: (B, C, H, W), values in [0, 1].
        radius: the square has 2 radius + 1 pixels a side; borders are repeated. 0 returns the image as it is.

    Returns:
        (B, C, H, W), about -3 to 3, deviation about 1 where there is texture and less where it is flat.
    """
    if radius == 0:
        return image
    difference = image - box_mean(image, radius)
    return difference / (box_mean(difference.square(), radius).clamp(min=0).sqrt() + FLAT)


def box_mean(image: Tensor, radius: int) -> Tensor:
    """Mean over the square around each pixel, borders repeated; cost does not depend on the radius."""
    for axis in (-1, -2):
        padding = (radius + 1, radius, 0, 0) if axis == -1 else (0, 0, radius + 1, radius)
        sums = pad(image, padding, mode="replicate").cumsum(dim=axis)
        size = image.shape[axis]
        upper = sums.narrow(axis, 2 * radius + 1, size)
        image = (upper - sums.narrow(axis, 0, size)) / (2 * radius + 1)
    return image


def as_pair(onset: Tensor, apex: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Both frames of a pair in one call."""
    both = local_contrast(torch.cat([onset, apex]), radius)
    return both[: len(onset)], both[len(onset) :]
