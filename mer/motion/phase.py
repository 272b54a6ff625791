"""Motion magnification by phase: local waves are moved on by a multiple of the distance they have moved.

Wadhwa, Rubinstein, Durand, Freeman, "Phase-based video motion processing", SIGGRAPH 2013, for two frames: the change
of phase from onset to apex in each band of a complex steerable pyramid is smoothed and multiplied.
"""

from math import ceil, log2

import torch
from torch import Tensor
from torch.nn.functional import pad

from mer.core.errors import InputError
from mer.motion.blur import gaussian_blur
from mer.motion.steerable import rebuild, split, steerable_filters

_SMALLEST = 16  # pixels a side


def magnify_phase(onset: Tensor, apex: Tensor, factor: Tensor, sigma: float = 2.0, orientations: int = 4) -> Tensor:
    """The apex frame with its motion since the onset frame multiplied.

    ``S = S_apex exp(i (m - 1) dphi)`` in each band, dphi between -pi and pi. All channels share one change of phase, so
    that colours stay together. The residuals of the pyramid (finer than about two pixels a wave, coarser than about a
    quarter of the image) are those of the apex frame: light that changes slowly is not magnified.

    A band can be moved by about a quarter of its wave; fine texture falls apart beyond that, which for a total factor
    m and a motion of d pixels begins near (m - 1) d = 1.

    Args:
        onset, apex: float32, shape (B, C, H, W), H and W at least 16.
        factor: float32, shape (B,): total magnification m; 1 gives the apex frame back.
        sigma: deviation of the Gaussian that smooths dphi, in samples of each level. It weighs by amplitude and
            averages directions, so that a change that jumps from pi to -pi does no harm.
        orientations: of the pyramid.

    Returns:
        float32, shape (B, C, H, W); not clipped.
    """
    if min(apex.shape[-2:]) < _SMALLEST:
        raise InputError(f"Frames of {tuple(apex.shape[-2:])} pixels are too small; at least {_SMALLEST} a side.")
    levels = int(log2(min(apex.shape[-2:]) / 4))
    top, bottom = _margins(apex.shape[-2], 2**levels)
    left, right = _margins(apex.shape[-1], 2**levels)
    onset, apex = (pad(image, (left, right, top, bottom), mode="reflect") for image in (onset, apex))
    filters = steerable_filters(*apex.shape[-2:], levels, orientations, apex.device)
    rest = (factor - 1)[:, None, None, None, None]
    moved = []
    for before, after in zip(split(onset, filters), split(apex, filters), strict=True):
        change = (after * before.conj()).sum(dim=1)  # B C K h w -> B K h w
        change = change / change.abs().clamp_min(1e-12).sqrt()
        parts = torch.view_as_real(change).permute(0, 1, 4, 2, 3).flatten(1, 2)  # B 2K h w
        real, imaginary = gaussian_blur(parts, sigma).unflatten(1, (-1, 2)).unbind(2)
        turn = torch.atan2(imaginary, real)[:, None] * rest
        moved.append(after * torch.polar(torch.ones_like(turn), turn))
    made = rebuild(moved, apex, filters)
    return made[..., top : made.shape[-2] - bottom, left : made.shape[-1] - right]


def _margins(side: int, step: int) -> tuple[int, int]:
    """Pixels before and after: an eighth of the side each, more where the whole must be a multiple of ``step``."""
    whole = ceil((side + 2 * (side // 8)) / step) * step
    return (whole - side) // 2, (whole - side + 1) // 2
