"""A gradient that passes scaled."""

from typing import Any

import torch
from torch import Tensor


class _ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.scale, None


def scale_gradient(x: Tensor, scale: float) -> Tensor:
    """``x`` unchanged; its gradient multiplied by ``scale``.

    The paper multiplies the classification gradient by 1e-6 where the displacement enters the Transformer Fusion, so
    that the DGM follows its own losses (section 3.4).
    """
    return _ScaleGradient.apply(x, scale)
