"""Dropout whose mask may be drawn elsewhere."""

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout


class Dropout(nn.Module):
    """`torch.nn.Dropout`, until a mask is given.

    Models that are trained side by side as one (`mer.training.stacked`) each keep their own random numbers, so what a
    fold learns does not depend on which folds it is trained with: their masks are drawn one by one and given.

    Attributes:
        p: chance of a value to be dropped.
        mask: bool, shape of the input, true where a value stays; None to draw one.
    """

    mask: Tensor | None

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.register_buffer("mask", None, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out; the values that stay are scaled by 1 / (1 - p)."""
        if self.mask is None or not self.training:
            return dropout(x, self.p, self.training)
        if self.p >= 1:
            return torch.zeros_like(x)
        return x * self.mask * (1 / (1 - self.p))

    def extra_repr(self) -> str:
        """Shown in the model's text."""
        return f"p={self.p}"
