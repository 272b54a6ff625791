import numpy as np
import pytest

from mer.motion.spotters.frequency import BLOCKS, frequency_curve, middle_of_highest
from mer.motion.spotters.local_patterns import local_patterns
from tests.motion.test_spotting import stack, texture, warped


def directly(images: np.ndarray, window: int, cut: float) -> np.ndarray:
    """The definition: one 3-D transform for every frame and block."""
    half = window // 2
    codes = local_patterns(images).astype(float)
    codes = np.concatenate([codes[:1].repeat(half, 0), codes, codes[-1:].repeat(half, 0)])
    side = codes.shape[1] // BLOCKS
    axes = [np.fft.fftfreq(n, 1 / n) for n in (window, side, side)]
    distance = np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")))
    scores = []
    for first in range(len(images)):
        total = 0.0
        for down in range(BLOCKS):
            for right in range(BLOCKS):
                block = codes[
                    first : first + window, down * side : (down + 1) * side, right * side : (right + 1) * side
                ]
                total += np.abs(np.fft.fftn(block))[distance >= cut].sum()
        scores.append(total / (window * BLOCKS**2 * side**2))
    return np.array(scores)


@pytest.mark.parametrize("side", [44, 38])  # blocks of 7 and of 6 pixels
@pytest.mark.parametrize("cut", [3.0, 5.0])
def test_it_is_the_3d_transform(side: int, cut: float) -> None:
    images = np.random.default_rng(0).integers(0, 255, (14, side, side), np.uint8)
    np.testing.assert_allclose(frequency_curve(images, 9, cut), directly(images, 9, cut), rtol=1e-5)


@pytest.mark.parametrize("peak", [45, 75])
def test_a_planted_top_is_found(peak: int) -> None:
    """Up and down within a window of 61 frames, in a longer clip: all windows around the whole of it see the same."""
    face = texture(1)
    e = np.clip(1 - np.abs(np.arange(121) - peak) / 20, 0, 1)
    frames = stack([warped(face, 3 * value) for value in e])[..., 0]
    assert abs(middle_of_highest(frequency_curve(frames)) - peak) <= 1


def test_a_still_clip_has_no_high_frequency() -> None:
    assert frequency_curve(np.repeat(stack([texture()])[..., 0], 9, axis=0)).max() < 1e-6


def test_the_middle_of_equal_frames() -> None:
    assert middle_of_highest(np.array([5.0, 1, 2, 2, 2, 1])) == 3
    assert middle_of_highest(np.array([5.0, 1, 3, 2, 2, 1])) == 2
    assert middle_of_highest(np.array([5.0])) == 0
