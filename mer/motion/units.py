"""Units of displacement: pixels, and the normalised grid in which an image reaches from -1 to 1 over pixel centres.

One pixel is 2 / (W - 1) horizontally and 2 / (H - 1) vertically (``align_corners=True``).
"""

from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from mer.core.errors import InputError

Field = TypeVar("Field", np.ndarray, Tensor)


def pixels_to_grid(displacement_px: Field) -> Field:
    """Displacement in pixels to normalised grid units. Shape (..., 2, H, W), x first; NumPy or PyTorch."""
    return _scaled(displacement_px, inverse=False)


def grid_to_pixels(displacement: Field) -> Field:
    """Displacement in normalised grid units to pixels. Shape (..., 2, H, W), x first; NumPy or PyTorch."""
    return _scaled(displacement, inverse=True)


def _scaled(field: Field, inverse: bool) -> Field:
    if field.ndim < 3 or field.shape[-3] != 2 or min(field.shape[-2:]) < 2:
        raise InputError(
            f"A displacement has shape (..., 2, H, W) with H and W at least 2; found {tuple(field.shape)}."
        )
    height, width = field.shape[-2:]
    units = np.array([2 / (width - 1), 2 / (height - 1)])
    factor = 1 / units if inverse else units
    if isinstance(field, Tensor):  # numbers, not a tensor: it would be copied to a GPU, which a captured step must not
        return torch.stack([field[..., k, :, :] * float(one) for k, one in enumerate(factor)], dim=-3)
    return (field * factor.reshape(2, 1, 1)).astype(field.dtype)
