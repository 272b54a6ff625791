"""The middle frame, by hand."""

import pytest

from mer.manifest.key_frames import middle_frame


@pytest.mark.parametrize(
    ("onset", "offset", "middle"),
    [
        (7, 7, 7),  # one frame; index floor(1 / 2) = 0
        (7, 8, 8),  # two; index 1
        (7, 9, 8),  # three; index 1
        (7, 10, 9),  # four; index 2
        (0, 19, 10),
        (0, 20, 10),
        (10**12, 10**12 + 4, 10**12 + 2),
    ],
)
def test_the_frame_of_index_half_n_rounded_down(onset, offset, middle):
    frames = list(range(onset, offset + 1))
    assert middle_frame(onset, offset) == middle == frames[len(frames) // 2]
