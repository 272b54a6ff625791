"""What a machine can do at most, measured: the limit that a benchmark's speed is a share of."""

import time

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
    best = float("inf")
    for _ in range(3 if options.quick else 12):
        options.wait()
        start = time.perf_counter()
        torch.mm(left, right)
        options.wait()
        best = min(best, time.perf_counter() - start)
    return side**3 / best
