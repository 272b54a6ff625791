"""n tokens to one vector: fused before attention (the paper's layer, equations 5 to 7), after it, or averaged."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softmax

from mer.models.grouped import GroupedLinear, split_heads


class FusionLayer(nn.Module):
    """Fusion before attention ("Fu-B-Attn").

    Per head k, with Q, K, V of shape n x c:

        q = Lin([Q_1 .. Q_n])        linear along the tokens, n -> 1                   (eq. 5)
        w = softmax(BN(q K^T))       one weight a token                                (eq. 6)
        head_k = w V                 F = concat(head_1 .. head_h), one vector of C     (eq. 7)

    One fused query makes n dot products where ordinary attention makes n * n.

    Unstated: no 1/sqrt(c) is written in eq. 5, and none is applied (batch normalisation sets the scale). Batch
    normalisation keeps statistics a group and token, shared by the heads. Lin is shared by the heads of a group, has no
    bias, and starts as the mean, which is the paper's own remark on equal weights.
    """

    def __init__(self, groups: int, tokens: int, width: int, heads: int) -> None:
        super().__init__()
        _check(width, heads)
        self.heads = heads
        self.query_key_value = GroupedLinear(groups, width, 3 * width)
        self.fuse_queries = nn.Parameter(torch.full((groups, tokens), 1.0 / tokens))
        self.norm = nn.BatchNorm1d(tokens) if groups == 1 else nn.BatchNorm1d(groups * tokens)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Fuse the tokens of each group.

        Args:
            x: (B, G, n, C).

        Returns:
            The fused vectors (B, G, C) and the weights (B, G, heads, n), which sum to 1 over n.
        """
        # Products and sums along the tokens: with a handful of channels a head, tiny matrix products cost more.
        groups, n = x.shape[1:3]
        query, key, value = self.query_key_value(x).chunk(3, dim=-1)
        fused = (query * self.fuse_queries.expand(groups, n).unsqueeze(-1)).sum(dim=2, keepdim=True)  # B x G x 1 x C
        logits = (key * fused).unflatten(-1, (self.heads, -1)).sum(dim=-1).transpose(2, 3)  # B x G x heads x n
        weights = self._normalise(logits).softmax(dim=-1)
        heads = weights.transpose(2, 3).unsqueeze(-1) * value.unflatten(-1, (self.heads, -1))  # B x G x n x heads x c
        return heads.sum(dim=2).flatten(2), weights

    def _normalise(self, logits: Tensor) -> Tensor:
        batch, groups, heads, n = logits.shape
        if self.norm.num_features == n:  # statistics shared by the groups
            return self.norm(logits.reshape(-1, n)).view_as(logits)
        by_token = logits.transpose(1, 2).reshape(batch * heads, groups * n)
        return self.norm(by_token).view(batch, heads, groups, n).transpose(1, 2)


class FusionAfterLayer(nn.Module):
    """Fusion after attention ("Fu-A-Attn", ablation M4): ordinary attention makes n vectors, a linear map one of them.

    Unstated: the map. Here the n vectors are laid side by side and mapped n C -> C, as the paper's text on the number
    of operations suggests; attention is scaled by 1/sqrt(c) as usual.
    """

    def __init__(self, groups: int, tokens: int, width: int, heads: int) -> None:
        super().__init__()
        _check(width, heads)
        self.heads = heads
        self.query_key_value = GroupedLinear(groups, width, 3 * width)
        self.fuse = GroupedLinear(groups, tokens * width, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As `FusionLayer.forward`; the weights are what each token gets, averaged over the queries."""
        batch, groups, n, width = x.shape
        query, key, value = (split_heads(part, self.heads) for part in self.query_key_value(x).chunk(3, dim=-1))
        attention = softmax(query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5, dim=-1)
        mixed = (attention @ value).transpose(2, 3).reshape(batch, groups, 1, n * width)
        return self.fuse(mixed).squeeze(2), attention.mean(dim=-2)


class MeanLayer(nn.Module):
    """The mean of the tokens: what stands where a fusion is left out."""

    def __init__(self, groups: int, tokens: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As `FusionLayer.forward`; the weights are all 1/n."""
        batch, groups, n, _ = x.shape
        return x.mean(dim=2), x.new_full((batch, groups, self.heads, n), 1.0 / n)


#: Name of an order of fusion and attention to its layer.
ORDERS: dict[str, type[nn.Module]] = {"before": FusionLayer, "after": FusionAfterLayer}


def _check(width: int, heads: int) -> None:
    if width % heads:
        raise ValueError(f"width {width} is not a multiple of heads {heads}")
