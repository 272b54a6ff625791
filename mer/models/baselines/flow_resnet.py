"""A small residual network on the flow from onset to apex: what plain depth makes of the same input.

Recent work reports a residual network on such flow as its own starting point (ResNet-18); on maps of 28 x 28 pixels
the layers here are those that He et al., CVPR 2016, section 4.2, made for small images, with one block a stage.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.residual import ResidualBlock


@dataclass(frozen=True)
class FlowResNetConfig:
    """Sizes of the residual network. Unstated: no paper fixes this baseline.

    Attributes:
        size: pixels a side of the input.
        widths: channels of each stage; each but the first halves the size.
        blocks: residual blocks a stage.
    """

    size: int = 28
    widths: tuple[int, ...] = (16, 32, 64)
    blocks: int = 1

    def __post_init__(self) -> None:
        """Refuse a network without a stage."""
        check_limits(self, {"size": (4, None), "blocks": (1, None)})
        if not self.widths or min(self.widths) < 1:
            raise InputError(f"widths of FlowResNetConfig are {self.widths}; expected at least one number above 0.")


class FlowResNet(BaselineNetwork):
    """Convolution of 3 x 3, stages of residual blocks, mean over all places, linear layer.

    Args:
        config: the sizes.
        classes: number of classes.
        channels: of the input.
    """

    def __init__(self, config: FlowResNetConfig, classes: int = 3, channels: int = 3) -> None:
        super().__init__()
        width = config.widths[0]
        self.first = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.stages = nn.Sequential()
        for number, wider in enumerate(config.widths):
            for block in range(config.blocks):
                self.stages.append(ResidualBlock(width, wider, 2 if number and not block else 1))
                width = wider
        self.linear = nn.Linear(width, classes)

    def features(self, images: Tensor) -> Tensor:
        """Mean over all places of the last stage: (B, 64)."""
        return self.stages(self.first(images)).mean(dim=(2, 3))

    def classify(self, features: Tensor) -> Tensor:
        """Scores (B, classes)."""
        return self.linear(features)
