import math

import pytest
import torch

from mer.core.errors import InputError
from mer.motion.steerable import rebuild, split, steerable_filters


def image(height: int = 64, width: int = 96) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("levels", "orientations"), [(1, 2), (3, 3), (4, 4), (5, 8)])
def test_rebuilding_undoes_splitting(levels: int, orientations: int) -> None:
    filters = steerable_filters(64, 96, levels, orientations)
    bands = split(image(), filters)
    assert [tuple(band.shape) for band in bands] == [
        (2, 3, orientations, 64 >> level, 96 >> level) for level in range(levels)
    ]
    torch.testing.assert_close(rebuild(bands, image(), filters), image(), atol=2e-6, rtol=0)


def test_the_bands_hold_the_middle_frequencies() -> None:
    """Nothing of a wave of 8 pixels is in the residual: without bands it is gone."""
    filters = steerable_filters(64, 64, 4, 4)
    wave = torch.cos(2 * math.pi * torch.arange(64) / 8).expand(1, 64, 64)
    nothing = [torch.zeros_like(band) for band in split(wave, filters)]
    assert rebuild(nothing, wave, filters).abs().max() < 1e-5
    torch.testing.assert_close(rebuild(split(wave, filters), wave, filters), wave, atol=1e-5, rtol=0)


def test_a_constant_is_in_no_band() -> None:
    filters = steerable_filters(32, 32, 2, 4)
    for band in split(torch.full((1, 32, 32), 0.7), filters):
        assert band.abs().max() < 1e-6


def test_the_phase_of_a_wave_moves_with_it() -> None:
    """A wave of 8 pixels moved by 1 pixel to the right loses an eighth of a turn of phase, wherever it is seen."""
    filters = steerable_filters(64, 64, 4, 4)
    at = torch.arange(64.0)
    before, after = (torch.cos(2 * math.pi * (at - shift) / 8).expand(1, 64, 64) for shift in (0, 1))
    seen = 0
    for b, a in zip(split(before, filters), split(after, filters), strict=True):
        strong = b.abs() > 0.05
        seen += int(strong.sum())
        # the fourth filter looks to the left, where the same wave turns the other way
        turn = (torch.angle(a * b.conj()) * torch.tensor([1, 1, 1, -1])[:, None, None])[strong]
        torch.testing.assert_close(turn, torch.full_like(turn, -2 * math.pi / 8), atol=1e-3, rtol=0)
    assert seen > 1000


def test_a_band_answers_to_its_orientation() -> None:
    """Orientation 0 of 4 lies along x, orientation 2 along y."""
    filters = steerable_filters(64, 64, 3, 4)
    along_x = torch.cos(2 * math.pi * torch.arange(64) / 4).expand(1, 64, 64)
    strength = split(along_x, filters)[0].abs().mean(dim=(0, 2, 3))
    assert strength.argmax() == 0
    assert strength[2] < 1e-6
    turned = split(along_x.mT, filters)[0].abs().mean(dim=(0, 2, 3))
    torch.testing.assert_close(turned[2], strength[0])


def test_filters_are_kept() -> None:
    assert steerable_filters(32, 32, 2, 4) is steerable_filters(32, 32, 2, 4)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="multiples of 2"):
        steerable_filters(30, 32, 2, 4)
    with pytest.raises(InputError, match="found 0"):
        steerable_filters(32, 32, 0, 4)
    with pytest.raises(InputError, match="two or more orientations"):
        steerable_filters(32, 32, 2, 1)
