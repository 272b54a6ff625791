"""CapsuleNet: capsules with dynamic routing on top of half a residual network, from the apex frame alone.

Source: Van Quang, Chun and Tokuyama, "CapsuleNet for micro-expression recognition", FG 2019, with the code of
github.com/davidnvq/me_recognition (``capsule``). Routing and margin loss are those of Sabour et al., NeurIPS 2017.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.residual import ResidualBlock

#: What it is called wherever it is shown: the published one starts from weights for objects, then for expressions.
TITLE = "CapsuleNet architecture, random initialisation"
#: Lengths that the margin loss asks of the true class (at least) and of the others (at most), and what those weigh.
LONG, SHORT, OTHERS = 0.99, 0.01, 0.5


@dataclass(frozen=True)
class CapsuleConfig:
    """Sizes of a CapsuleNet.

    Deviation: all weights start at random and all are trained. The authors start from ResNet-18 as trained on ImageNet
    and on a set of posed expressions, whose weights cannot be had here, so the published scores are not to be expected.

    Attributes:
        size: pixels a side of the apex frame; 224 in the paper.
        widths: channels of the residual network's first convolution and its three stages: ResNet-18 without its
            max-pooling and its fourth stage.
        hidden: channels of the convolution before the capsules.
        kernel: side of that convolution and of the one that makes the capsules.
        capsules: primary capsules a place.
        values: of a primary capsule.
        class_values: of the capsule of a class.
        routings: passes of the routing.
    """

    size: int = 224
    widths: tuple[int, int, int] = (64, 128, 256)
    hidden: int = 256
    kernel: int = 9
    capsules: int = 32
    values: int = 8
    class_values: int = 16
    routings: int = 3

    def __post_init__(self) -> None:
        """Refuse an image of which no place is left."""
        check_limits(self, {"routings": (1, None), "kernel": (1, None)})
        if self.side < 1:
            raise InputError(
                f"A face of {self.size} pixels is too small for two convolutions of {self.kernel} x {self.kernel} "
                f"at an eighth of its size; give at least {8 * (2 * self.kernel - 1)} pixels."
            )

    @property
    def side(self) -> int:
        """Side of the primary capsules' grid: 224 -> 112 -> 112 -> 56 -> 28 -> 20 -> 6."""
        return (-(-self.size // 8) - 2 * (self.kernel - 1) - 1) // 2 + 1


class CapsuleNet(BaselineNetwork):
    """Residual network, convolution, primary capsules, one capsule a class; a class's score is its capsule's length.

    Args:
        config: the sizes.
        classes: number of classes.
        channels: of the input.
    """

    def __init__(self, config: CapsuleConfig, classes: int = 3, channels: int = 3) -> None:
        super().__init__()
        one, two, three = config.widths
        self.values, self.routings, self.class_values = config.values, config.routings, config.class_values
        self.first = nn.Sequential(
            nn.Conv2d(channels, one, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(one), nn.ReLU()
        )
        pairs = ((one, one, 1), (one, one, 1), (one, two, 2), (two, two, 1), (two, three, 2), (three, three, 1))
        self.stages = nn.Sequential(*(ResidualBlock(*pair) for pair in pairs))
        self.conv = nn.Conv2d(three, config.hidden, config.kernel)
        self.primary = nn.Conv2d(config.hidden, config.capsules * config.values, config.kernel, stride=2)
        count = config.capsules * config.side**2
        self.weight = nn.Parameter(0.01 * torch.randn(classes, count, config.class_values, config.values))

    def features(self, images: Tensor) -> Tensor:
        """The capsules of all classes one after the other: (B, classes * class_values)."""
        seen = self.primary(self.conv(self.stages(self.first(images))).relu())
        low = squash(seen.permute(0, 2, 3, 1).reshape(len(images), -1, self.values))  # B x capsules x values
        says = torch.einsum("knuv,bnv->bknu", self.weight, low)  # what each capsule says of each class
        return route(says, self.routings)[0].flatten(1)

    def classify(self, features: Tensor) -> Tensor:
        """Lengths of the class capsules: (B, classes), 0 to below 1."""
        return features.unflatten(1, (-1, self.class_values)).norm(dim=2)

    def losses(self, scores: Tensor, labels: Tensor) -> Tensor:
        """Margin loss of each sample, see `margin_losses`."""
        return margin_losses(scores, labels)

    def probabilities(self, scores: Tensor) -> Tensor:
        """Shares of the lengths; lengths themselves do not sum to 1."""
        return scores / scores.sum(dim=1, keepdim=True).clamp_min(1e-12)


def squash(vectors: Tensor) -> Tensor:
    """Vectors (..., D) shortened to lengths below 1: length n becomes n^2 / (1 + n^2); a zero vector stays."""
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors * (length / (1 + length**2))


def route(says: Tensor, routings: int) -> tuple[Tensor, Tensor]:
    """Routing by agreement.

    Args:
        says: (B, K, N, D), what each of N capsules says of each of K classes.
        routings: passes; only the last one carries a gradient.

    Returns:
        The class capsules (B, K, D), and how each capsule shared itself out: (B, K, N), 1 over the K classes.
    """
    fixed, agreement = says.detach(), says.new_zeros(says.shape[:3])
    for _ in range(routings - 1):
        capsules = squash(torch.einsum("bkn,bknd->bkd", agreement.softmax(dim=1), fixed))
        agreement = agreement + torch.einsum("bkd,bknd->bkn", capsules, fixed)
    shares = agreement.softmax(dim=1)
    return squash(torch.einsum("bkn,bknd->bkd", shares, says)), shares


def margin_losses(lengths: Tensor, labels: Tensor) -> Tensor:
    """``max(0, 0.99 - |v|)^2`` for the true class plus ``0.5 max(0, |v| - 0.01)^2`` for each other one.

    Args:
        lengths: (B, K).
        labels: int64 (B,).

    Returns:
        (B,).
    """
    true = one_hot(labels, lengths.shape[1]).to(lengths.dtype)
    missing, surplus = (LONG - lengths).clamp_min(0) ** 2, (lengths - SHORT).clamp_min(0) ** 2
    return (true * missing + OTHERS * (1 - true) * surplus).sum(dim=1)
