import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion.dynamic_image import dynamic_image, rank_pooling_weights, scale_to_range


@pytest.mark.parametrize(("frames", "expected"), [(1, [1]), (2, [-1 / 2, 1 / 2]), (3, [-4 / 3, 2 / 3, 2 / 3])])
def test_averaged_weights_by_hand(frames: int, expected: list[float]) -> None:
    np.testing.assert_allclose(rank_pooling_weights(frames), expected)


@pytest.mark.parametrize("frames", [2, 5, 60])
def test_averaged_weights_agree_with_their_sum(frames: int) -> None:
    direct = [sum((2 * t - frames - 1) / t for t in range(i, frames + 1)) for i in range(1, frames + 1)]
    np.testing.assert_allclose(rank_pooling_weights(frames), direct, atol=1e-9)


@pytest.mark.parametrize("weighting", ["averaged", "linear"])
@pytest.mark.parametrize("frames", [2, 3, 10, 67])
def test_weights_sum_to_zero(frames: int, weighting: str) -> None:
    assert rank_pooling_weights(frames, weighting).sum() == pytest.approx(0, abs=1e-9)


def test_linear_weights_by_hand() -> None:
    assert rank_pooling_weights(4, "linear").tolist() == [-3, -1, 1, 3]


def test_reversed_time_negates_only_the_linear_weights() -> None:
    linear, averaged = rank_pooling_weights(6, "linear"), rank_pooling_weights(6)
    np.testing.assert_allclose(linear[::-1], -linear)
    assert not np.allclose(averaged[::-1], -averaged)


def test_averaged_weights_rank_the_running_means() -> None:
    """The same image from the definition: sum over t of (2t - T - 1) times the mean of the first t frames."""
    frames = np.random.default_rng(0).uniform(size=(7, 4, 5))
    means = np.cumsum(frames, axis=0) / np.arange(1, 8)[:, None, None]
    expected = np.einsum("t,thw->hw", 2 * np.arange(1, 8) - 8.0, means)
    np.testing.assert_allclose(dynamic_image(frames), expected, atol=1e-6)


def test_static_clip_is_zero_then_mid_grey() -> None:
    still = np.full((9, 6, 6, 3), 200, np.uint8)
    image = dynamic_image(still)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, 0, atol=1e-4)
    np.testing.assert_array_equal(scale_to_range(image), 0)
    np.testing.assert_array_equal(scale_to_range(image, 0, 255), 127.5)


def test_brightening_pixel_is_bright() -> None:
    frames = np.zeros((5, 3, 3))
    frames[:, 1, 1] = np.linspace(0, 1, 5)
    frames[:, 0, 0] = np.linspace(1, 0, 5)
    image = scale_to_range(dynamic_image(frames))
    assert image[1, 1] == 1
    assert image[0, 0] == -1


def test_channels_are_stretched_on_their_own() -> None:
    image = np.stack([np.array([[0.0, 1], [2, 4]]), np.array([[0.0, 10], [20, 40]])], axis=-1)
    scaled = scale_to_range(image)
    np.testing.assert_allclose(scaled[..., 0], [[-1, -0.5], [0, 1]])
    np.testing.assert_allclose(scaled[..., 1], scaled[..., 0])


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InputError, match="at least one frame"):
        rank_pooling_weights(0)
    with pytest.raises(InputError, match="'averaged'"):
        rank_pooling_weights(3, "average")
