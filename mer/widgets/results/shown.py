"""One picture of a clip with its words, and the colours that the pictures share."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib import colormaps

SIDE = 400  #: pixels of a picture; shown smaller, sharp on fine screens


@dataclass(frozen=True)
class Shown:
    """One picture of a clip: ``image`` JPEG bytes, or None with the reason in ``missing``; ``head`` above it."""

    head: str
    alt: str
    image: bytes | None = None
    missing: str = ""


def colours(name: str, share: np.ndarray) -> np.ndarray:
    """Colours of a matplotlib colour map at shares in [0, 1] (outside: its ends): float32 (..., 3)."""
    return _table(name)[np.clip(share * 255, 0, 255).astype(np.uint8)]


@cache
def _table(name: str) -> np.ndarray:
    return colormaps[name](np.linspace(0, 1, 256))[:, :3].astype(np.float32)  # asked for anew it takes a millisecond
