"""The frequency method: where in a clip the patterns of the face change fastest.

Frames are coded as local binary patterns and cut into 6 x 6 blocks. Around each frame 61 frames of a block are taken to
the frequency domain (3-D Fourier transform); the high frequencies' magnitudes, summed over all blocks, are its score.
Source: Li, Huang, Zhao, "Can micro-expression be recognized based on single apex frame?", ICIP 2018.
Deviation: only the temporal frequencies that reach beyond the cut are computed, and those of the sliding window from
running sums: the same numbers in a hundredth of the time. Faces are 128 x 128, so a block is 21 x 21.
Unstated: a clip that is shorter than the window gives nearly the same score at all frames in its middle; of equal
frames the middle one is taken.
"""

import numpy as np

from mer.motion.spotters.local_patterns import local_patterns

#: Frames of the window, blocks a side, and the distance from the centre of the spectrum from which frequencies count.
WINDOW = 61
BLOCKS = 6
CUT = 31.0


def frequency_curve(images: np.ndarray, window: int = WINDOW, cut: float = CUT) -> np.ndarray:
    """Mean magnitude of the high frequencies around every frame.

    Args:
        images: uint8, (n, H, W), grey, aligned; H and W at least 8. The first and last frame are repeated for half a
            window.
        window: frames of the window, odd.
        cut: distance from zero frequency, in cycles a window and a block, from which a frequency counts.

    Returns:
        float32, (n,): magnitude in codes, mean over window, blocks and pixels of the frequencies' sum.
    """
    half = window // 2
    codes = local_patterns(images).astype(np.float64)
    side = (codes.shape[1] // BLOCKS, codes.shape[2] // BLOCKS)
    blocks = codes[:, : BLOCKS * side[0], : BLOCKS * side[1]].reshape(len(codes), BLOCKS, side[0], BLOCKS, side[1])
    spectrum = np.fft.rfft2(blocks, axes=(2, 4)).transpose(0, 2, 4, 1, 3)  # n, down, right, blocks
    spectrum = np.concatenate([spectrum[:1].repeat(half, 0), spectrum, spectrum[-1:].repeat(half, 0)])

    down = np.fft.fftfreq(side[0], 1 / side[0])[:, None]
    right = np.arange(spectrum.shape[2])[None]
    # Only half of the frequencies to the right is kept; the other half has the same magnitudes at the opposite others.
    twice = np.where((right == 0) | (2 * right == side[1]), 1.0, 2.0)
    time = np.arange(len(spectrum))
    total = np.zeros(len(images))
    for cycles in range(-half, half + 1):
        wanted = cycles**2 + down**2 + right**2 >= cut**2
        if not wanted.any():
            continue
        turn = np.exp(-2j * np.pi * cycles * time / window)
        sums = np.cumsum(spectrum[:, wanted] * turn[:, None, None, None], axis=0)
        inside = sums[window - 1 :].copy()
        inside[1:] -= sums[:-window]
        weight = np.broadcast_to(twice, wanted.shape)[wanted]
        total += np.einsum("nfab,f->n", np.abs(inside), weight)
    return (total / (window * blocks[0].size)).astype(np.float32)


def middle_of_highest(curve: np.ndarray) -> int:
    """Index of the highest frame but the onset; of those that equal it to a millionth, the middle one."""
    later = curve[1:] if len(curve) > 1 else curve
    highest = np.flatnonzero(later >= later.max() * (1 - 1e-6))
    return int(highest[len(highest) // 2]) + len(curve) - len(later)
