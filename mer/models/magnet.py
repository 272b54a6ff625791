"""MagNet: a network that takes a frame apart into texture and shape, and magnifies the change of shape.

Oh, Jaroensri, Kim, Elgharib, Durand, Freeman, Matusik, "Learning-based video motion magnification", ECCV 2018. The
suite has no weights for it; `mer.training.magnet_weights.load_magnet` reads those of a user.

Conventions
-----------
Frames go in and come out in [0, 1]; inside they are in [-1, 1], as the public weights expect. A factor m is the total
magnification. What the network is multiplied by is f = m - ``factor_offset``: the authors' code feeds m - 1, the two
PyTorch versions feed the number that stands beside each sample of the training set, which the authors read as m.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, relu

from mer.core.errors import InputError

_SMALLEST = 8  # pixels a side; reflecting borders need as much at a quarter of the resolution


@dataclass(frozen=True)
class MagNetConfig:
    """What differs between the versions of the network; the default is the authors' own.

    Attributes:
        bias: convolutions have a bias. Without, equal frames give a result that no factor changes.
        difference_kernel: side of the first convolution of the manipulator, g.
        texture_convolution: a convolution follows where the texture is doubled in size.
        upsample_convolution: one more convolution follows where the result is doubled in size.
        factor_offset: f = m - ``factor_offset``.

    Deviation: the authors pad the two convolutions of stride 2 and the first of the shape branch with zeros; here, as
    in both PyTorch versions, all borders are reflected.
    """

    bias: bool = False
    difference_kernel: int = 7
    texture_convolution: bool = True
    upsample_convolution: bool = False
    factor_offset: float = 1.0

    def __post_init__(self) -> None:
        """Check the kernel."""
        if self.difference_kernel not in (3, 5, 7):
            raise InputError(f"difference_kernel is {self.difference_kernel}; expected 3, 5 or 7.")


#: The versions with public weights. ``postech`` was checked by the first author of the paper.
POSTECH = MagNetConfig(bias=True, upsample_convolution=True, factor_offset=0.0)
ZHENGPENG7 = MagNetConfig(difference_kernel=3, texture_convolution=False, factor_offset=0.0)


class MagNet(nn.Module):
    """Encoder, manipulator and decoder; see the module's conventions."""

    def __init__(self, config: MagNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or MagNetConfig()
        self.encoder = _Encoder(self.config)
        self.manipulator = _Manipulator(self.config)
        self.decoder = _Decoder(self.config)

    def forward(self, onset: Tensor, apex: Tensor, factor: Tensor) -> Tensor:
        """The apex frames with their motion magnified.

        Args:
            onset, apex: float32, shape (B, 1 or 3, H, W), in [0, 1], at least 8 pixels a side. Grey frames are shown
                to the network as three equal channels, and its three are averaged.
            factor: float32, shape (B,), total magnification.

        Returns:
            float32, shape (B, C, H, W), about [0, 1], not clipped. Sides that are no multiple of 4 are extended by
            reflection at the right and below, and cut again.
        """
        height, width = apex.shape[-2:]
        if min(height, width) < _SMALLEST:
            raise InputError(f"Frames of {height} x {width} pixels are too small for MagNet; at least {_SMALLEST}.")
        grey = apex.shape[1] == 1
        onset, apex = (_prepared(image) for image in (onset, apex))
        _, shape_onset = self.encoder(onset)
        texture, shape_apex = self.encoder(apex)
        strength = (factor - self.config.factor_offset)[:, None, None, None]
        made = self.decoder(texture, self.manipulator(shape_onset, shape_apex, strength))
        made = (made[..., :height, :width] + 1) / 2
        return made.mean(dim=1, keepdim=True) if grey else made


def _prepared(image: Tensor) -> Tensor:
    below, right = (-image.shape[-2]) % 4, (-image.shape[-1]) % 4
    return pad(2 * image - 1, (0, right, 0, below), mode="reflect").expand(-1, 3, -1, -1)


def _convolution(inputs: int, outputs: int, side: int, config: MagNetConfig, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, side, stride, padding=side // 2, padding_mode="reflect", bias=config.bias)


class _Block(nn.Module):
    """x + conv(relu(conv(x))), no normalisation."""

    def __init__(self, channels: int, config: MagNetConfig) -> None:
        super().__init__()
        self.conv1 = _convolution(channels, channels, 3, config)
        self.conv2 = _convolution(channels, channels, 3, config)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(relu(self.conv1(x)))


def _blocks(count: int, channels: int, config: MagNetConfig) -> nn.Sequential:
    return nn.Sequential(*(_Block(channels, config) for _ in range(count)))


class _Encoder(nn.Module):
    """A frame (B, 3, H, W) to texture (B, 32, H/4, W/4) and shape (B, 32, H/2, W/2)."""

    def __init__(self, config: MagNetConfig) -> None:
        super().__init__()
        self.conv1 = _convolution(3, 16, 7, config)
        self.conv2 = _convolution(16, 32, 3, config, stride=2)
        self.blocks = _blocks(3, 32, config)
        self.texture_conv = _convolution(32, 32, 3, config, stride=2)
        self.texture_blocks = _blocks(2, 32, config)
        self.shape_conv = _convolution(32, 32, 3, config)
        self.shape_blocks = _blocks(2, 32, config)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        common = self.blocks(relu(self.conv2(relu(self.conv1(image)))))
        texture = self.texture_blocks(relu(self.texture_conv(common)))
        return texture, self.shape_blocks(relu(self.shape_conv(common)))


class _Manipulator(nn.Module):
    """``M_apex + h(f g(M_apex - M_onset))``, g a convolution with ReLU, h a convolution and a residual block.

    The paper's text adds to the shape of the onset frame; the authors' code to that of the apex frame, as here.
    """

    def __init__(self, config: MagNetConfig) -> None:
        super().__init__()
        self.g = _convolution(32, 32, config.difference_kernel, config)
        self.h = _convolution(32, 32, 3, config)
        self.block = _Block(32, config)

    def forward(self, onset: Tensor, apex: Tensor, strength: Tensor) -> Tensor:
        return apex + self.block(self.h(strength * relu(self.g(apex - onset))))


class _Decoder(nn.Module):
    """Texture and magnified shape to a frame (B, 3, H, W)."""

    def __init__(self, config: MagNetConfig) -> None:
        super().__init__()
        self.texture_conv = _convolution(32, 32, 3, config) if config.texture_convolution else None
        self.blocks = _blocks(9, 64, config)
        self.upsample_conv = _convolution(64, 64, 3, config) if config.upsample_convolution else None
        self.conv1 = _convolution(64, 32, 3, config)
        self.conv2 = _convolution(32, 3, 7, config)

    def forward(self, texture: Tensor, shape: Tensor) -> Tensor:
        texture = interpolate(texture, scale_factor=2, mode="nearest")
        if self.texture_conv is not None:
            texture = relu(self.texture_conv(texture))
        made = self.blocks(torch.cat([texture, shape], dim=1))
        made = interpolate(made, scale_factor=2, mode="nearest")
        if self.upsample_conv is not None:
            made = relu(self.upsample_conv(made))
        return self.conv2(relu(self.conv1(made)))
