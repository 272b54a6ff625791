"""Equations 5 to 7 and their ablation M4 written out region by region and head by head: what the fast layers must say.

In eval mode: batch normalisation uses its running statistics, nothing is dropped.
"""

import torch
from torch import Tensor

from mer.models.fusion_layer import FusionAfterLayer, FusionLayer


def plain_fusion(layer: FusionLayer | FusionAfterLayer, x: Tensor) -> Tensor:
    """The fused vectors (B, G, C) of tokens (B, G, n, C), one region and one head at a time."""
    groups = range(x.shape[1])
    if isinstance(layer, FusionLayer):
        return torch.stack([_before(layer, x[:, group], group) for group in groups], dim=1)
    return torch.stack([_after(layer, x[:, group], group) for group in groups], dim=1)


def _heads(layer: FusionLayer | FusionAfterLayer, x: Tensor, group: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Query, key and value of each head, (B, n, c) each."""
    linear = layer.query_key_value
    at = group if linear.weight.shape[0] > 1 else 0
    projected = x @ linear.weight[at] + linear.bias[at]  # B x n x 3 C
    query, key, value = (part.split(part.shape[-1] // layer.heads, dim=-1) for part in projected.chunk(3, dim=-1))
    return list(zip(query, key, value, strict=True))


def _before(layer: FusionLayer, x: Tensor, group: int) -> Tensor:
    n = x.shape[1]
    fuse = layer.fuse_queries[group if layer.fuse_queries.shape[0] > 1 else 0]
    at = slice(0, n) if layer.norm.num_features == n else slice(group * n, (group + 1) * n)
    norm = layer.norm
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight[at] * (norm.running_var[at] + norm.eps).rsqrt()
    heads = []
    for query, key, value in _heads(layer, x, group):
        fused = torch.einsum("n,bnc->bc", fuse, query)  # equation 5
        products = torch.einsum("bc,bnc->bn", fused, key)
        normed = (products - norm.running_mean[at]) * scale + norm.bias[at]
        heads.append(torch.einsum("bn,bnc->bc", normed.softmax(dim=-1), value))  # equations 6 and 7
    return torch.cat(heads, dim=-1)


def _after(layer: FusionAfterLayer, x: Tensor, group: int) -> Tensor:
    heads = []
    for query, key, value in _heads(layer, x, group):
        attention = (query @ key.transpose(1, 2) / query.shape[-1] ** 0.5).softmax(dim=-1)
        heads.append(attention @ value)
    side_by_side = torch.cat(heads, dim=-1).flatten(1)  # B x n C
    at = group if layer.fuse.weight.shape[0] > 1 else 0
    return side_by_side @ layer.fuse.weight[at] + layer.fuse.bias[at, 0]
