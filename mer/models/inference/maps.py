"""Linear maps of G groups on tokens that lie group by group, each with the layer normalisation before it folded in."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm

from mer.models.attention import FeedForward
from mer.models.grouped import GroupedLayerNorm, GroupedLinear


class GroupMap(nn.Module):
    """``y[g] = x[g] W[g] + b[g]`` for tokens (G, B n, inputs), which need no transposing at any batch size."""

    def __init__(self, linear: GroupedLinear, norm: GroupedLayerNorm | None = None, columns: slice = slice(None)):
        """Take over the weights.

        Args:
            linear: a map.
            norm: what its input is normalised by: its scale and shift go into the weights, so that the input need only
                be centred and divided (`centred`).
            columns: of its outputs.
        """
        super().__init__()
        weight, bias = folded(linear, norm)
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight[..., columns].contiguous())  # G x inputs x outputs
        self.register_buffer("bias", bias[..., columns].contiguous())  # G x 1 x outputs

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        """``x``: (G, B n, inputs) to (G, B n, outputs), plus ``added`` of that shape."""
        start = self.bias if added is None else added + self.bias
        if len(x) == 1:  # a batch of one product takes a slower way
            return torch.addmm(start[0], x[0], self.weight[0]).unsqueeze(0)
        return torch.baddbmm(start, x, self.weight)


class FeedForwardMap(nn.Module):
    """`mer.models.attention.FeedForward` on tokens (G, B n, C)."""

    def __init__(self, plain: FeedForward) -> None:
        super().__init__()
        self.inner, self.outer = GroupMap(plain.inner, plain.norm), GroupMap(plain.outer)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (G, B n, C), same shape out."""
        return self.outer(gelu(self.inner(centred(x))), added=x)


def centred(x: Tensor) -> Tensor:
    """Layer normalisation without scale and shift, which the maps that follow have taken over."""
    return layer_norm(x, x.shape[-1:])


def folded(linear: GroupedLinear, norm: GroupedLayerNorm | None) -> tuple[Tensor, Tensor]:
    """Weights (G, inputs, outputs) and bias (G, 1, outputs) of a map with the scale and shift before it inside."""
    weight, bias = linear.weight.detach(), linear.bias.detach()
    if norm is None:
        return weight, bias
    return norm.weight.detach().transpose(1, 2) * weight, bias + norm.bias.detach() @ weight


def by_group(tokens: Tensor) -> Tensor:
    """(B, G, n, C) to (G, B n, C)."""
    return tokens.transpose(0, 1).flatten(1, 2)
