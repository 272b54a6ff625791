"""Legends of what is drawn over faces: small pictures with words beside them, as HTML."""

import base64
import html
from dataclasses import dataclass

import cv2
import numpy as np

from mer.widgets.explorer.layouts import signed_colours
from mer.widgets.explorer.overlays import heat_colours
from mer.widgets.legends import wheel
from mer.widgets.render import png

_WHEEL, _BAR = 72, (14, 110)


@dataclass(frozen=True, eq=False)
class Legend:
    """A small picture, uint8 RGB or RGBA, and what it means."""

    image: np.ndarray
    words: str


def wheel_legend(scale: float) -> Legend:
    """Of motion in colour: the rim of the wheel is motion of ``scale`` aligned pixels."""
    return Legend(wheel(_WHEEL), f"Motion: hue is direction; full colour (rim) {scale:.2g} px, none at white.")


def strain_legend(scale: float) -> Legend:
    """Of optical strain: from 0 to ``scale``, a pure number."""
    return Legend(_bar(heat_colours), f"Optical strain, 0 to {scale:.2g} (a pure number).")


def difference_legend(gain: float, signed: bool) -> Legend:
    """Of a difference of frames, in grey levels of 0 to 255."""
    top = 255 / gain
    if signed:
        return Legend(_bar(lambda part: signed_colours(2 * part - 1)), f"−{top:.3g} to +{top:.3g} grey levels.")
    return Legend(_bar(heat_colours), f"Absolute difference, 0 to {top:.3g} grey levels.")


def arrow_legend(gain: float) -> Legend:
    """Of arrows, ``gain`` px long for one aligned pixel: one for a round number of aligned pixels."""
    length = max((step for step in _STEPS if step * gain <= 90), default=_STEPS[0])
    width = max(8, round(length * gain))
    image = np.full((14, max(width + 6, 24), 4), (255, 255, 255, 0), np.uint8)
    cv2.arrowedLine(image, (3, 7), (3 + width, 7), (60, 60, 60, 255), 2, cv2.LINE_AA, 0, 0.25)
    return Legend(image, f"An arrow of this length: motion of {length:g} px.")


_STEPS = tuple(m * 10.0**e for e in range(-3, 3) for m in (1, 2, 5))


def legends_html(legends: tuple[Legend, ...] | list[Legend]) -> str:
    """Pictures and words in rows; px are those of the aligned face."""
    rows = []
    for legend in legends:
        data = base64.b64encode(png(legend.image)).decode()
        height, width = legend.image.shape[:2]
        image = f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}" alt="">'
        rows.append(f'<div class="mer-legend">{image}<span>{html.escape(legend.words)}</span></div>')
    return "".join(rows)


def _bar(colours: object) -> np.ndarray:
    assert callable(colours)
    height, width = _BAR
    return colours(np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1)))
