"""The plain residual block: two convolutions of 3 x 3 beside a way straight through."""

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Convolution, batch normalisation, ReLU, convolution, batch normalisation, plus the input; ReLU.

    Source: He et al., "Deep residual learning for image recognition", CVPR 2016, figure 2, with a projection (1 x 1,
    normalised) where the size or the number of channels changes.

    Args:
        inputs, outputs: channels.
        stride: of the first convolution and of the projection.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.straight: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.straight = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride), rounded up."""
        inner = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
        if self.straight is None:
            return (inner + x).relu()
        # Not a stride of the projection itself: with few channels, oneDNN as of torch 2.13 then writes past its memory.
        return (inner + self.straight(x[:, :, :: self.stride, :: self.stride])).relu()
