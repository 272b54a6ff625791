"""Blocks of a face: the grid on which LBP-TOP and Bi-WOOF take their histograms."""

import numpy as np

from mer.core.errors import InputError


def block_numbers(height: int, width: int, blocks: int) -> np.ndarray:
    """The block that every pixel belongs to, in a grid of ``blocks`` x ``blocks`` that does not overlap.

    A pixel belongs to the block in which its centre lies. So sizes that ``blocks`` does not divide give blocks that
    differ by one pixel at most, and a mirrored face has mirrored blocks (for an even number of blocks but for the
    middle row and column of an odd size).

    Returns:
        int64, (height, width), 0 to blocks^2 - 1, row by row.

    Raises:
        InputError: ``blocks`` is less than 1 or more than the pixels of a side.
    """
    if not 1 <= blocks <= min(height, width):
        raise InputError(
            f"A face of {width} x {height} pixels cannot be cut into {blocks} x {blocks} blocks; expected 1 to "
            f"{min(height, width)} a side."
        )
    row, column = ((2 * np.arange(size) + 1) * blocks // (2 * size) for size in (height, width))
    return row[:, None] * blocks + column
