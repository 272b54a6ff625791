"""A gradient that passes scaled."""

from typing import Any

import torch
from torch import Tensor


class _ScaleGradient(torch.autograd.Function):
    generate_vmap_rule = True  # models stacked over folds run through it as well

    @staticmethod
    def forward(x: Tensor, scale: float) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: Tensor) -> None:
        ctx.scale = inputs[1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.scale, None


def scale_gradient(x: Tensor, scale: float) -> Tensor:
    """``x`` unchanged; its gradient multiplied by ``scale``.

    The paper multiplies the classification gradient by 1e-6 where the displacement enters the Transformer Fusion, so
    that the DGM follows its own losses (section 3.4).
    """
    return _ScaleGradient.apply(x, scale)
