from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from mer.core.errors import InputError
from mer.motion.flow import optical_flow
from mer.motion.magnify import MagnifyConfig, draw_factors, magnify
from mer.motion.units import pixels_to_grid
from mer.motion.warp import flip_displacement, warp

OWN = ("linear", "phase", "displacement")  # methods that need no weights


def texture(blur: float, side: int = 96, seed: int = 0) -> np.ndarray:
    """A smooth random image with a margin of 32 pixels, 0.1 to 0.9."""
    rough = np.random.default_rng(seed).normal(size=(side + 64, side + 64)).astype(np.float32)
    smooth = cv2.GaussianBlur(rough, (0, 0), blur)
    return 0.5 + 0.4 * smooth / np.abs(smooth).max()


def moved(image: np.ndarray, right: float, down: float) -> np.ndarray:
    """The image moved by any fraction of a pixel, exactly (in the frequency domain), without its margin."""
    spectrum = np.fft.fft2(image)
    y, x = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])
    shifted = np.fft.ifft2(spectrum * np.exp(-2j * np.pi * (x * right + y * down))).real
    return np.ascontiguousarray(shifted[32:-32, 32:-32], dtype=np.float32)


def tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image)[None, None]


def uniform(right: float, down: float, side: int = 96) -> Tensor:
    """The backward displacement of a picture that moves to the right and down, (1, 2, side, side)."""
    field = np.broadcast_to(np.array([-right, -down], np.float32)[:, None, None], (2, side, side))
    return torch.from_numpy(pixels_to_grid(field))[None]


def random_pair(batch: int = 3, channels: int = 1, side: int = 48) -> tuple[Tensor, Tensor, Tensor]:
    """Frames of noise that are blurred a little and have nothing to do with each other, and a smooth displacement."""
    generator = torch.Generator().manual_seed(5)
    frames = torch.rand(2, batch * channels, side, side, generator=generator)
    frames = torch.nn.functional.avg_pool2d(frames, 3, 1, 1).reshape(2, batch, channels, side, side)
    coarse = 0.1 * torch.randn(batch, 2, 4, 4, generator=generator)
    return frames[0], frames[1], torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_factor_of_one_returns_the_apex(method: str, channels: int) -> None:
    onset, apex, displacement = random_pair(channels=channels)
    made = magnify(onset, apex, 1.0, MagnifyConfig(method), displacement)
    assert -10 * torch.log10((made - apex).square().mean()) > 100  # dB


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("way", [(1.0, 0.0), (0.0, -1.0), (0.6, 0.6)])
def test_a_pixel_twice_is_two_pixels(method: str, way: tuple[float, float]) -> None:
    image = texture(blur=3)
    onset, apex = moved(image, 0, 0), moved(image, *way)
    made = magnify(tensor(onset), tensor(apex), 2.0, MagnifyConfig(method), uniform(*way))
    field = optical_flow(onset, made[0, 0].numpy())[:, 12:-12, 12:-12]
    np.testing.assert_allclose(field.mean(axis=(1, 2)), -2 * np.array(way), atol=0.3)
    truth = moved(image, 2 * way[0], 2 * way[1])
    error = np.square(made[0, 0].numpy() - truth)[12:-12, 12:-12].mean()
    assert error < (0.25 if method == "linear" else 0.1) * np.square(apex - truth)[12:-12, 12:-12].mean()


@pytest.mark.parametrize("method", ["phase", "displacement"])
def test_fine_texture_three_times_as_far(method: str) -> None:
    """Where linear magnification falls apart (texture of some 5 pixels a wave, moved to 3 pixels)."""
    image = texture(blur=1.5)
    onset, apex, truth = (moved(image, d, 0) for d in (0, 1, 3))

    def error(name: str) -> float:
        made = magnify(tensor(onset), tensor(apex), 3.0, MagnifyConfig(name), uniform(1, 0))[0, 0].numpy()
        return float(np.square(made - truth)[12:-12, 12:-12].mean())

    assert error(method) < 0.1 * error("linear")


@pytest.mark.parametrize("method", OWN)
def test_a_factor_of_zero_is_about_the_onset(method: str) -> None:
    image = texture(blur=3)
    onset, apex = tensor(moved(image, 0, 0)), tensor(moved(image, 0.8, 0))
    made = magnify(onset, apex, 0.0, MagnifyConfig(method), uniform(0.8, 0))
    inner = (..., slice(12, -12), slice(12, -12))
    assert (made - onset)[inner].square().mean() < 0.1 * (apex - onset)[inner].square().mean()


