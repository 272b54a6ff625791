"""Bi-WOOF: orientations of the flow from onset to apex, weighted twice.

Liong, See, Wong, Phan, "Less is more: micro-expression recognition from video using apex frame", Signal Processing:
Image Communication 62, 2018; code christy1206/biwoof. In each block a histogram of the flow's orientation, to which a
pixel adds its magnitude, is brought to the sum 1 and multiplied by the block's optical strain; the blocks' histograms
in a row are brought to length 1.

Conventions
-----------
The flow runs forward, from onset to apex, x right and y down. The suite's displacement runs backward
(`mer.motion.flow`): its orientations are turned by 180 degrees. Bin k holds orientations atan2(v, u) from
-180 + 45 k degrees up to, without, the next bin's; so motion to the right is in bin 4, downwards in bin 6.
A block that does not move, or is nowhere deformed, adds nothing; where that is so for all blocks, as in a shift of the
whole face, the descriptor is zero.
"""

from dataclasses import dataclass

import numpy as np

from mer.core.errors import InputError
from mer.motion.blocks import block_numbers
from mer.motion.strain import optical_strain

#: Pixels of fields that are held at a time, in double precision.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class BiWOOFConfig:
    """Bi-WOOF with the values of the authors' code.

    Attributes:
        bins: of orientation, over the full circle from -180 degrees. Deviation: all are equally wide. The released
            code gives the lower edges alone to a histogram function that is not released with it; the common one of
            that name leaves to the last bin only angles of exactly 135 degrees.
        blocks: a side of the grid of blocks; the paper has other numbers for some databases. Deviation: blocks do not
            overlap; those of the code share one or two pixels with their neighbours.
    """

    bins: int = 8
    blocks: int = 5

    def __post_init__(self) -> None:
        """Check the values."""
        if self.bins < 1 or self.blocks < 1:
            raise InputError(f"bins is {self.bins} and blocks {self.blocks}; expected at least 1 of each.")


def biwoof(flow: np.ndarray, config: BiWOOFConfig | None = None) -> np.ndarray:
    """Bi-WOOF descriptors of many fields at once.

    Args:
        flow: float, (n, 2, H, W) or (n, 3, H, W): u, v from onset to apex in pixels, or in any unit that is the same
            for both; the third channel is optical strain, computed from the first two where it is absent.
        config: None means the defaults.

    Returns:
        float32, (n, blocks^2 x bins), at least 0, of length 1, or zero where nothing moves and deforms.

    Raises:
        InputError: another shape, values that are not finite, strain below 0.

    The block's weight is the sum of its strain, as in the code; the paper has the mean, which differs by a factor that
    the last step takes out, but for blocks of unequal size.
    """
    config = config or BiWOOFConfig()
    if flow.ndim != 4 or flow.shape[1] not in (2, 3) or flow.dtype.kind != "f":
        raise InputError(f"Flow is float, (n, 2 or 3, H, W): u, v, strain; found {flow.dtype}, shape {flow.shape}.")
    height, width = flow.shape[2:]
    block = block_numbers(height, width, config.blocks)
    some = max(1, _AT_ONCE // block.size)
    made = np.empty((len(flow), config.blocks**2 * config.bins), np.float32)
    for first in range(0, len(flow), some):
        made[first : first + some] = _descriptors(flow[first : first + some].astype(np.float64), block, config)
    return made


def _descriptors(flow: np.ndarray, block: np.ndarray, config: BiWOOFConfig) -> np.ndarray:
    """float64 (n, blocks^2 x bins)."""
    if not np.isfinite(flow).all():
        raise InputError("Flow holds values that are not finite; fill in or leave out those clips.")
    u, v = flow[:, 0], flow[:, 1]
    strain = flow[:, 2] if flow.shape[1] == 3 else optical_strain(flow)
    if flow.shape[1] == 3 and strain.min(initial=0) < 0:
        raise InputError(f"Optical strain is at least 0; found {strain.min():.4g}.")
    turned = np.arctan2(v, u) / (2 * np.pi / config.bins) + config.bins / 2
    bins = np.floor(turned).astype(np.int64) % config.bins  # 180 degrees are -180
    blocks = config.blocks**2
    clip = np.arange(len(flow))[:, None, None]
    place = clip * blocks + block  # nxHxW
    weight = np.bincount(place.ravel(), strain.ravel(), len(flow) * blocks)
    place = place * config.bins + bins
    histogram = np.bincount(place.ravel(), np.hypot(u, v).ravel(), len(flow) * blocks * config.bins)
    histogram = histogram.reshape(len(flow), blocks, config.bins)
    weighted = _over(histogram, histogram.sum(axis=-1, keepdims=True)) * weight.reshape(len(flow), blocks, 1)
    return _over(weighted, np.sqrt(np.square(weighted).sum(axis=(1, 2), keepdims=True))).reshape(len(flow), -1)


def _over(values: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Values divided by their size, 0 where that is 0. The code adds a small number to each divisor instead."""
    return np.divide(values, size, out=np.zeros_like(values), where=size > 0)
