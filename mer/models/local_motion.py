"""Motion in closed form: the least-squares shift of each place's neighbourhood, step by step with smaller windows.

Lucas and Kanade (IJCAI 1981), with windows from coarse to fine. It has no parameters to learn and needs no truth. The
DGM may start from it (`mer.models.dgm`), so that its network only has to learn what is left.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from mer.core.errors import InputError
from mer.models.local_contrast import as_pair
from mer.motion.blur import gaussian_blur
from mer.motion.units import pixels_to_grid
from mer.motion.warp import warp


@dataclass(frozen=True)
class LocalMotionConfig:
    """The steps before the network.

    Attributes:
        windows: deviation in pixels of the Gaussian window of each step, one step a value; empty for no step, the
            paper's reading. Deviation otherwise: the paper's module is a network alone.
        contrast: radius in pixels of the local contrast that is compared (`mer.models.local_contrast`), 0 for grey.
        blur: deviation in pixels of a Gaussian put over both frames first, against sensor noise.
        damping: added to the diagonal of the structure tensor: where there is no texture a step is short.
        shown: windows in pixels of the shifts that remain, which the network sees.
    """

    windows: tuple[float, ...] = ()
    contrast: int = 3
    blur: float = 0.7
    damping: float = 0.02
    shown: tuple[float, ...] = (4.0, 12.0)

    def __post_init__(self) -> None:
        """Check the values."""
        if any(window <= 0 for window in (*self.windows, *self.shown)):
            raise InputError(f"windows are {self.windows} and {self.shown}; expected deviations above 0 pixels.")
        if self.windows and (self.damping <= 0 or not self.shown):
            raise InputError(
                f"damping is {self.damping} and shown {self.shown}; expected more than 0 and at least one window."
            )


def shift(onset: Tensor, apex: Tensor, window: float, stride: int, damping: float) -> tuple[Tensor, Tensor]:
    """The shift d of each neighbourhood with apex(x) = onset(x + d), linearised about d = 0.

    Args:
        onset, apex: (B, 1, H, W); H and W are multiples of ``stride``.
        window: deviation of the neighbourhood in pixels.
        stride: side of a cell in pixels; one shift a cell.
        damping: see `LocalMotionConfig`.

    Returns:
        (B, 2, H / stride, W / stride), pixels, x first; and how well it is determined: logarithms of the smaller
        eigenvalue and of the trace of the structure tensor, same shape.
    """
    mean = pad((onset + apex) / 2, (1, 1, 1, 1), mode="replicate")
    x = (mean[..., 1:-1, 2:] - mean[..., 1:-1, :-2]) / 2
    y = (mean[..., 2:, 1:-1] - mean[..., :-2, 1:-1]) / 2
    time = apex - onset
    products = avg_pool2d(torch.cat([x * x, x * y, y * y, x * time, y * time], dim=1), stride)
    xx, xy, yy, xt, yt = gaussian_blur(products, window / stride).unbind(1)
    xx, yy = xx + damping, yy + damping
    determinant, half = xx * yy - xy * xy, (xx + yy) / 2
    found = torch.stack([yy * xt - xy * yt, xx * yt - xy * xt], dim=1) / determinant[:, None]
    # Limits above zero: the root has no finite gradient at zero.
    smaller = half - (half.square() - determinant).clamp(min=1e-8).sqrt()
    return found, torch.stack([smaller.clamp(min=1e-4).log(), (2 * half).log()], dim=1)


class LocalMotion:
    """The two frames of a batch of pairs, ready for steps."""

    def __init__(self, onset: Tensor, apex: Tensor, stride: int, config: LocalMotionConfig) -> None:
        """Prepare.

        Args:
            onset, apex: float32, (B, 1, H, W), values in [0, 1]; H and W are multiples of ``stride``.
            stride: side of a cell in pixels.
            config: the steps.
        """
        both = as_pair(onset, apex, config.contrast)
        self.onset, self.apex = (gaussian_blur(image, config.blur) for image in both)
        self.stride, self.config = stride, config

    def warped(self, field: Tensor) -> Tensor:
        """The onset frame warped by a field of the cells, (B, 2, h, w), pixels."""
        full = interpolate(field, scale_factor=self.stride, mode="bilinear", align_corners=False)
        return warp(self.onset, pixels_to_grid(full))

    def estimate(self) -> Tensor:
        """Displacement after all steps: (B, 2, H / stride, W / stride), pixels, backward, x first."""
        batch, _, height, width = self.onset.shape
        field = self.onset.new_zeros(batch, 2, height // self.stride, width // self.stride)
        for window in self.config.windows:
            found, _ = shift(self.warped(field), self.apex, window, self.stride, self.config.damping)
            field = field + found
        return field

    def left(self, field: Tensor) -> Tensor:
        """What the network sees: the shifts that remain after ``field``, how well each is determined, and the field.

        Returns:
            (B, `channels`, h, w).
        """
        onset = self.warped(field)
        parts = [
            part
            for window in self.config.shown
            for part in shift(onset, self.apex, window, self.stride, self.config.damping)
        ]
        return torch.cat([*parts, field], dim=1)


def channels(config: LocalMotionConfig) -> int:
    """Channels of `LocalMotion.left`."""
    return 4 * len(config.shown) + 2
