"""Regions cut out of a batch of images in one call."""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample


def crop_regions(images: Tensor, boxes: Tensor, size: int) -> Tensor:
    """Cut K boxes out of every image and resize each to a square, bilinearly, without keeping the aspect.

    Args:
        images: (B, M, H, W).
        boxes: (B, K, 4), x0, y0, x1, y1 as fractions of the image (0 and 1 are the centres of its border pixels).
        size: side of the crops in pixels.

    Returns:
        (B, K, M, size, size) in the boxes' type: under mixed precision places stay exact, in bfloat16 they would be off
        by a tenth of a pixel. Values are interpolated, never rescaled: a displacement keeps its units.
    """
    batch, regions = boxes.shape[:2]
    steps = torch.linspace(0, 1, size, device=boxes.device, dtype=boxes.dtype)
    x0, y0, x1, y1 = boxes.unbind(-1)
    x = (x0[..., None] + (x1 - x0)[..., None] * steps) * 2 - 1  # B x K x size, from -1 to 1 as sampling wants it
    y = (y0[..., None] + (y1 - y0)[..., None] * steps) * 2 - 1
    shape = (batch, regions, size, size)
    grid = torch.stack([x[:, :, None, :].expand(shape), y[:, :, :, None].expand(shape)], dim=-1)
    if batch == 1 and images.device.type == "cpu" and not torch.is_grad_enabled():
        # The CPU samples image by image: as views of one image, boxes are shared out among its cores, and lie in order.
        views = images.to(grid.dtype).expand(regions, -1, -1, -1)
        return grid_sample(views, grid[0], align_corners=True)[None]
    # All boxes of one image are laid below each other, so that one call samples them without copying the image.
    crops = grid_sample(images.to(grid.dtype), grid.reshape(batch, regions * size, size, 2), align_corners=True)
    return crops.view(batch, images.shape[1], regions, size, size).transpose(1, 2)
