"""The colour wheel that says what the colours of motion mean, the same in every view."""

import numpy as np

from mer.figures.images import flow_to_colour


def wheel(side: int) -> np.ndarray:
    """A disc in which each direction has its colour, white in the middle: uint8 RGBA, (side, side, 4), soft rim."""
    axis = np.linspace(-1, 1, side)
    x, y = np.meshgrid(axis, axis)
    disc = np.clip((1 - np.hypot(x, y)) * side / 2 + 0.5, 0, 1)
    return np.rint(np.dstack([flow_to_colour(np.stack([x, y]), 1.0), disc]) * 255).astype(np.uint8)
