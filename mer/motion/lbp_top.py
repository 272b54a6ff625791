"""LBP-TOP: local binary patterns on three orthogonal planes, the baseline descriptor of micro-expression recognition.

Zhao, Pietikainen, "Dynamic texture recognition using local binary patterns with an application to facial
expressions", TPAMI 2007. Every pixel is compared with four neighbours in each of the planes XY (appearance), XT and YT
(horizontal and vertical motion). A neighbour at least as bright as the pixel sets its bit; histograms of the codes,
block by block, describe the clip.

Conventions
-----------
Bits 0 to 3 go round the pixel. XY: right, up, left, down. XT: right, later, left, earlier. YT: up, later, down,
earlier. With four neighbours on the axes nothing is interpolated. A pixel that equals its neighbours has the code 15.
All three planes are read at the same pixels: those whose neighbours all exist. So of 10 frames and a radius of 4 in
time, two frames count, and at the edge of the face as many pixels are left out as the radius says.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mer.core.errors import InputError, nearest
from mer.motion.blocks import block_numbers

#: Planes in order, each with its axes as (t, y, x) steps towards the neighbours of bits 0 and 1; 2 and 3 lie opposite.
_PLANES = (((0, 0, 1), (0, -1, 0)), ((0, 0, 1), (1, 0, 0)), ((0, -1, 0), (1, 0, 0)))
_CODES = 16  # four neighbours
#: Pixels of clips whose codes are held at a time.
_AT_ONCE = 1 << 22


@dataclass(frozen=True)
class LBPTOPConfig:
    """LBP-TOP with the parameters of the MEGC2019 baseline (guideline of the challenge; 4 neighbours on all planes).

    Attributes:
        radii: pixels and frames. Unstated: the guideline writes {R_XY, R_XT, R_YT} = {1, 1, 4}, where LBP-TOP has a
            radius for each axis, not for each plane.
        notation: what ``radii`` are: ``axes`` (R_X, R_Y, R_T), the usual notation, in which 1, 1, 4 is a common choice;
            or ``planes`` (R_XY, R_XT, R_YT), a circle on each plane, as the guideline's indices say. Unstated which.
        mapping: bins of a histogram: ``uniform`` (15: the 14 codes with at most two changes of bit all round, and one
            for the other two) or ``plain`` (16, a bin a code). Unstated; uniform is LBP-TOP's own habit.
        blocks: a side of the grid of blocks. As in the guideline they do not overlap. Unstated: whether codes are
            computed in each block alone; here they are computed on the whole face, so blocks lose no pixels inside it.
        frames: to which a clip is brought by TIM.
    """

    radii: tuple[int, int, int] = (1, 1, 4)
    notation: Literal["axes", "planes"] = "axes"
    mapping: Literal["uniform", "plain"] = "uniform"
    blocks: int = 5
    frames: int = 10

    def __post_init__(self) -> None:
        """Check the values."""
        for name, valid in (("notation", ("axes", "planes")), ("mapping", ("uniform", "plain"))):
            if (value := getattr(self, name)) not in valid:
                raise InputError(f"{name} is {value!r}. {nearest(value, valid)}")
        if len(self.radii) != 3 or min(self.radii) < 1:
            raise InputError(f"radii are {self.radii}; expected three whole numbers from 1 on, such as (1, 1, 4).")
        if self.blocks < 1:
            raise InputError(f"blocks is {self.blocks}; expected at least 1.")
        if self.frames < 2 * self.reach[0] + 1:
            raise InputError(
                f"frames is {self.frames}; a radius of {self.reach[0]} in time needs {2 * self.reach[0] + 1} or more."
            )

    @property
    def plane_radii(self) -> tuple[tuple[int, int, int], ...]:
        """Radii of the planes XY, XT, YT along (t, y, x)."""
        one, two, three = self.radii
        if self.notation == "axes":
            return ((three, two, one),) * 3
        return (one,) * 3, (two,) * 3, (three,) * 3

    @property
    def reach(self) -> tuple[int, int, int]:
        """How far neighbours lie from a pixel along (t, y, x), on whichever plane."""
        steps = np.abs([np.sum(np.abs(axes), axis=0) for axes in _PLANES]) * self.plane_radii
        t, y, x = steps.max(axis=0).tolist()
        return t, y, x

    @property
    def bins(self) -> int:
        """Bins of a histogram."""
        return int(bin_of_code(self.mapping).max()) + 1


def bin_of_code(mapping: str) -> np.ndarray:
    """The bin of each of the 16 codes: int64, (16,).

    Uniform codes change between 0 and 1 at most twice all round; of four bits only 0101 and 1010 do so more often.
    """
    codes = np.arange(_CODES)
    if mapping == "plain":
        return codes
    round_about = (codes >> 1) | ((codes & 1) << 3)
    uniform = np.bitwise_count(codes ^ round_about) <= 2
    return np.where(uniform, np.cumsum(uniform) - 1, uniform.sum())


def lbp_top_codes(volumes: np.ndarray, config: LBPTOPConfig | None = None) -> np.ndarray:
    """Codes of all pixels whose neighbours exist.

    Args:
        volumes: grey clips of equal length, any real type, (n, T, H, W).
        config: radii; None means the defaults.

    Returns:
        uint8, (n, 3, T - 2 R_T, H - 2 R_Y, W - 2 R_X), 0 to 15; planes XY, XT, YT.

    Raises:
        InputError: another shape, values that are not finite, or fewer frames or pixels than the radii need.
    """
    config = config or LBPTOPConfig()
    _check_volumes(volumes, config)
    inner = tuple(size - 2 * reach for size, reach in zip(volumes.shape[1:], config.reach, strict=True))

    def seen(step: np.ndarray) -> np.ndarray:
        t, y, x = (slice(r + s, r + s + size) for r, s, size in zip(config.reach, step, inner, strict=True))
        return volumes[:, t, y, x]

    centre = seen(np.zeros(3, np.int64))
    codes = np.zeros((len(volumes), len(_PLANES), *inner), np.uint8)
    for plane, (axes, radii) in enumerate(zip(_PLANES, config.plane_radii, strict=True)):
        first, second = np.array(axes) * radii
        for bit, step in enumerate((first, second, -first, -second)):
            codes[:, plane] |= (seen(step) >= centre).view(np.uint8) << bit
    return codes


def lbp_top(volumes: np.ndarray, config: LBPTOPConfig | None = None) -> np.ndarray:
    """LBP-TOP histograms of grey clips.

    Args:
        volumes: any real type, (n, T, H, W); T need not be ``config.frames``.
        config: None means the defaults.

    Returns:
        float32, (n, blocks^2 x 3 x bins): blocks row by row, in each the planes XY, XT, YT. Every histogram sums to 1.

    Raises:
        InputError: as `lbp_top_codes`, or blocks so small that one holds no pixel with all neighbours.
    """
    config = config or LBPTOPConfig()
    _check_volumes(volumes, config)
    _, y, x = config.reach
    height, width = volumes.shape[2:]
    block = block_numbers(height, width, config.blocks)[y : height - y, x : width - x]
    if len(np.unique(block)) < config.blocks**2:
        raise InputError(
            f"Faces of {width} x {height} pixels are too small for {config.blocks} x {config.blocks} blocks and radii "
            f"{config.radii}: some block has no pixel with all its neighbours."
        )
    to_bin, bins = bin_of_code(config.mapping), config.bins
    place = block * len(_PLANES) * bins  # HxW
    place = place + np.arange(len(_PLANES))[:, None, None, None] * bins  # 3x1xHxW
    length = config.blocks**2 * len(_PLANES) * bins
    histograms = np.empty((len(volumes), length // bins, bins), np.float32)
    some = max(1, _AT_ONCE // (volumes[0].size if len(volumes) else 1))
    for first in range(0, len(volumes), some):
        codes = lbp_top_codes(volumes[first : first + some], config)  # kx3xTxHxW
        clip = np.arange(len(codes)).reshape(-1, 1, 1, 1, 1) * length
        counts = np.bincount((to_bin[codes] + place + clip).ravel(), minlength=len(codes) * length)
        counts = counts.reshape(len(codes), -1, bins)
        histograms[first : first + some] = counts / counts.sum(axis=-1, keepdims=True)
    return histograms.reshape(len(volumes), length)


def _check_volumes(volumes: np.ndarray, config: LBPTOPConfig) -> None:
    if volumes.ndim != 4 or volumes.dtype.kind not in "uif":
        raise InputError(f"Clips are grey, shape (n, T, H, W); found {volumes.dtype}, shape {volumes.shape}.")
    if volumes.dtype.kind == "f" and not np.isfinite(volumes).all():
        raise InputError("Clips hold values that are not finite; a comparison with them says nothing.")
    for name, size, reach in zip(("frames", "rows", "columns"), volumes.shape[1:], config.reach, strict=True):
        if size < 2 * reach + 1:
            raise InputError(
                f"A clip has {size} {name}; radii {config.radii} ({config.notation}) need {2 * reach + 1} or more."
            )
