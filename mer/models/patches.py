"""Images to tokens."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from mer.models.grouped import GroupedLinear


@dataclass(frozen=True)
class PatchConfig:
    """How a square image becomes tokens.

    Attributes:
        image: side of the image in pixels.
        patch: side of a patch in pixels; it divides ``image``.
        stem: ``linear``, the paper's one linear map of a flattened patch, or ``convolution``, three 3x3 convolutions
            before it.
            Deviation: the convolutional stem is ours. Hundreds of clips do not teach a linear map of pixels what a
            convolution knows at once.
        stem_width: channels of the convolutional stem.
    """

    image: int = 90
    patch: int = 18
    stem: Literal["linear", "convolution"] = "linear"
    stem_width: int = 16

    def __post_init__(self) -> None:
        if self.image % self.patch:
            raise ValueError(f"patch {self.patch} does not divide image {self.image}")

    @property
    def tokens(self) -> int:
        """Patches an image, row by row."""
        return (self.image // self.patch) ** 2


class PatchEmbedding(nn.Module):
    """Tokens of G kinds of images, each kind with its own position vectors (and, for ``groups > 1``, its own map)."""

    def __init__(self, config: PatchConfig, groups: int, kinds: int, channels: int, width: int) -> None:
        """``groups`` separate maps (1: shared) for ``kinds`` kinds of images (the nine boxes, or the whole face)."""
        super().__init__()
        self.config = config
        self.stem: nn.Module = nn.Identity()
        if config.stem == "convolution":
            hidden = config.stem_width
            self.stem = nn.Sequential(
                nn.Conv2d(channels, hidden, 3, padding=1),
                nn.GroupNorm(1, hidden),
                nn.GELU(),
                nn.Conv2d(hidden, hidden, 3, padding=1),
                nn.GroupNorm(1, hidden),
                nn.GELU(),
                nn.AvgPool2d(2, ceil_mode=True) if config.patch % 2 == 0 else nn.Identity(),
                nn.Conv2d(hidden, hidden, 3, padding=1),
                nn.GELU(),
            )
            channels = hidden
        self.patch = config.patch // 2 if config.stem == "convolution" and config.patch % 2 == 0 else config.patch
        self.embed = GroupedLinear(groups, channels * self.patch**2, width)
        self.position = nn.Parameter(torch.randn(kinds, config.tokens, width) * 0.02)

    def forward(self, images: Tensor) -> Tensor:
        """``images``: (B, G, M, S, S) to tokens (B, G, n, C)."""
        batch, kinds = images.shape[:2]
        features = self.stem(images.flatten(0, 1))
        patches = nn.functional.unfold(features, self.patch, stride=self.patch)  # (B G) x (M p p) x n
        tokens = self.embed(patches.transpose(1, 2).reshape(batch, kinds, self.config.tokens, -1))
        return tokens + self.position
