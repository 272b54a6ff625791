"""The parts of the Transformer Fusion in their inference form; each takes and returns what its plain form does."""

from torch import Tensor, nn

from mer.models.fusion import FusionModule, TransformerFusion
from mer.models.inference.attention import AttentionMap
from mer.models.inference.fusion_layer import MAPS
from mer.models.inference.maps import FeedForwardMap, GroupMap, by_group
from mer.models.patches import PatchEmbedding


class FusionModuleMap(nn.Module):
    """`mer.models.fusion.FusionModule`: inside, tokens lie group by group."""

    def __init__(self, plain: FusionModule) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(AttentionMap(block) for block in plain.blocks)  # type: ignore[arg-type]
        self.fuse = MAPS[type(plain.fuse)](plain.fuse, plain.norm)
        self.feed_forward = FeedForwardMap(plain.feed_forward)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """``tokens``: (B, G, n, C) to vectors (B, G, C) and weights (B, G, heads, n)."""
        n, x = tokens.shape[2], by_group(tokens)
        for block in self.blocks:
            x = block(x, n)
        fused, weights = self.fuse(x, n)
        return self.feed_forward(fused).transpose(0, 1), weights


class PatchMap(nn.Module):
    """`mer.models.patches.PatchEmbedding`: patches are cut out group by group."""

    def __init__(self, plain: PatchEmbedding) -> None:
        super().__init__()
        self.config, self.embed = plain.config, GroupMap(plain.embed)
        self.position: Tensor
        self.register_buffer("position", plain.position.detach()[:, None])  # G x 1 x n x C

    def forward(self, images: Tensor) -> Tensor:
        """``images``: (B, G, M, S, S) to tokens (B, G, n, C)."""
        batch, kinds, channels, side, _ = images.shape
        patch, across = self.config.patch, side // self.config.patch
        tiles = images.view(batch, kinds, channels, across, patch, across, patch)
        patches = tiles.permute(1, 0, 3, 5, 2, 4, 6).reshape(kinds, batch * across * across, -1)
        return (self.embed(patches).view(kinds, batch, across * across, -1) + self.position).transpose(0, 1)


def fold_fusion(fusion: TransformerFusion) -> None:
    """Put the inference forms in the place of a Transformer Fusion's own parts; what it does with them stays."""
    for name, part in list(fusion.named_children()):
        if isinstance(part, FusionModule):
            setattr(fusion, name, FusionModuleMap(part))
        elif isinstance(part, PatchEmbedding):
            setattr(fusion, name, PatchMap(part))