@pytest.mark.parametrize("method", OWN)
def test_what_does_not_move_stays(method: str) -> None:
    frame = random_pair(channels=3)[0]
    made = magnify(frame, frame, 3.0, MagnifyConfig(method), torch.zeros(3, 2, 48, 48))
    torch.testing.assert_close(made, frame, atol=1e-5, rtol=0)


@pytest.mark.parametrize("method", OWN)
@pytest.mark.parametrize("size", [(48, 48), (33, 50), (16, 131)])
def test_result_is_a_frame(method: str, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(1)
    onset, apex = torch.rand(2, 2, 1, *size, generator=generator).round().double()
    made = magnify(onset, apex, 5.0, MagnifyConfig(method), 0.3 * torch.randn(2, 2, *size, generator=generator))
    assert made.shape == apex.shape
    assert made.dtype == torch.float32
    assert made.isfinite().all()
    assert made.min() >= 0
    assert made.max() <= 1


@pytest.mark.parametrize("method", OWN)
def test_a_batch_of_factors_equals_single_calls(method: str) -> None:
    onset, apex, displacement = random_pair()
    factors = torch.tensor([0.5, 1.0, 2.5])
    together = magnify(onset, apex, factors, MagnifyConfig(method), displacement)
    for i, m in enumerate(factors.tolist()):
        one = slice(i, i + 1)
        alone = magnify(onset[one], apex[one], m, MagnifyConfig(method), displacement[one])
        torch.testing.assert_close(together[one], alone, atol=1e-5, rtol=0)
    assert (together[2] - apex[2]).abs().max() > 0.05


@pytest.mark.parametrize("method", OWN)
def test_a_mirrored_pair_gives_the_mirrored_frame(method: str) -> None:
    image = texture(blur=2)
    onset, apex = tensor(moved(image, 0, 0)), tensor(moved(image, 0.7, 0.4))
    field = uniform(0.7, 0.4)
    made = magnify(onset, apex, 2.0, MagnifyConfig(method), field)
    mirrored = magnify(onset.flip(-1), apex.flip(-1), 2.0, MagnifyConfig(method), flip_displacement(field))
    # the coarse grids of the pyramid do not mirror onto themselves, so phases are smoothed a little differently
    torch.testing.assert_close(mirrored.flip(-1), made, atol=2e-3 if method == "phase" else 1e-5, rtol=0)


def test_linear_by_hand() -> None:
    onset, apex = torch.tensor([0.2, 0.5, 0.9]), torch.tensor([0.3, 0.4, 1.0])
    made = magnify(onset[None, None, None], apex[None, None, None], 3.0, MagnifyConfig("linear"))
    torch.testing.assert_close(made.flatten(), torch.tensor([0.5, 0.2, 1.0]))


def test_phase_leaves_slow_light_alone_and_linear_does_not() -> None:
    onset = tensor(moved(texture(blur=2), 0, 0)) * 0.6
    brighter = onset + 0.1
    torch.testing.assert_close(magnify(onset, brighter, 3.0, MagnifyConfig("phase")), brighter, atol=1e-4, rtol=0)
    torch.testing.assert_close(magnify(onset, brighter, 3.0, MagnifyConfig("linear")), onset + 0.3)


def test_channels_move_together_by_phase() -> None:
    """One channel without texture learns nothing of its own; a channel moves as far as its neighbours."""
    image, other = texture(blur=2), texture(blur=2, seed=1)
    onset, apex, truth = (
        torch.from_numpy(np.stack([moved(image, d, 0), moved(other, d, 0), moved(image, d, 0) / 2]))[None]
        for d in (0.0, 0.5, 1.0)
    )
    made = magnify(onset, apex, 2.0, MagnifyConfig("phase"))
    error = (made - truth)[..., 12:-12, 12:-12].square().mean(dim=(0, 2, 3))
    before = (apex - truth)[..., 12:-12, 12:-12].square().mean(dim=(0, 2, 3))
    assert (error < 0.05 * before).all()


def test_displacement_keeps_what_only_the_apex_shows() -> None:
    """A spot that appears is carried along with the skin; noise of the onset frame does not come in."""
    onset = torch.full((1, 1, 64, 64), 0.5)
    apex = onset.clone()
    apex[..., 30, 40] = 1.0
    made = magnify(onset, apex, 3.0, MagnifyConfig("displacement"), uniform(2, 0, 64))
    assert divmod(int(made.argmax()), 64) == (30, 44)  # two pixels were seen, four more are added
    noisy = magnify(onset + 0.1 * torch.rand(1, 1, 64, 64), apex, 3.0, MagnifyConfig("displacement"), uniform(2, 0, 64))
    torch.testing.assert_close(noisy, made)


def test_unknown_displacement_is_no_motion_and_does_not_spread() -> None:
    apex = random_pair(1, side=64)[1]
    field = uniform(1, 0, 64)
    field[..., :32] = float("nan")
    config = MagnifyConfig("displacement", sigma=1.5)
    made = magnify(apex, apex, 2.0, config, field)
    torch.testing.assert_close(made[..., :24], apex[..., :24], atol=1e-5, rtol=0)
    full = warp(apex, uniform(1, 0, 64))
    torch.testing.assert_close(made[..., 33:], full[..., 33:], atol=1e-4, rtol=0)
    assert magnify(apex, apex, 2.0, config, torch.full_like(field, float("nan"))).isfinite().all()


def test_the_network_sees_the_batch_and_its_factors() -> None:
    seen: list[Tensor] = []

    def network(onset: Tensor, apex: Tensor, factor: Tensor) -> Tensor:
        seen.append(factor)
        return 2 * apex

    onset, apex, _ = random_pair()
    made = magnify(onset, apex, 2.0, MagnifyConfig("magnet", weights="some.safetensors"), network=network)
    assert seen[0].tolist() == [2, 2, 2]
    torch.testing.assert_close(made, (2 * apex).clamp(0, 1))


def test_gradients_reach_the_displacement_and_are_finite() -> None:
    onset, apex, displacement = random_pair(1)
    displacement.requires_grad_()
    magnify(onset, apex, 2.0, MagnifyConfig("displacement"), displacement).sum().backward()
    assert displacement.grad is not None
    assert displacement.grad.isfinite().all()
    assert displacement.grad.abs().max() > 0


def test_drawn_factors() -> None:
    config = MagnifyConfig(low=1.2, high=3.0, probability=0.25)
    drawn = draw_factors(4000, config, torch.Generator().manual_seed(0))
    left = drawn == 1
    assert 0.72 < left.float().mean() < 0.78
    assert drawn[~left].min() >= 1.2
    assert drawn[~left].max() <= 3.0
    assert drawn[~left].mean() == pytest.approx(2.1, abs=0.05)
    assert torch.equal(drawn, draw_factors(4000, config, torch.Generator().manual_seed(0)))
    assert (draw_factors(50, MagnifyConfig(probability=0), torch.Generator()) == 1).all()
    assert (draw_factors(50, MagnifyConfig(probability=1), torch.Generator()) > 1).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "phases"}, "'phase'"),
        ({"low": 3.0, "high": 2.0}, "low 3.0, high 2.0"),
        ({"low": -1.0}, "low -1.0"),
        ({"high": float("nan")}, "high nan"),
        ({"test": -0.5}, "test is -0.5"),
        ({"probability": 1.5}, "probability is 1.5"),
        ({"sigma": -1.0}, "sigma is -1.0"),
        ({"orientations": 1}, "orientations is 1"),
        ({"method": "magnet"}, "needs a file with weights"),
        ({"method": "linear", "weights": "a.pth"}, "weights is 'a.pth'"),
    ],
)
def test_wrong_configurations_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        MagnifyConfig(**wrong)


