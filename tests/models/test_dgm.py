import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from mer.models.configs import model_config, paper, small
from mer.models.dgm import DGM, DGMConfig
from mer.models.dgm_loss import DGMLossConfig, dgm_loss
from mer.motion.blur import gaussian_blur
from mer.motion.warp import warp


def texture(height=64, width=64, seed=0):
    noise = np.random.default_rng(seed).normal(size=(height + 16, width + 16))
    smooth = gaussian_filter(noise, 2)
    return torch.tensor(0.5 + 0.15 * smooth / smooth.std(), dtype=torch.float32).clamp(0, 1)


def shifted_pair(k, seed=0):
    """Apex is the onset moved k pixels to the right: apex(x) = onset(x - k)."""
    whole = texture(seed=seed)
    return whole[8:72, 8:72][None, None], whole[8:72, 8 - k : 72 - k][None, None]


@pytest.mark.parametrize("config", [paper().dgm, model_config("small", reading="contrast").dgm])
@pytest.mark.parametrize("size", [(64, 64), (67, 61)])
def test_field_has_the_size_of_the_image_and_starts_at_no_motion(config, size):
    onset = torch.rand(2, 1, *size)
    raw = DGM(config)(onset, torch.rand(2, 1, *size))
    assert raw.shape == (2, 2, *size)
    assert raw.abs().max() == 0


def test_field_stays_within_one():
    torch.manual_seed(0)
    dgm = DGM(DGMConfig(widths=(8, 16), zero_start=False))
    with torch.no_grad():
        dgm.last.weight.mul_(100)
    raw = dgm(torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32))
    assert 0.5 < raw.abs().max() <= 1
    assert torch.equal(dgm.displacement(raw), 0.2 * raw)


def test_frames_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"onset \(1, 1, 32, 32\) and apex \(1, 1, 32, 30\)"):
        DGM(small().dgm)(torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 30))


def test_loss_terms_by_hand():
    onset = torch.full((1, 1, 2, 2), 0.25)
    apex = torch.full((1, 1, 2, 2), 0.75)
    raw = torch.zeros(1, 2, 2, 2)
    raw[0, 0] = torch.tensor([[0.0, 0.4], [0.0, 0.0]])
    loss = dgm_loss(onset, apex, raw, 0.2, DGMLossConfig())
    assert loss.reconstruction.item() == pytest.approx(0.5)
    assert loss.no_motion.item() == pytest.approx(0.4 / 8)
    # Horizontal differences 0.4 0 0 0 (mean .1), vertical 0 0.4 0 0 (mean .1).
    assert loss.smooth.item() == pytest.approx(0.2)
    assert loss.total.item() == pytest.approx(10 * 0.5 + 1 * 0.05 + 0.2 * 0.2)


def test_an_identical_pair_with_no_motion_costs_nothing():
    onset = torch.rand(2, 1, 16, 16)
    assert dgm_loss(onset, onset, torch.zeros(2, 2, 16, 16), 0.2, DGMLossConfig()).reconstruction < 1e-6


def test_blur_keeps_a_constant_and_spreads_a_point():
    assert torch.allclose(gaussian_blur(torch.full((1, 2, 9, 9), 0.3), 1.5), torch.full((1, 2, 9, 9), 0.3), atol=1e-6)
    point = torch.zeros(1, 1, 21, 21)
    point[0, 0, 10, 10] = 1
    expected = torch.tensor(gaussian_filter(point[0, 0].numpy(), 1.5, truncate=8 / 3), dtype=torch.float32)
    assert torch.allclose(gaussian_blur(point, 1.5)[0, 0], expected, atol=2e-3)
    assert gaussian_blur(point, 0) is point


@pytest.mark.parametrize("k", [-2, 2])
def test_direct_optimisation_of_a_shift_finds_its_size_and_direction(k):
    """The onset moved k pixels right: backward displacement is -2k / (W - 1) (FACTS: the sign fixes the convention)."""
    onset, apex = shifted_pair(k)
    raw = torch.zeros(1, 2, 8, 8, requires_grad=True)
    optimiser = torch.optim.Adam([raw], lr=0.01)
    for _ in range(150):
        full = torch.nn.functional.interpolate(raw, (64, 64), mode="bilinear")
        loss = dgm_loss(onset, apex, full, 0.2, DGMLossConfig(smooth=2.0, blur=1.0)).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    inner = 0.2 * raw.detach()[0, :, 2:-2, 2:-2]
    assert inner[0].median().item() == pytest.approx(-2 * k / 63, rel=0.15)
    assert inner[1].abs().median().item() < 0.3 / 63


def test_pretraining_explains_unseen_pairs_and_minus_d_does_not():
    """Trained on shifts of some textures, the DGM reduces the error on others; the reversed field enlarges it."""
    torch.manual_seed(0)
    dgm = DGM(DGMConfig(widths=(16, 24, 32), stride=4, difference=True, batch_norm=False))
    optimiser = torch.optim.Adam(dgm.parameters(), lr=2e-3)
    generator = np.random.default_rng(0)
    config = DGMLossConfig(smooth=2.0, blur=1.0)
    for step in range(120):
        pairs = [shifted_pair(int(generator.integers(-2, 3)), seed=step * 8 + i) for i in range(8)]
        onset, apex = (torch.cat(frames) for frames in zip(*pairs, strict=True))
        loss = dgm_loss(onset, apex, dgm(onset, apex), 0.2, config).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    pairs = [shifted_pair(k, seed=10_000 + i) for i, k in enumerate((-2, -1, 1, 2) * 2)]
    onset, apex = (torch.cat(frames) for frames in zip(*pairs, strict=True))
    with torch.no_grad():
        raw = dgm(onset, apex)
        still = dgm(onset, onset)
    before = (onset - apex).abs().mean()
    assert (warp(onset, 0.2 * raw) - apex).abs().mean() < 0.8 * before
    assert (warp(onset, -0.2 * raw) - apex).abs().mean() > before
    assert still.abs().mean() < 0.25 * raw.abs().mean()  # a short training; the share falls with its length
    assert (raw.abs() > 0.95).float().mean() < 0.01
