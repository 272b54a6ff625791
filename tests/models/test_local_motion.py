"""Steps in closed form: the shift of a texture, its sign and unit, and what the network is shown of the rest."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter, shift

from mer.core.errors import InputError
from mer.models.dgm import DGM, DGMConfig
from mer.models.local_motion import LocalMotion, LocalMotionConfig, channels
from mer.models.local_motion import shift as local_shift
from mer.motion.units import grid_to_pixels

STEPS = LocalMotionConfig(windows=(16.0, 8.0, 8.0, 8.0))


def texture(size=64, seed=0):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(size + 16, size + 16)), 2)
    return 0.5 + 0.12 * noise / noise.std()


def pair(x, y, size=64):
    """The apex is the onset moved x pixels right and y down: backward displacement (-x, -y)."""
    whole = texture(size)
    moved = shift(whole, (y, x), order=5)
    frames = (torch.tensor(image[8:-8, 8:-8], dtype=torch.float32).clamp(0, 1)[None, None] for image in (whole, moved))
    return tuple(frames)


@pytest.mark.parametrize("by", [(0.6, 0.0), (-1.4, 0.9), (0.0, -2.3)])
def test_a_shift_is_found_with_its_size_and_direction(by):
    field = LocalMotion(*pair(*by), 4, STEPS).estimate()
    assert field.shape == (1, 2, 16, 16)
    found = field[0, :, 4:-4, 4:-4]
    assert found[0].median().item() == pytest.approx(-by[0], abs=0.06)
    assert found[1].median().item() == pytest.approx(-by[1], abs=0.06)


def test_one_step_by_hand():
    """A ramp in x that grows 0.1 a pixel and brightens by 0.05: shifted by 0.5 / (1 + damping / 0.1^2); no y known."""
    onset = (0.1 * torch.arange(16.0)).expand(1, 1, 16, 16)
    found, known = local_shift(onset, onset + 0.05, window=1.0, stride=4, damping=0.001)
    inner = found[0, :, 1:-1, 1:-1]
    # The outermost gradients are halved by the repeated border and reach inwards through the window.
    assert inner[0].mean().item() == pytest.approx(0.1 * 0.05 / (0.1**2 + 0.001), rel=0.02)
    assert inner[1].abs().max() < 1e-6
    assert known[0, 1, 2, 2].item() == pytest.approx(np.log(0.01 + 2 * 0.001), abs=0.05)
    assert known[0, 0, 2, 2].item() == pytest.approx(np.log(0.001), abs=0.2)


def test_oblique_texture_does_not_turn_the_shift():
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")

    def waves(x, y):
        return (0.5 * (x + y)).sin() + 0.3 * (0.3 * (2 * x + y)).sin()

    found, _ = local_shift(waves(x, y)[None, None], waves(x + 0.3, y - 0.2)[None, None], 4.0, 4, 1e-4)
    inner = found[0, :, 3:-3, 3:-3].mean((1, 2))
    assert inner.tolist() == pytest.approx([0.3, -0.2], abs=0.03)


def test_no_texture_is_no_motion():
    flat = torch.full((2, 1, 32, 32), 0.4)
    assert LocalMotion(flat, flat + 0.1, 4, STEPS).estimate().abs().max() < 1e-3


def test_what_is_left_shrinks_with_the_field():
    motion = LocalMotion(*pair(1.0, -0.5), 4, STEPS)
    nothing = torch.zeros(1, 2, 16, 16)
    before, after = motion.left(nothing), motion.left(motion.estimate())
    assert before.shape == (1, channels(STEPS), 16, 16) == after.shape
    assert after[:, :2].abs().mean() < 0.2 * before[:, :2].abs().mean()
    assert torch.equal(after[:, -2:], motion.estimate())


@pytest.mark.parametrize("size", [(64, 64), (67, 61)])
def test_an_untrained_module_is_its_steps(size):
    torch.manual_seed(0)
    config = DGMConfig(widths=(8, 12), stride=4, batch_norm=False, start=STEPS)
    onset, apex = (frame[..., : size[0], : size[1]] for frame in pair(1.0, 0.5, 80))
    dgm = DGM(config)
    pixels = grid_to_pixels(dgm.displacement(dgm(onset, apex)))
    assert pixels.shape == (1, 2, *size)
    inner = pixels[0, :, 16:-16, 16:-16]
    assert inner[0].median().item() == pytest.approx(-1.0, abs=0.1)
    assert inner[1].median().item() == pytest.approx(-0.5, abs=0.1)
    assert dgm(onset, onset).abs().max() < 1e-5
    dgm.last.bias.data.fill_(1.0)  # the network's part is in pixels, too
    more = grid_to_pixels(dgm.displacement(dgm(onset, apex)))[0, :, 16:-16, 16:-16]
    torch.testing.assert_close(more, inner + 1, atol=0.05, rtol=0)


def test_the_gradient_reaches_the_network_and_the_result_is_the_same_in_half_precision():
    torch.manual_seed(0)
    dgm = DGM(DGMConfig(widths=(8, 12), stride=4, batch_norm=False, start=STEPS, zero_start=False))
    onset, apex = pair(1.0, 0.5)
    raw = dgm(onset, apex)
    raw.square().mean().backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in dgm.parameters())
    assert dgm.stem[0].weight.grad.abs().max() > 0
    dgm = DGM(DGMConfig(widths=(8, 12), stride=4, batch_norm=False, start=STEPS))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(dgm(onset, apex), dgm(onset.float(), apex), atol=0, rtol=0)
        mixed = dgm(onset, apex)
    torch.testing.assert_close(mixed, dgm(onset, apex))


def test_the_displacement_is_cut_at_the_range():
    onset, apex = pair(2.0, 0.0)
    dgm = DGM(DGMConfig(alpha=0.02, widths=(8, 12), stride=4, batch_norm=False, start=STEPS))
    raw = dgm(onset, apex)
    assert raw.abs().max() == 1
    assert dgm.displacement(raw).abs().max().item() == pytest.approx(0.02)


@pytest.mark.parametrize("wrong", [{"windows": (0.0,)}, {"windows": (8.0,), "damping": 0.0}, {"shown": (-1.0,)}])
def test_windows_must_be_positive(wrong):
    with pytest.raises(InputError, match="expected"):
        LocalMotionConfig(**wrong)


def test_steps_and_frames_exclude_each_other():
    with pytest.raises(InputError, match="sees no frames"):
        DGMConfig(start=STEPS, contrast=3)
