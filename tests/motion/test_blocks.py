import numpy as np
import pytest

from mer.core.errors import InputError
from mer.motion.blocks import block_numbers


def test_by_hand():
    """Of 7 columns in 2 blocks the middle one's centre lies on the border, and goes right."""
    np.testing.assert_array_equal(block_numbers(3, 7, 2)[0], [0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(block_numbers(3, 3, 3), [[0, 1, 2], [3, 4, 5], [6, 7, 8]])


@pytest.mark.parametrize("size", [5, 7, 28, 128, 131])
def test_five_blocks_of_any_size_are_even_and_mirrored(size):
    column = block_numbers(size, size, 5)[0]
    counts = np.bincount(column)
    assert len(counts) == 5
    assert np.ptp(counts) <= 1
    np.testing.assert_array_equal(4 - column[::-1], column)


@pytest.mark.parametrize("blocks", [0, 6])
def test_more_blocks_than_pixels_are_refused(blocks):
    with pytest.raises(InputError, match=f"into {blocks} x {blocks} blocks; expected 1 to 5"):
        block_numbers(5, 9, blocks)
