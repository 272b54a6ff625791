"""Transformer Fusion: local, global and full-face modules (paper, section 3.2)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mer.core.errors import InputError
from mer.models.attention import AttentionBlock, FeedForward
from mer.models.crops import crop_regions
from mer.models.fusion_layer import FusionLayer
from mer.models.grouped import GroupedLayerNorm
from mer.models.patches import PatchConfig, PatchEmbedding
from mer.models.stem import ConvolutionStem, StemConfig, resized


@dataclass(frozen=True)
class FusionConfig:
    """Sizes of the Transformer Fusion.

    Attributes:
        region: crops of the AU boxes; paper: 90 px in patches of 18.
        face: the whole aligned face. Unstated: its size and patches; the face is resized to ``face.image``.
        stem: convolutions before the tokens, or None as in the paper.
        width: C, length of a token; paper: 256.
        heads: paper: 8, in attention and fusion layers.
        depth: attention blocks before each fusion layer. Unstated.
        mlp_ratio: hidden width of the feed-forward layers over C. Unstated.
        dropout: Unstated.
        share_local: one set of weights for the nine local modules instead of nine. Unstated: the paper draws one module
            a region; sharing is for small data.
    """

    region: PatchConfig = field(default_factory=PatchConfig)
    face: PatchConfig = field(default_factory=lambda: PatchConfig(image=180, patch=18))
    stem: StemConfig | None = None
    width: int = 256
    heads: int = 8
    depth: int = 1
    mlp_ratio: float = 2.0
    dropout: float = 0.1
    share_local: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        if self.width % self.heads:
            raise InputError(f"width is {self.width}, expected a multiple of heads, which is {self.heads}.")


@dataclass
class FusionOutput:
    """What the Transformer Fusion returns for a batch.

    Attributes:
        logits: (B, classes).
        embedding: (B, 2 C), the global beside the full-face vector, what the classifier sees.
        weights_local: (B, K, heads, n), weights of the n patches of each AU box.
        weights_global: (B, heads, K), weights of the K boxes.
        weights_full: (B, heads, m), weights of the m patches of the face. All sum to 1 over their last axis.
    """

    logits: Tensor
    embedding: Tensor
    weights_local: Tensor
    weights_global: Tensor
    weights_full: Tensor


class FusionModule(nn.Module):
    """Attention blocks, the fusion layer, a feed-forward layer: n tokens to one vector, for G groups at once."""

    def __init__(self, groups: int, tokens: int, config: FusionConfig) -> None:
        super().__init__()
        shape = (groups, config.width)
        self.blocks = nn.ModuleList(
            AttentionBlock(*shape, config.heads, config.mlp_ratio, config.dropout) for _ in range(config.depth)
        )
        self.norm = GroupedLayerNorm(*shape)
        self.fuse = FusionLayer(groups, tokens, config.width, config.heads)
        self.feed_forward = FeedForward(*shape, config.mlp_ratio, config.dropout)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """``tokens``: (B, G, n, C) to vectors (B, G, C) and weights (B, G, heads, n)."""
        for block in self.blocks:
            tokens = block(tokens)
        fused, weights = self.fuse(self.norm(tokens))
        return self.feed_forward(fused.unsqueeze(2)).squeeze(2), weights


class TransformerFusion(nn.Module):
    """Classify a stack of channels (onset, apex, displacement; or motion maps) from AU boxes and the whole face."""

    def __init__(self, config: FusionConfig, channels: int, classes: int, regions: int = 9) -> None:
        super().__init__()
        self.config = config
        self.classes = classes
        self.stem: nn.Module = ConvolutionStem(config.stem, channels) if config.stem else nn.Identity()
        channels = config.stem.width if config.stem else channels
        groups = 1 if config.share_local else regions
        self.embed_region = PatchEmbedding(config.region, groups, regions, channels, config.width)
        self.local_fusion = FusionModule(groups, config.region.tokens, config)
        self.region_position = nn.Parameter(torch.randn(1, regions, config.width) * 0.02)
        self.global_fusion = FusionModule(1, regions, config)
        self.embed_face = PatchEmbedding(config.face, 1, 1, channels, config.width)
        self.full_fusion = FusionModule(1, config.face.tokens, config)
        self.head = nn.Sequential(
            nn.LayerNorm(2 * config.width), nn.Dropout(config.dropout), nn.Linear(2 * config.width, classes)
        )

    def forward(self, images: Tensor, boxes: Tensor) -> FusionOutput:
        """Classify.

        Args:
            images: float, (B, M, H, W), any size.
            boxes: float, (B, K, 4), fractions of the image.
        """
        features = self.stem(images)
        regions = crop_regions(features, boxes, self.config.region.image)  # B x K x M x s x s
        local, weights_local = self.local_fusion(self.embed_region(regions))  # B x K x C
        across, weights_global = self.global_fusion((local + self.region_position).unsqueeze(1))  # B x 1 x C
        face = resized(features, self.config.face.image).unsqueeze(1)
        full, weights_full = self.full_fusion(self.embed_face(face))  # B x 1 x C
        embedding = torch.cat([across, full], dim=-1).squeeze(1)
        return FusionOutput(self.head(embedding), embedding, weights_local, weights_global[:, 0], weights_full[:, 0])
