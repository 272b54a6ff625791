"""A complex steerable pyramid: an image as local waves, whose phase moves with the image.

Simoncelli and Freeman, "The steerable pyramid", ICIP 1995; one-sided orientation filters make its bands complex, as in
Wadhwa et al., "Phase-based video motion processing", SIGGRAPH 2013.

Conventions
-----------
Filters are products of a radial and an angular part in the frequency domain; an octave a level, K orientations. Their
squared magnitudes sum to 1 (a tight frame), so `rebuild` with the same filters undoes `split` exactly. A level is
kept at the smallest size that holds its frequencies. Frequencies at and beyond half a cycle per pixel, and those below
the last level, are residuals. Images are taken as periodic: extend them first (`mer.motion.phase`).
"""

from dataclasses import dataclass
from functools import lru_cache
from math import factorial, pi, sqrt

import torch
from torch import Tensor

from mer.core.errors import InputError


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of one image size.

    Attributes:
        residual: float32, (H, W): squared gain of all that is in no level (highest and lowest frequencies).
        levels: float32, (K, h, w) each, from fine to coarse: gain of a band on its own, smaller grid of frequencies.
    """

    residual: Tensor
    levels: tuple[Tensor, ...]


@lru_cache(maxsize=16)
def steerable_filters(
    height: int, width: int, levels: int, orientations: int, device: torch.device | str = "cpu"
) -> Filters:
    """Filters for images of ``height`` x ``width`` pixels, kept for the next call.

    Raises:
        InputError: fewer than 1 level or 2 orientations, or a side that is no multiple of 2 ** levels.
    """
    step = 2**levels
    if levels < 1 or orientations < 2 or height % step or width % step:
        raise InputError(
            f"A pyramid has levels (found {levels}), two or more orientations (found {orientations}), and sides that "
            f"are multiples of 2 ** levels (found {height} x {width})."
        )
    y, x = torch.fft.fftfreq(height, dtype=torch.float64)[:, None], torch.fft.fftfreq(width, dtype=torch.float64)
    octave = torch.log2(torch.hypot(2 * y, 2 * x).clamp_min(1e-12))  # 0 at half a cycle per pixel
    angle = torch.atan2(y, x.expand(height, width))

    def low_pass(level: int) -> Tensor:
        return torch.sin(pi / 2 * (-octave - level).clamp(0, 1))  # 1 one octave below its edge, 0 above

    gain = 2 ** (orientations - 1) * factorial(orientations - 1)
    gain = gain / sqrt(orientations * factorial(2 * (orientations - 1)))
    turns = torch.arange(orientations, dtype=torch.float64)[:, None, None] * pi / orientations
    angular = gain * torch.cos(angle - turns).clamp_min(0) ** (orientations - 1)  # one half of the plane
    made = []
    for level in range(levels):
        radial = low_pass(level) * (1 - low_pass(level + 1) ** 2).clamp_min(0).sqrt()
        made.append(_crop(radial * angular, height >> level, width >> level).float().to(device))
    residual = 1 - low_pass(0) ** 2 + low_pass(levels) ** 2
    return Filters(residual.float().to(device), tuple(made))


def split(image: Tensor, filters: Filters) -> list[Tensor]:
    """The bands of an image.

    Args:
        image: float32, shape (..., H, W).

    Returns:
        complex64, shape (..., K, h, w) for each level, from fine to coarse.
    """
    spectrum = torch.fft.fft2(image)[..., None, :, :]
    bands = []
    for gains in filters.levels:
        height, width = gains.shape[-2:]
        scale = height * width / (image.shape[-2] * image.shape[-1])  # amplitudes in the unit of the image
        bands.append(torch.fft.ifft2(_crop(spectrum, height, width) * (gains * scale)))
    return bands


def rebuild(bands: list[Tensor], image: Tensor, filters: Filters) -> Tensor:
    """The image whose bands are given, and whose residuals are those of ``image``.

    Args:
        bands: as `split` returns them, changed or not.
        image: float32, shape (..., H, W).

    Returns:
        float32, shape (..., H, W).
    """
    height, width = image.shape[-2:]
    spectrum = torch.fft.fft2(image) * filters.residual
    for band, gains in zip(bands, filters.levels, strict=True):
        scale = height * width / (gains.shape[-2] * gains.shape[-1])
        # a one-sided filter holds one half of the plane; the other half is its mirror, hence twice the real part
        _add(spectrum, (torch.fft.fft2(band) * (2 * scale * gains)).sum(dim=-3))
    return torch.fft.ifft2(spectrum).real


def _crop(spectrum: Tensor, height: int, width: int) -> Tensor:
    """The lowest frequencies of a spectrum in the order of `torch.fft.fft2`: (..., height, width), both even."""
    top, left = height // 2, width // 2
    rows = torch.cat([spectrum[..., :top, :], spectrum[..., -top:, :]], dim=-2)
    return torch.cat([rows[..., :left], rows[..., -left:]], dim=-1)


def _add(spectrum: Tensor, part: Tensor) -> None:
    """Add a cropped spectrum in its place."""
    top, left = part.shape[-2] // 2, part.shape[-1] // 2
    for rows, own_rows in ((slice(None, top), slice(None, top)), (slice(-top, None), slice(top, None))):
        for columns, own_columns in ((slice(None, left), slice(None, left)), (slice(-left, None), slice(left, None))):
            spectrum[..., rows, columns] += part[..., own_rows, own_columns]