def test_wrong_input_is_refused() -> None:
    onset, apex, displacement = random_pair()
    with pytest.raises(InputError, match="needs a displacement"):
        magnify(onset, apex, 2.0, MagnifyConfig("displacement"))
    with pytest.raises(InputError, match="displacement has shape"):
        magnify(onset, apex, 2.0, MagnifyConfig("displacement"), displacement[:1])
    with pytest.raises(InputError, match="needs a network"):
        magnify(onset, apex, 2.0, MagnifyConfig("magnet", weights="a.safetensors"))
    with pytest.raises(InputError, match="one shape"):
        magnify(onset, apex[..., 1:], 2.0, MagnifyConfig("linear"))
    with pytest.raises(InputError, match="one shape"):
        magnify(onset[:, 0], apex[:, 0], 2.0, MagnifyConfig("linear"))
    with pytest.raises(InputError, match="factor has shape"):
        magnify(onset, apex, torch.ones(2), MagnifyConfig("linear"))
    with pytest.raises(InputError, match="0 or more"):
        magnify(onset, apex, torch.tensor([1.0, -1.0, 1.0]), MagnifyConfig("linear"))
    with pytest.raises(InputError, match="too small"):
        magnify(onset[..., :15], apex[..., :15], 2.0, MagnifyConfig("phase"))
