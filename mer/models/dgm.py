"""Displacement generation module (DGM): an onset-apex pair to a displacement field (paper, section 3.1)."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from mer.core.errors import InputError
from mer.models.local_contrast import as_pair
from mer.models.local_motion import LocalMotion, LocalMotionConfig, channels

#: Keeps a field of zeros at zero when it is divided by its largest value.
TINY = 1e-6


@dataclass(frozen=True)
class DGMConfig:
    """Shape and reading of the DGM.

    Attributes:
        alpha: scale of the displacement; paper: 0.2, so that |D| <= 0.2 of the grid's half width.
        widths: channels of the encoder's levels, each at half the resolution of the one before; the decoder mirrors
            them. Unstated: the paper gives no layer list.
        convolutions: a level of the encoder; the first of them halves the resolution. Unstated.
        stride: resolution of the first level and of the generated field, 1 for full resolution, 2 for half of it, 4 for
            a quarter; every pixel of the frames is seen all the same, as a channel. The field is brought back to full
            resolution bilinearly. Unstated: the paper gives no layer list. Encoder-decoders of this kind (FAb-Net,
            TCAE) halve the resolution in their first layer, and so do we: the motion of skin is smooth, and at full
            resolution the first level alone would take three quarters of all operations of the model.
        skips: how the decoder takes in what the encoder kept of a resolution: ``concatenated`` beside its own channels,
            or ``added`` to them, after a 1x1 convolution has brought those to the same number, which takes half the
            operations of the whole module. Unstated.
        difference: also show the network the difference of the two frames (ten times that of grey levels), which makes
            sub-pixel motion large enough to be seen at once. Deviation when True.
        contrast: radius in pixels of the local contrast that the network sees instead of grey levels
            (`mer.models.local_contrast`); 0 for grey levels. Deviation when positive.
        batch_norm: batch normalisation as in the paper, else group normalisation (Deviation), which does not mix pairs.
        zero_start: last layer starts at zero, so that training starts from "no motion". Unstated.
        full_range: each field is divided by its own largest value before it warps, so that every pair moves by up to
            alpha. A reading of the paper's "normalise before output" that contradicts its reconstruction.
        start: steps in closed form before the network (`mer.models.local_motion`), which then sees what they leave
            and generates the rest; their sum is cut at +-1 instead of passed through tanh, which would bend what the
            steps have measured. Deviation when it has windows.
    """

    alpha: float = 0.2
    widths: tuple[int, ...] = (32, 64, 128, 256)
    convolutions: Literal[1, 2] = 2
    stride: Literal[1, 2, 4] = 2
    skips: Literal["concatenated", "added"] = "concatenated"
    difference: bool = False
    contrast: int = 0
    batch_norm: bool = True
    zero_start: bool = True
    full_range: bool = False
    start: LocalMotionConfig = field(default_factory=LocalMotionConfig)

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.start.windows and (self.difference or self.contrast):
            raise InputError(
                f"start.windows are {self.start.windows}, difference {self.difference} and contrast {self.contrast}: "
                "after steps in closed form the network sees no frames. Set difference to false and contrast to 0."
            )


class ConvolutionBlock(nn.Sequential):
    """3x3 convolution, normalisation, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, batch_norm: bool, stride: int = 1) -> None:
        norm = nn.BatchNorm2d(outputs) if batch_norm else nn.GroupNorm(min(8, outputs // 4), outputs)
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), norm, nn.LeakyReLU(0.2, inplace=True))


