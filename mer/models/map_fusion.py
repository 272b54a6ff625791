"""Parts that the Transformer Fusion may be given on small motion maps, where a few hundred clips are all there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from mer.core.limits import check_limits
from mer.models.dropout import Dropout
from mer.models.fusion import FusionConfig, FusionOutput, TransformerFusion
from mer.models.grouped import GroupedLinear
from mer.models.patches import PatchConfig, PatchEmbedding, cut_patches


@dataclass(frozen=True)
class MapParts:
    """What is added to the paper's Transformer Fusion.

    Attributes:
        stem: channels of two 3 x 3 convolutions that the whole map goes through before anything is cut from it; 0 for
            none. Deviation when positive: neighbours on a map belong together, which a linear map of a patch has to
            learn from few clips.
        own_patches: every patch has a linear map of its own, instead of one for all patches of a region or of the face.
            Deviation: faces are aligned, so a patch always shows the same place.
        direct: a linear map of the whole motion map, scaled to unit length, is added to the classes' scores. Deviation:
            a linear classifier alone, the ridge, tells these clips apart as well as most networks do.
    """

    stem: int = 0
    own_patches: bool = False
    direct: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        check_limits(self, {"stem": (0, None)})


class OwnPatchEmbedding(nn.Module):
    """`mer.models.patches.PatchEmbedding` with a linear map for every kind of image and every patch."""

    def __init__(self, config: PatchConfig, kinds: int, channels: int, width: int) -> None:
        super().__init__()
        self.config = config
        self.embed = GroupedLinear(kinds * config.tokens, channels * config.patch**2, width)
        self.position = nn.Parameter(torch.randn(kinds, config.tokens, width) * 0.02)

    def forward(self, images: Tensor) -> Tensor:
        """``images``: (B, G, M, S, S) to tokens (B, G, n, C)."""
        patches = cut_patches(images, self.config.patch)
        each = patches.flatten(1, 2).unsqueeze(2)  # B x (G n) x 1 x M p p
        return self.embed(each).view(*patches.shape[:3], -1) + self.position


class MapFusion(nn.Module):
    """The Transformer Fusion with the parts of a `MapParts`.

    Attributes:
        classes: number of classes.
    """

    def __init__(self, config: FusionConfig, parts: MapParts, shape: Sequence[int], classes: int) -> None:
        """``shape``: of a map, (M, H, W)."""
        super().__init__()
        self.classes = classes
        channels = shape[0]
        self.stem = _stem(channels, parts.stem) if parts.stem else nn.Identity()
        embedding = OwnPatchEmbedding if parts.own_patches else PatchEmbedding
        self.fusion = TransformerFusion(config, parts.stem or channels, classes, embedding=embedding)
        self.direct = _Direct(prod(shape), classes, config.dropout) if parts.direct else None

    def forward(self, images: Tensor, boxes: Tensor) -> FusionOutput:
        """Classify maps (B, M, H, W) with AU boxes (B, 9, 4), as `TransformerFusion` does."""
        out = self.fusion(self.stem(images), boxes)
        if self.direct is not None:
            out.logits = out.logits + self.direct(images)
        return out


def map_model(
    config: FusionConfig, parts: MapParts, shape: Sequence[int], classes: int
) -> TransformerFusion | MapFusion:
    """The model of motion maps of a shape (M, H, W); without any part the Transformer Fusion itself."""
    if parts == MapParts():
        return TransformerFusion(config, shape[0], classes)
    return MapFusion(config, parts, shape, classes)


class _Direct(nn.Module):
    """The linear map of the whole motion map, at first zero."""

    #: Length that a map is scaled to: each value is then about as large as those that the fusion sees.
    LENGTH = 8.0

    def __init__(self, inputs: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.drop = Dropout(dropout)
        self.linear = nn.Linear(inputs, classes)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, images: Tensor) -> Tensor:
        flat = images.flatten(1)
        return self.linear(self.drop(nn.functional.normalize(flat, dim=1) * self.LENGTH))


def _stem(channels: int, width: int) -> nn.Sequential:
    """The normalisation takes away any bias; a bias left in would be moved by nothing but rounding."""

    def layer(inputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.GELU()]

    return nn.Sequential(*layer(channels), *layer(width))
