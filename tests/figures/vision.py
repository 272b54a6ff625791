"""How colours look to readers who are colour-blind, and in grey print."""

from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb
from skimage.color import rgb2lab

#: Severity 1.0, for linear RGB: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color
#: Vision Deficiency", IEEE TVCG 15(6), 2009, the authors' table of matrices.
BLINDNESS = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear(rgb: np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] as linear light."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """Linear light as sRGB in [0, 1]."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def lab(colours: list[str], blindness: str | None = None) -> np.ndarray:
    """Colours as CIE L*a*b*, (n, 3), as seen by a reader."""
    rgb = np.array([to_rgb(colour) for colour in colours])
    if blindness:
        rgb = encoded(linear(rgb) @ BLINDNESS[blindness].T)
    return rgb2lab(rgb[None])[0]


def nearest_pair(colours: list[str], blindness: str | None = None) -> float:
    """Smallest distance of two of the colours, CIE76."""
    values = lab(colours, blindness)
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(values, 2))


def smallest_step(colours: list[str]) -> float:
    """Smallest difference in lightness (CIE L*, 0 to 100) of two of the colours: what is left in grey print."""
    light = np.sort(lab(colours)[:, 0])
    return float(np.diff(light).min())