class DGM(nn.Module):
    """Encoder-decoder with skip connections that generates the displacement from onset to apex."""

    def __init__(self, config: DGMConfig) -> None:
        super().__init__()
        self.config = config
        widths, batch_norm = config.widths, config.batch_norm
        # Each further factor of two in resolution is taken by the stem, whose input keeps every pixel as a channel.
        self.unshuffle = nn.PixelUnshuffle(config.stride)
        inputs = channels(config.start) if config.start.windows else (2 + config.difference) * config.stride**2
        self.stem = ConvolutionBlock(inputs, widths[0], batch_norm)
        self.down = nn.ModuleList(
            nn.Sequential(
                ConvolutionBlock(a, b, batch_norm, stride=2),
                *(ConvolutionBlock(b, b, batch_norm) for _ in range(config.convolutions - 1)),
            )
            for a, b in pairwise(widths)
        )
        steps = list(zip(widths[:0:-1], widths[-2::-1], strict=True))  # from the coarsest level upwards
        added = config.skips == "added"
        self.narrow = nn.ModuleList(nn.Conv2d(a, b, 1, bias=False) for a, b in steps if added)
        self.up = nn.ModuleList(ConvolutionBlock(b if added else a + b, b, batch_norm) for a, b in steps)
        self.last = nn.Conv2d(widths[0], 2, 3, padding=1)
        if config.zero_start:
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, onset: Tensor, apex: Tensor) -> Tensor:
        """The raw displacement D^ = tanh(R), before alpha.

        Args:
            onset, apex: float, (B, 1, H, W) or (B, 3, H, W), values in [0, 1]; colour is averaged.

        Returns:
            (B, 2, H, W), values in [-1, 1], x first. The field that warps is ``alpha`` times it.
        """
        if onset.shape != apex.shape or onset.ndim != 4:
            raise ValueError(f"onset {tuple(onset.shape)} and apex {tuple(apex.shape)} must both be (B, C, H, W)")
        onset, apex = onset.mean(1, keepdim=True), apex.mean(1, keepdim=True)
        height, width = onset.shape[-2:]
        onset, apex = (pad_to_multiple(image, self.config.stride) for image in (onset, apex))
        raw = (
            self._from_start(onset, apex)
            if self.config.start.windows
            else torch.tanh(self._body(self._seen(onset, apex)))
        )
        raw = self._full(raw)[..., :height, :width]
        if self.config.full_range:
            raw = raw / (raw.abs().amax((1, 2, 3), keepdim=True) + TINY)
        return raw

    def _seen(self, onset: Tensor, apex: Tensor) -> Tensor:
        """The network's input without a start in closed form: frames and their difference, every pixel a channel."""
        if self.config.contrast:
            onset, apex = as_pair(onset, apex, self.config.contrast)
            parts = [onset, apex] + ([apex - onset] if self.config.difference else [])
        else:
            parts = [onset - 0.5, apex - 0.5] + ([10 * (apex - onset)] if self.config.difference else [])
        return self.unshuffle(torch.cat(parts, dim=1))

    def _from_start(self, onset: Tensor, apex: Tensor) -> Tensor:
        """D^ on the grid of cells from a start in closed form; only the network may run in half precision."""
        with torch.autocast(onset.device.type, enabled=False):
            motion = LocalMotion(onset.float(), apex.float(), self.config.stride, self.config.start)
            field = motion.estimate()
            seen = motion.left(field)
        field = field + self._body(seen).float()  # pixels
        height, width = onset.shape[-2:]
        grid = torch.stack([field[:, 0] * (2 / (width - 1)), field[:, 1] * (2 / (height - 1))], dim=1)
        return (grid / self.config.alpha).clamp(-1, 1)

    def _body(self, x: Tensor) -> Tensor:
        """The encoder-decoder: (B, inputs, h, w) to (B, 2, h, w)."""
        x = self.stem(x)
        skips = []
        for down in self.down:
            skips.append(x)
            x = down(x)
        for level, up in enumerate(self.up):
            skip = skips.pop()
            if self.narrow:  # before it is enlarged: both are linear and change places, and it is smaller here
                x = self.narrow[level](x)
            x = interpolate(x, skip.shape[-2:], mode="bilinear", align_corners=False)
            x = up(x + skip if self.narrow else torch.cat([x, skip], dim=1))
        return self.last(x)

    def _full(self, raw: Tensor) -> Tensor:
        """A field of cells at full resolution."""
        if self.config.stride == 1:
            return raw
        # Two channels that lie channels last (the inference form's) would take four times as long.
        raw = raw.contiguous()
        return interpolate(raw, scale_factor=self.config.stride, mode="bilinear", align_corners=False)

    def displacement(self, raw: Tensor) -> Tensor:
        """The field that warps the onset, alpha * D^, in normalised grid units."""
        return self.config.alpha * raw


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
    """Repeat the right and lower border until both sides are multiples of ``multiple``."""
    height, width = image.shape[-2:]
    right, below = -width % multiple, -height % multiple
    return nn.functional.pad(image, (0, right, 0, below), mode="replicate") if right or below else image
