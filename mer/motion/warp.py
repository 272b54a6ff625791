"""Backward warping: the apex frame predicted from the onset frame and a displacement.

One convention everywhere: the identity grid runs from -1 to 1 over pixel centres (``align_corners=True``), so one
pixel is 2 / (W - 1) horizontally and 2 / (H - 1) vertically, and ``warp(onset, D)(x) = onset(x + D(x))``.
"""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample


def identity_grid(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Coordinates of the pixel centres: float32, shape (2, height, width), x first, -1 to 1."""
    y = torch.linspace(-1, 1, height, device=device)
    x = torch.linspace(-1, 1, width, device=device)
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)])


def warp(image: Tensor, displacement: Tensor) -> Tensor:
    """Bilinear sampling of ``image`` at x + D(x); outside the image its border is repeated.

    Args:
        image: float, shape (B, C, H, W).
        displacement: float, shape (B, 2, H, W), normalised grid units, x first.

    Returns:
        float, shape (B, C, H, W).

    Source: paper, section 3.1 ("bilinear sampling the onset according to D"), read as backward warping.
    """
    if displacement.shape != (image.shape[0], 2, *image.shape[2:]):
        raise ValueError(
            f"displacement has shape {tuple(displacement.shape)}, expected (B, 2, H, W) of {tuple(image.shape)}"
        )
    grid = identity_grid(image.shape[2], image.shape[3], image.device) + displacement.float()
    return grid_sample(
        image.float(), grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode="border", align_corners=True
    )


def flip_displacement(displacement: Tensor) -> Tensor:
    """Displacement of the mirrored pair: the field mirrored, its x component negated. Shape (..., 2, H, W)."""
    mirrored = displacement.flip(-1)
    return torch.stack([-mirrored[..., 0, :, :], mirrored[..., 1, :, :]], dim=-3)
