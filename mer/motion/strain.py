"""Optical strain: how much a displacement stretches and shears the skin, whatever it does to the whole head."""

import numpy as np

from mer.core.errors import InputError


def optical_strain(displacement: np.ndarray) -> np.ndarray:
    """Magnitude of the infinitesimal strain tensor.

    ``|e| = sqrt(u_x^2 + v_y^2 + (u_y + v_x)^2 / 2)``, derivatives by central differences (one-sided at the border).

    Args:
        displacement: float, shape (..., 2, H, W), x component first, in pixels (strain is then a pure number).

    Returns:
        Same type, shape (..., H, W), at least 0. Zero for a translation and, to first order, for a rotation. The same
        for a field and its negative, so the direction of the flow does not matter. NaN beside NaN.

    Raises:
        InputError: the shape is not (..., 2, H, W) with H and W at least 2.

    Source: Shreve et al., FG 2011; the formula as coded for SOFTNet and for ME-PLAN.
    Deviation: those use one-sided differences, which shift the strain by half a pixel.
    """
    if displacement.ndim < 3 or displacement.shape[-3] != 2 or min(displacement.shape[-2:]) < 2:
        raise InputError(f"A displacement has shape (..., 2, H, W), H and W at least 2; found {displacement.shape}.")
    u, v = displacement[..., 0, :, :], displacement[..., 1, :, :]
    u_y, u_x = np.gradient(u, axis=(-2, -1))
    v_y, v_x = np.gradient(v, axis=(-2, -1))
    return np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2).astype(displacement.dtype)
