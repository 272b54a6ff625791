"""What a machine can do at most, measured: the limits that a benchmark's speed is a share of."""

import time
from collections.abc import Callable
from functools import partial

import torch

from mer.bench.options import Options


def matrix_peak(options: Options, dtype: torch.dtype) -> float:
    """Multiply-adds a second of the best of several large matrix products.

    Args:
        options: say where, and whether it must be quick.
        dtype: of the matrices.
    """
    device = options.torch_device
    side = 256 if options.quick else (8192 if options.kind == "cuda" else 1536)
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return side**3 / _fastest(partial(torch.mm, left, right), options)


def copy_peak(options: Options) -> float:
    """Bytes a second, read and written, of the best of several large copies in memory.

    Args:
        options: say where, and whether it must be quick.
    """
    count = 1 << (22 if options.quick else (30 if options.kind == "cuda" else 26))
    source = torch.zeros(count // 4, device=options.torch_device)
    target = torch.empty_like(source)
    return 2 * count / _fastest(partial(target.copy_, source), options)


def _fastest(call: Callable[[], object], options: Options) -> float:
    """Seconds of the fastest of several calls."""
    best = float("inf")
    for _ in range(3 if options.quick else 12):
        options.wait()
        start = time.perf_counter()
        call()
        options.wait()
        best = min(best, time.perf_counter() - start)
    return best
