"""Transformer Fusion: local, global and full-face modules (paper, section 3.2), and a further one over time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor, nn

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.face.regions import grid_boxes
from mer.models.attention import AttentionBlock, FeedForward
from mer.models.crops import crop_regions
from mer.models.dropout import Dropout
from mer.models.fusion_layer import ORDERS, MeanLayer
from mer.models.grouped import GroupedLayerNorm
from mer.models.patches import PatchConfig, PatchEmbedding
from mer.models.resize import resized


@dataclass(frozen=True)
class FusionConfig:
    """Sizes and parts of the Transformer Fusion.

    Attributes:
        region: crops of the AU boxes; paper: 90 px in patches of 18.
        face: the whole aligned face. Unstated: its size and patches; the face is resized to ``face.image``.
        image: the stack is averaged to this side before anything is cut from it; 0 leaves it as it is. Deviation when
            positive: a displacement is smooth, and small patches of it are cheap.
        width: C, length of a token; paper: 256.
        heads: paper: 8, in attention and fusion layers.
        depth: attention blocks before each fusion layer. Unstated.
        mlp_ratio: hidden width of the feed-forward layers over C. Unstated.
        dropout: Unstated.
        order: ``before``, the queries are fused before the dot product; ``after``, after it (ablation M4).
        regions: ``action-units``, the AU boxes; ``grid``, the face in 3 x 3 equal parts (ablation M5).
        local_fusion: fuse the patches of a region; without it they are averaged (ablation M7). Unstated: what the paper
            leaves in its place.
        global_fusion: fuse the regions; without it they are averaged (ablation M8). Unstated, as above.
        full_face: the module over the patches of the whole face (ablation M6 leaves it out).
    """

    region: PatchConfig = field(default_factory=PatchConfig)
    face: PatchConfig = field(default_factory=lambda: PatchConfig(image=180, patch=18))
    image: int = 0
    width: int = 256
    heads: int = 8
    depth: int = 1
    mlp_ratio: float = 2.0
    dropout: float = 0.1
    order: Literal["before", "after"] = "before"
    regions: Literal["action-units", "grid"] = "action-units"
    local_fusion: bool = True
    global_fusion: bool = True
    full_face: bool = True

    def __post_init__(self) -> None:
        """Check the values."""
        check_limits(self, {"image": (0, None), "depth": (0, None), "dropout": (0, 1)})
        if self.width % self.heads:
            raise InputError(f"width is {self.width}, expected a multiple of heads, which is {self.heads}.")


@dataclass
class FusionOutput:
    """What the Transformer Fusion returns for a batch.

    Attributes:
        logits: (B, classes).
        embedding: (B, E), what the classifier sees: the global beside the full-face vector, E = 2 C (C without one).
        weights_local: (B, K, heads, n), weights of the n patches of each AU box.
        weights_global: (B, heads, K), weights of the K boxes.
        weights_full: (B, heads, m), weights of the m patches of the face; None without the full-face module.
        weights_time: (B, heads, S), weights of the S pairs of a sequence; None for single pairs.

    Weights sum to 1 over their last axis. Those of a sequence are the mean over its pairs.
    """

    logits: Tensor
    embedding: Tensor
    weights_local: Tensor
    weights_global: Tensor
    weights_full: Tensor | None = None
    weights_time: Tensor | None = None


class FusionModule(nn.Module):
    """Attention blocks, the fusion layer, a feed-forward layer: n tokens to one vector, for G groups at once."""

    def __init__(self, groups: int, tokens: int, config: FusionConfig, fuses: bool = True) -> None:
        """``fuses`` False: the same with a plain mean in place of the fusion layer, and no attention before it."""
        super().__init__()
        shape = (groups, config.width)
        self.blocks = nn.ModuleList(
            AttentionBlock(*shape, config.heads, config.mlp_ratio, config.dropout)
            for _ in range(config.depth if fuses else 0)
        )
        self.norm = GroupedLayerNorm(*shape)
        layer = ORDERS[config.order] if fuses else MeanLayer
        self.fuse = layer(groups, tokens, config.width, config.heads)
        self.feed_forward = FeedForward(*shape, config.mlp_ratio, config.dropout)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """``tokens``: (B, G, n, C) to vectors (B, G, C) and weights (B, G, heads, n)."""
        for block in self.blocks:
            tokens = block(tokens)
        fused, weights = self.fuse(self.norm(tokens))
        return self.feed_forward(fused.unsqueeze(2)).squeeze(2), weights


class TransformerFusion(nn.Module):
    """Classify a stack of channels (onset, apex, displacement; or motion maps) from AU boxes and the whole face.

    With ``times`` S above 1 it classifies S stacks of one clip: each goes through the modules, and a further fusion
    module puts the S vectors together (the paper's FRL-DGT-S).
    """

    def __init__(
        self,
        config: FusionConfig,
        channels: int,
        classes: int,
        regions: int = 9,
        times: int = 1,
        embedding: Callable[[PatchConfig, int, int, int], nn.Module] = PatchEmbedding,
    ) -> None:
        """``embedding`` makes what cuts images into tokens: of its patches, kinds of images, channels, width."""
        super().__init__()
        self.config = config
        self.classes = classes
        self.times = times
        self.grid: Tensor
        self.register_buffer("grid", torch.from_numpy(grid_boxes()), persistent=False)
        self.embed_region = embedding(config.region, regions, channels, config.width)
        self.local_fusion = FusionModule(regions, config.region.tokens, config, config.local_fusion)
        self.region_position = nn.Parameter(torch.randn(1, regions, config.width) * 0.02)
        self.global_fusion = FusionModule(1, regions, config, config.global_fusion)
        width = config.width
        if config.full_face:
            self.embed_face = embedding(config.face, 1, channels, width)
            self.full_fusion = FusionModule(1, config.face.tokens, config)
            width *= 2
        if times > 1:
            self.time_position = nn.Parameter(torch.randn(1, times, width) * 0.02)
            self.time_fusion = FusionModule(1, times, replace(config, width=width))
        self.head = nn.Sequential(nn.LayerNorm(width), Dropout(config.dropout), nn.Linear(width, classes))

    def forward(self, images: Tensor, boxes: Tensor) -> FusionOutput:
        """Classify.

        Args:
            images: float, (B, M, H, W), any size; of a sequence (B, S M, H, W), the channels of one pair after another.
            boxes: float, (B, K, 4), fractions of the image.
        """
        batch = len(images)
        if self.config.regions == "grid":
            boxes = self.grid.expand(batch, -1, -1)
        if self.times > 1:
            images = images.reshape(batch * self.times, -1, *images.shape[2:])
            boxes = boxes.repeat_interleave(self.times, dim=0)
        images = self.reduced(images)
        regions = crop_regions(images, boxes, self.config.region.image)  # B x K x M x s x s
        local, weights_local = self.local_fusion(self.embed_region(regions))  # B x K x C
        across, weights_global = self.global_fusion((local + self.region_position).unsqueeze(1))  # B x 1 x C
        embedding, weights_full = across.squeeze(1), None
        if self.config.full_face:
            face = resized(images, self.config.face.image).unsqueeze(1)
            full, weights_full = self.full_fusion(self.embed_face(face))  # B x 1 x C
            embedding, weights_full = torch.cat([across, full], dim=-1).squeeze(1), weights_full[:, 0]
        weights_global, weights_time = weights_global[:, 0], None
        if self.times > 1:
            in_time = embedding.view(batch, 1, self.times, -1) + self.time_position
            fused, weights_time = self.time_fusion(in_time)
            embedding, weights_time = fused[:, 0], weights_time[:, 0]
            weights_local, weights_global = self._mean_in_time(weights_local), self._mean_in_time(weights_global)
            weights_full = None if weights_full is None else self._mean_in_time(weights_full)
        return FusionOutput(self.head(embedding), embedding, weights_local, weights_global, weights_full, weights_time)

    def reduced(self, images: Tensor) -> Tensor:
        """The images at the side that everything is cut from."""
        return resized(images, self.config.image) if self.config.image else images

    def _mean_in_time(self, weights: Tensor) -> Tensor:
        return weights.unflatten(0, (-1, self.times)).mean(1)
