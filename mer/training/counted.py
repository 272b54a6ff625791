"""Random numbers that are counted, not drawn in turn: the same on every device, whoever else is trained beside.

Each number is a mix of its stream's seed and its own position (SplitMix64: Steele, Lea and Flood, 2014), so a fold's
numbers do not depend on which folds are computed with it, on threads, or on CPU or GPU.
"""

import numpy as np
import torch
from torch import Tensor

_STEP = 0x9E3779B97F4A7C15 - 2**64  # as signed 64-bit numbers, which is what torch has on every device
_FIRST = 0xBF58476D1CE4E5B9 - 2**64
_SECOND = 0x94D049BB133111EB - 2**64


def words(seeds: Tensor, count: int) -> Tensor:
    """The first ``count`` numbers of some streams.

    Args:
        seeds: int64, (...).
        count: numbers a stream.

    Returns:
        int64 (..., count), every value equally likely.
    """
    positions = torch.arange(1, count + 1, device=seeds.device)
    return _mix(seeds.unsqueeze(-1) + positions * _STEP)


def substream(seeds: Tensor, number: int) -> Tensor:
    """Seeds of the streams' own streams: one for every ``number``."""
    return _mix(_mix(seeds) + number)


def coins(seeds: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Fair coins: bool (..., *shape). The product of ``shape`` is a multiple of 64."""
    count = torch.Size(shape).numel()
    assert count % 64 == 0
    octets = words(seeds, count // 64).view(torch.uint8)  # ... x count / 8
    if octets.device.type == "cpu":  # a tenth of the time of what follows
        bits = np.unpackbits(octets.numpy(), axis=-1, bitorder="little")
        return torch.from_numpy(bits.view(bool)).view(*seeds.shape, *shape)
    shifts = torch.arange(8, dtype=torch.uint8, device=seeds.device)
    return ((octets.unsqueeze(-1) >> shifts) & 1).bool().view(*seeds.shape, *shape)


def orders(seeds: Tensor, counts: Tensor, longest: int) -> Tensor:
    """Random orders of the numbers below each count.

    Args:
        seeds: int64 (F,).
        counts: int64 (F,).
        longest: the largest of ``counts``.

    Returns:
        int64 (F, longest); the first ``counts[f]`` of row f are a permutation, the others follow in their own order.
    """
    keys = words(seeds, longest) >> 1 & (2**62 - 1)
    late = torch.arange(longest, device=seeds.device) >= counts.unsqueeze(-1)
    return torch.where(late, 2**62, keys).argsort(dim=-1, stable=True)


def _mix(x: Tensor) -> Tensor:
    x = (x ^ _shift(x, 30)) * _FIRST
    x = (x ^ _shift(x, 27)) * _SECOND
    return x ^ _shift(x, 31)


def _shift(x: Tensor, bits: int) -> Tensor:
    """To the right, zeros from the left: torch's own shift repeats the sign."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)
