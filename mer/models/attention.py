"""Ordinary multi-head self-attention over the tokens of each group."""

from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from mer.models.dropout import Dropout
from mer.models.grouped import GroupedLayerNorm, GroupedLinear, split_heads


class FeedForward(nn.Module):
    """Two linear maps with GELU between, after layer normalisation, added to the input.

    Unstated: the paper gives no width; ``ratio`` is a configuration value.
    """

    def __init__(self, groups: int, width: int, ratio: float, dropout: float) -> None:
        super().__init__()
        hidden = round(width * ratio)
        self.norm = GroupedLayerNorm(groups, width)
        self.inner = GroupedLinear(groups, width, hidden)
        self.outer = GroupedLinear(groups, hidden, width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, G, n, C), same shape out."""
        return x + self.dropout(self.outer(gelu(self.inner(self.norm(x)))))


class AttentionBlock(nn.Module):
    """Self-attention and feed-forward, both with a residual and layer normalisation before (Vaswani et al. 2017).

    Unstated: the paper names attention layers with eight heads, not their order of normalisation nor their depth.
    """

    def __init__(self, groups: int, width: int, heads: int, ratio: float, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm = GroupedLayerNorm(groups, width)
        self.query_key_value = GroupedLinear(groups, width, 3 * width)
        self.project = GroupedLinear(groups, width, width)
        self.dropout = Dropout(dropout)
        self.feed_forward = FeedForward(groups, width, ratio, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``x``: (B, G, n, C), same shape out."""
        batch, groups, n, width = x.shape
        query, key, value = (
            split_heads(part, self.heads).flatten(0, 1) for part in self.query_key_value(self.norm(x)).chunk(3, dim=-1)
        )
        mixed = scaled_dot_product_attention(query, key, value)  # (B G) x heads x n x c
        mixed = mixed.view(batch, groups, self.heads, n, -1).transpose(2, 3).reshape(batch, groups, n, width)
        return self.feed_forward(x + self.dropout(self.project(mixed)))
