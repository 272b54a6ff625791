"""STSTNet from its pooled convolution to what its linear layer sees, forwards and backwards, compiled for one core.

Normalisation, dropout and average pooling in one pass over the pooled values.
"""

import numpy as np
from numba import njit

from mer.models.ststnet import POOLED, SEEN
from mer.models.ststnet_kernel import OPTIONS


@njit(**OPTIONS)
def features(pooled, keep, scale, shift):
    """Normalisation, dropout of a half and average pooling.

    Args:
        pooled: float32 (B, C, 100), of `mer.models.ststnet_kernel.forward`.
        keep: uint8 (B, C, 100), 1 where dropout keeps a value.
        scale, shift: float32 (C,), a value becomes ``scale value + shift``.

    Returns:
        float32 (B, C, 25).
    """
    batch, channels = pooled.shape[:2]
    seen = np.zeros((batch, channels, SEEN * SEEN), np.float32)
    half = np.float32(0.5)  # kept values count twice, four of them make a mean
    for n in range(batch):
        for c in range(channels):
            values, kept, sums = pooled[n, c], keep[n, c], seen[n, c]
            for i in range(POOLED):
                for j in range(POOLED):
                    at = POOLED * i + j
                    sums[SEEN * (i // 2) + j // 2] += half * np.float32(kept[at]) * (scale[c] * values[at] + shift[c])
    return seen


@njit(**OPTIONS)
def spread_gradient(gradient, keep, pooled):
    """`features` backwards.

    Args:
        gradient: float32 (B, C, 25).
        keep, pooled: as in `features`.

    Returns:
        float32 (B, C, 100), the gradient of each normalised value; float64 (C,) its sum, and that of its products with
        the pooled values.
    """
    batch, channels = pooled.shape[:2]
    spread = np.empty(pooled.shape, np.float32)
    total, products = np.zeros(channels), np.zeros(channels)
    half = np.float32(0.5)
    for n in range(batch):
        for c in range(channels):
            values, kept, sums, out = pooled[n, c], keep[n, c], gradient[n, c], spread[n, c]
            one, two = np.float32(0), np.float32(0)
            for i in range(POOLED):
                for j in range(POOLED):
                    at = POOLED * i + j
                    g = half * np.float32(kept[at]) * sums[SEEN * (i // 2) + j // 2]
                    one += g
                    two += g * values[at]
                    out[at] = g
            total[c] += one
            products[c] += two
    return spread, total, products
