"""Local binary patterns: which of a pixel's eight neighbours are at least as bright as it is.

Two spotters look at a face through them, because they do not change with its brightness.
Source: Ojala, Pietikäinen, Mäenpää, IEEE TPAMI 24(7), 2002, eight neighbours; here on the square of the next pixels.
"""

import numpy as np

_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # down, right; around the pixel

#: Number of codes.
CODES = 256


def local_patterns(images: np.ndarray) -> np.ndarray:
    """The code of every pixel that has eight neighbours.

    Args:
        images: uint8, (n, H, W), grey, H and W at least 3.

    Returns:
        uint8, (n, H - 2, W - 2): bit k is set where neighbour k is at least as bright as the pixel.
    """
    height, width = images.shape[1:]
    centre = images[:, 1:-1, 1:-1]
    codes = np.zeros(centre.shape, np.uint8)
    for bit, (down, right) in enumerate(_NEIGHBOURS):
        neighbour = images[:, 1 + down : height - 1 + down, 1 + right : width - 1 + right]
        codes |= (neighbour >= centre).astype(np.uint8) << np.uint8(bit)
    return codes
