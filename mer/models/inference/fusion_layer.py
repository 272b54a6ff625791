"""Fusion layers that only answer. Fused first, projected afterwards: the paper's layer needs no projected token.

Of n tokens x_i, equations 5 to 7 need only

    q     = (sum_i l_i x_i) W_Q          one vector is projected, not n
    w_i   = softmax(BN(x_i . (W_K q)))   the query goes through the keys' map, not n tokens
    head  = (sum_i w_i x_i) W_V          a weighted mean is projected, not n values

for each head, which is the same in exact arithmetic. In the paper's sizes (25 patches of a region, 8 heads of 32 in C =
256) that is a twelfth of the multiply-adds of the projections. Only fusing before attention allows it: after it, every
token's query is needed.
"""

import torch
from torch import Tensor, nn

from mer.models.fusion_layer import FusionAfterLayer, FusionLayer, MeanLayer
from mer.models.grouped import GroupedLayerNorm
from mer.models.inference.attention import joined, split
from mer.models.inference.convolution import scale_and_shift
from mer.models.inference.maps import GroupMap, centred, folded


class FusionMap(nn.Module):
    """`FusionLayer` after its layer normalisation, n tokens of G groups."""

    fuse: Tensor  # G x 1 x 1 x n
    query: Tensor  # G x C x C
    query_bias: Tensor  # G x 1 x C, times the sum of l
    key: Tensor  # (G heads) x c x C
    key_bias: Tensor  # (G heads) x c x 1
    value: Tensor  # (G heads) x C x c
    value_bias: Tensor  # (G heads) x 1 x c
    scale: Tensor  # G or 1 x 1 x 1 x n, of batch normalisation
    shift: Tensor

    def __init__(self, plain: FusionLayer, norm: GroupedLayerNorm) -> None:
        super().__init__()
        self.heads = heads = plain.heads
        weight, bias = folded(plain.query_key_value, norm)
        groups, n = len(weight), plain.fuse_queries.shape[1]
        query, key, value = weight.chunk(3, dim=-1)
        query_bias, key_bias, value_bias = bias.chunk(3, dim=-1)
        fuse = plain.fuse_queries.detach().view(groups, 1, 1, n)
        scale, shift = (part.view(-1, 1, 1, n) for part in scale_and_shift(plain.norm))
        parts = {
            "fuse": fuse,
            "query": query,
            "query_bias": query_bias * fuse.sum(dim=(2, 3))[:, :, None],
            "key": key.unflatten(-1, (heads, -1)).permute(0, 2, 3, 1).flatten(0, 1),
            "key_bias": key_bias.reshape(groups * heads, -1, 1),
            "value": value.unflatten(-1, (heads, -1)).transpose(1, 2).flatten(0, 1),
            "value_bias": value_bias.reshape(groups * heads, 1, -1),
            "scale": scale,
            "shift": shift,
        }
        for name, part in parts.items():
            self.register_buffer(name, part.contiguous())

    def forward(self, x: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """``x``: (G, B n, C) to fused vectors (G, B, C) and weights (B, G, heads, n)."""
        groups, _, width = x.shape
        tokens = centred(x).view(groups, -1, n, width)
        batch, heads = tokens.shape[1], self.heads
        fused = (self.fuse @ tokens).squeeze(2)  # G x B x C
        query = torch.baddbmm(self.query_bias, fused, self.query)
        query = query.view(groups, batch, heads, -1).transpose(1, 2).reshape(groups * heads, batch, -1)
        asked = (query @ self.key).view(groups, heads, batch, width).transpose(1, 2)  # G x B x heads x C
        same = (query @ self.key_bias).view(groups, heads, batch, 1).transpose(1, 2)  # what a key's bias adds
        logits = asked @ tokens.transpose(2, 3) + same  # G x B x heads x n
        weights = (logits * self.scale + self.shift).softmax(dim=-1)
        means = (weights @ tokens).transpose(1, 2).reshape(groups * heads, batch, width)
        values = torch.baddbmm(self.value_bias, means, self.value).view(groups, heads, batch, -1)
        return values.transpose(1, 2).reshape(groups, batch, width), weights.transpose(0, 1)


class FusionAfterMap(nn.Module):
    """`FusionAfterLayer` after its layer normalisation."""

    def __init__(self, plain: FusionAfterLayer, norm: GroupedLayerNorm) -> None:
        super().__init__()
        self.heads = plain.heads
        self.query_key_value = GroupMap(plain.query_key_value, norm)
        self.fuse = GroupMap(plain.fuse)

    def forward(self, x: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """As `FusionMap.forward`."""
        groups, _, width = x.shape
        query, key, value = split(self.query_key_value(centred(x)), n, self.heads)
        attention = (query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5).softmax(dim=-1)
        fused = self.fuse(joined(attention @ value, x).view(groups, -1, n * width))
        weights = attention.mean(dim=-2).view(groups, -1, self.heads, n)
        return fused, weights.transpose(0, 1)


class MeanMap(nn.Module):
    """`MeanLayer` after its layer normalisation, whose scale and shift may as well follow the mean."""

    def __init__(self, plain: MeanLayer, norm: GroupedLayerNorm) -> None:
        super().__init__()
        self.heads = plain.heads
        self.scale: Tensor
        self.shift: Tensor
        self.register_buffer("scale", norm.weight.detach())
        self.register_buffer("shift", norm.bias.detach())

    def forward(self, x: Tensor, n: int) -> tuple[Tensor, Tensor]:
        """As `FusionMap.forward`."""
        mean = centred(x).view(len(x), -1, n, x.shape[-1]).mean(dim=2)
        weights = x.new_full((mean.shape[1], len(x), self.heads, n), 1.0 / n)
        return mean * self.scale + self.shift, weights


#: Class of a fusion layer to that of its inference form.
MAPS: dict[type[nn.Module], type[nn.Module]] = {
    FusionLayer: FusionMap,
    FusionAfterLayer: FusionAfterMap,
    MeanLayer: MeanMap,
}
