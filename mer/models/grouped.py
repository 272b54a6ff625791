"""Several networks of one shape computed as one: the nine local modules need no loop."""

import torch
from torch import Tensor, nn


class GroupedLinear(nn.Module):
    """A linear map for each of G groups, ``y[:, g] = x[:, g] W[g] + b[g]``, as one batched product.

    With ``groups=1`` the same map serves every group of the input.
    """

    def __init__(self, groups: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5  # nn.Linear's own initialisation, per group
        self.weight = nn.Parameter(torch.empty(groups, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(groups, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, G, n, inputs) to (B, G, n, outputs)."""
        if self.weight.shape[0] == 1:
            return nn.functional.linear(x, self.weight[0].T, self.bias[0, 0])
        batch, groups, n, inputs = x.shape
        by_group = x.transpose(0, 1).reshape(groups, batch * n, inputs)
        y = torch.baddbmm(self.bias, by_group, self.weight)  # G x (B n) x outputs
        return y.view(groups, batch, n, -1).transpose(0, 1)


class GroupedLayerNorm(nn.Module):
    """Layer normalisation over the last axis with a scale and shift for each group."""

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(groups, 1, width))
        self.bias = nn.Parameter(torch.zeros(groups, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, G, n, width), same shape out."""
        return nn.functional.layer_norm(x, x.shape[-1:]) * self.weight + self.bias


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, G, n, C) to (B, G, heads, n, C / heads)."""
    batch, groups, n, width = x.shape
    return x.view(batch, groups, n, heads, width // heads).transpose(2, 3)
