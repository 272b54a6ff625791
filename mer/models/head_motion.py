"""Head motion out of a displacement field."""

import torch
from torch import Tensor

from mer.motion.warp import identity_grid


def without_head_motion(field: Tensor) -> Tensor:
    """The field minus the similarity (shift, scale, rotation) that fits it best in the sense of least squares.

    A head that drifts a pixel between onset and apex moves the whole face as far as an expression moves a brow, and
    says nothing about the class.

    Args:
        field: (B, 2, H, W), x first, any unit.

    Returns:
        Same shape; zero for a field that is a shift, a scaling and a rotation.

    Deviation: the paper aligns the faces and leaves the rest to the network. Others subtract the mean flow of a
    patch on the nose (SOFTNet, ME-PLAN); the fit uses all of the face and also takes rotation and approach away.
    """
    grid = identity_grid(field.shape[-2], field.shape[-1], field.device).to(field.dtype)  # x, y, each of mean zero
    centred = field - field.mean((2, 3), keepdim=True)
    across = torch.stack([-grid[1], grid[0]])  # (-y, x): a small rotation
    power = grid.square().sum()
    scale = (centred * grid).sum((1, 2, 3), keepdim=True) / power
    angle = (centred * across).sum((1, 2, 3), keepdim=True) / power
    return centred - scale * grid - angle * across
