"""What the colours of a clip's pictures mean: a wheel for motion, one bar for the weights of all modules."""

import base64
import html
from functools import cache

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_hex

from mer.figures.fusion_weights import HEAT_MAP
from mer.figures.regions import NINE
from mer.widgets import render
from mer.widgets.bars import bars_html
from mer.widgets.legends import wheel
from mer.widgets.results.shown import colours
from mer.widgets.results.weights import WeightMaps

_WHEEL, _BAR = 96, (16, 256)  # pixels


def wheel_html(scale: float) -> str:
    """Of motion as colour: the rim of the wheel is motion of ``scale`` px of the aligned face."""
    words = (
        f"Hue is where a place moves to (on the right of the wheel: to the image's right); the rim is {scale:.2g} px "
        "or more, the white middle no motion. Motion of the whole head is in it."
    )
    alt = f"Colour wheel of directions; its rim stands for {scale:.2g} px."
    return _beside(_image(_wheel(), _WHEEL, _WHEEL, alt), words)


def weights_html(norm: Normalize, maps: WeightMaps) -> str:
    """Of the weights of all modules: one bar of colours with its numbers, what 1 × means, and the nine boxes' numbers.

    Args:
        norm: from the lightest to the heaviest weight drawn, as multiples of the uniform one.
        maps: of the clip.
    """
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    height, width = _BAR
    alt = f"Colour bar from dark, {low:.2g} times the uniform weight, to bright, {high:.2g} times."
    at = float(np.clip((1 - low) / (high - low), 0, 1)) * 100
    ends = f'<span>≤ {low:.2g} ×</span><span style="position:absolute;right:0">≥ {high:.2g} ×</span>'
    one = f'<span style="position:absolute;left:{at:.0f}%;transform:translateX(-50%)">1 ×</span>' * (24 < at < 76)
    bar = (
        f'<div style="width:{width}px">{_image(_bar(), width, height, alt, framed=True)}'
        f'<div style="position:relative;line-height:1.3">{ends}{one}</div></div>'
    )
    uniform = ", ".join(f"each {thing} 1/{count}" for thing, count in maps.tokens.items())
    words = (
        f"Weights as multiples of the uniform weight, means over the heads, one scale for the pictures. 1 × is no "
        f"preference: then {uniform} of its module's weight."
    )
    across = dict(zip(NINE, maps.across, strict=True))
    inks = dict(zip(NINE, map(to_hex, colours(HEAT_MAP, norm(maps.across))), strict=True))
    return _beside(bar, words) + bars_html(across, title="Global weights of the boxes (× uniform)", colours=inks)


def _beside(picture: str, words: str) -> str:
    style = (
        "display:flex;flex-wrap:wrap;align-items:center;gap:4px 14px;font-size:12px;line-height:1.4;margin:2px 0 6px"
    )
    return f'<div style="{style}">{picture}<div style="flex:1 1 230px">{html.escape(words)}</div></div>'


@cache
def _wheel() -> str:
    return _encoded(wheel(2 * _WHEEL))


@cache
def _bar() -> str:
    height, width = _BAR
    return _encoded(colormaps[HEAT_MAP](np.tile(np.linspace(0, 1, width), (height, 1)), bytes=True))


def _encoded(image: np.ndarray) -> str:
    """Colours, uint8, as the base64 text of a PNG."""
    return base64.b64encode(render.png(image)).decode()


def _image(data: str, width: int, height: int, alt: str, framed: bool = False) -> str:
    style = f"width:{width}px;height:{height}px;max-width:none;margin:0;display:block"
    style += ";box-shadow:0 0 0 1px #8A8A8A" if framed else ""
    return f'<img src="data:image/png;base64,{data}" style="{style}" alt="{html.escape(alt)}">'
