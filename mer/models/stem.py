"""A convolutional stem before the tokens, for small data."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import interpolate


@dataclass(frozen=True)
class StemConfig:
    """Convolutions over the whole face, from whose features the AU boxes are then cut.

    Deviation: the paper maps patches of pixels linearly. Hundreds of clips do not teach a linear map what a convolution
    knows at once; and one pass over the face costs less than one over each of nine overlapping boxes.

    Attributes:
        width: channels.
        stride: of the first convolution.
        layers: convolutions, 3x3 each.
        dropout: whole channels dropped in training.
    """

    width: int = 24
    stride: int = 2
    layers: int = 2
    dropout: float = 0.0


class ConvolutionStem(nn.Module):
    """3x3 convolutions with group normalisation and GELU."""

    def __init__(self, config: StemConfig, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for layer in range(config.layers):
            inputs, stride = (channels, config.stride) if layer == 0 else (config.width, 1)
            layers += [
                nn.Conv2d(inputs, config.width, 3, stride, 1, bias=False),
                nn.GroupNorm(1, config.width),
                nn.GELU(),
            ]
        self.layers = nn.Sequential(*layers, nn.Dropout2d(config.dropout))

    def forward(self, images: Tensor) -> Tensor:
        """``images``: (B, M, H, W) to features (B, width, H / stride, W / stride)."""
        return self.layers(images)


def resized(images: Tensor, side: int) -> Tensor:
    """Square images of another side; a reduced one is averaged, so that fine noise does not become coarse noise."""
    if images.shape[-2:] == (side, side):
        return images
    if images.shape[-1] % side == 0 and images.shape[-1] == images.shape[-2]:
        return nn.functional.avg_pool2d(images, images.shape[-1] // side)
    return interpolate(images, (side, side), mode="bilinear", align_corners=False, antialias=images.shape[-1] > side)
