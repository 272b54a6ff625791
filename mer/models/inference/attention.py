"""Attention blocks on tokens that lie group by group."""

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from mer.models.attention import AttentionBlock
from mer.models.inference.maps import FeedForwardMap, GroupMap, centred


class AttentionMap(nn.Module):
    """`mer.models.attention.AttentionBlock` on tokens (G, B n, C): queries, keys and values are never copied apart."""

    def __init__(self, plain: AttentionBlock) -> None:
        super().__init__()
        self.heads = plain.heads
        self.query_key_value = GroupMap(plain.query_key_value, plain.norm)
        self.project = GroupMap(plain.project)
        self.feed_forward = FeedForwardMap(plain.feed_forward)

    def forward(self, x: Tensor, n: int) -> Tensor:
        """``x``: (G, B n, C), n tokens a set, same shape out."""
        mixed = scaled_dot_product_attention(*split(self.query_key_value(centred(x)), n, self.heads))
        return self.feed_forward(self.project(joined(mixed, x), added=x))


def split(query_key_value: Tensor, n: int, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """(G, B n, 3 C) as three views (G B, heads, n, C / heads)."""
    parts = query_key_value.view(-1, n, 3, heads, query_key_value.shape[-1] // (3 * heads)).permute(2, 0, 3, 1, 4)
    return parts[0], parts[1], parts[2]


def joined(mixed: Tensor, like: Tensor) -> Tensor:
    """(G B, heads, n, C / heads) back to (G, B n, C)."""
    return mixed.transpose(1, 2).reshape(like.shape)
