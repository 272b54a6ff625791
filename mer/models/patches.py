"""Images to tokens."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mer.core.errors import InputError
from mer.models.grouped import GroupedLinear


@dataclass(frozen=True)
class PatchConfig:
    """How a square image becomes tokens.

    Attributes:
        image: side of the image in pixels; paper: 90 for an AU region.
        patch: side of a patch in pixels, a divisor of ``image``; paper: 18.
    """

    image: int = 90
    patch: int = 18

    def __post_init__(self) -> None:
        if self.image % self.patch:
            raise InputError(f"patch is {self.patch}, expected a divisor of image, which is {self.image}.")

    @property
    def tokens(self) -> int:
        """Patches an image, row by row."""
        return (self.image // self.patch) ** 2


class PatchEmbedding(nn.Module):
    """Tokens of several kinds of images: each flattened patch mapped linearly, plus a position vector a kind and patch.

    Unstated: the paper names the patches and C, neither position vectors nor their initialisation.
    """

    def __init__(self, config: PatchConfig, kinds: int, channels: int, width: int) -> None:
        """One map for each of ``kinds`` kinds of images (the nine boxes, or the whole face)."""
        super().__init__()
        self.config = config
        self.embed = GroupedLinear(kinds, channels * config.patch**2, width)
        self.position = nn.Parameter(torch.randn(kinds, config.tokens, width) * 0.02)

    def forward(self, images: Tensor) -> Tensor:
        """``images``: (B, G, M, S, S) to tokens (B, G, n, C)."""
        return self.embed(cut_patches(images, self.config.patch)) + self.position


def cut_patches(images: Tensor, patch: int) -> Tensor:
    """Square images (B, G, M, S, S) as flattened patches, row by row: (B, G, n, M patch patch)."""
    batch, kinds, channels, side, _ = images.shape
    across = side // patch
    tiles = images.view(batch, kinds, channels, across, patch, across, patch)
    return tiles.permute(0, 1, 3, 5, 2, 4, 6).reshape(batch, kinds, across * across, -1)
