"""The style in force: how wide a figure is, how large its type, which its colours (those of `mer.figures.style_book`).

A figure is drawn in the style of `use_style`, or of the environment (``MER_FIGURE_STYLE``, for instance ``cvpr`` or
``ieee-grey``, and ``MER_FIGURE_WIDTH``), or in ``notebook``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import ceil
from typing import Any

from mer.figures.style_book import MM, STYLES, FigureStyle, Width, named_style

#: Letters of a caption, provenance included, that every figure leaves room for: twelve lines of a column.
CAPTION_LETTERS = 600
_LETTER, _CAPTION_LINE, _ABOVE_CAPTION = 4.6 / 72, 12 / 72, 16 / 72  # inches, of LaTeX's captions of 10 points

_in_force: ContextVar[tuple[FigureStyle, Width] | None] = ContextVar("figure style", default=None)
_caption: ContextVar[int] = ContextVar("letters of the caption", default=CAPTION_LETTERS)


def current() -> FigureStyle:
    """The style in force."""
    return _state()[0]


def figure_width() -> float:
    """Width in inches of a figure that is drawn now."""
    style, width = _state()
    return style.width_mm(width) * MM


def highest() -> float:
    """Inches that a figure may be high; below it the page has room for the caption that `caption_of` told.

    Narrow captions have more lines. A slide and a notebook have theirs elsewhere, and some room is left all the same.
    """
    style, width = _state()
    height = style.height_mm * MM
    if style.title or style.page_mm > style.height_mm:
        return height * 0.92
    lines = ceil(_caption.get() / (style.width_mm(width) * MM / _LETTER))
    return height - lines * _CAPTION_LINE - _ABOVE_CAPTION


@contextmanager
def caption_of(letters: int) -> Iterator[None]:
    """Inside the block figures leave room below for a caption of so many letters, if more than `CAPTION_LETTERS`."""
    token = _caption.set(max(letters, CAPTION_LETTERS))
    try:
        yield
    finally:
        _caption.reset(token)


def unit() -> float:
    """By how much type, and the space that it takes, is larger than in a notebook (8 points)."""
    return current().font_size / 8


def points(size: float) -> float:
    """Points in the style in force of text that has ``size`` points in a notebook; not below the smallest."""
    style = current()
    return max(size * style.font_size / 8, style.smallest)


def narrow() -> bool:
    """Whether panels that stand side by side on a page have to stand below one another."""
    return figure_width() / unit() < 5.0


def as_designed() -> bool:
    """Whether the figures are drawn as they were laid out by hand, on a page of the notebook; else words are fitted."""
    return current().title and figure_width() == STYLES["notebook"].page_mm * MM


def ink(name: str) -> str:
    """A colour of the palette in force by the name that it has in `OKABE_ITO`."""
    return current().palette[name]


@contextmanager
def use_style(style: str | FigureStyle | None = None, width: str | None = None) -> Iterator[FigureStyle]:
    """Inside the block figures are drawn in a style; afterwards matplotlib's own settings of the user are back.

    Args:
        style: one of `style_names`, or a `FigureStyle`; None keeps the one in force.
        width: of the figures: ``column``, ``middle`` (where the style has one) or ``page``; None keeps the one in
            force, or is ``page`` where another style is chosen.
    """
    import matplotlib as mpl

    before, across = _state()
    chosen = named_style(style) if isinstance(style, str) else style or before
    across = chosen.chosen_width(width or (across if style is None else "page"))
    token = _in_force.set((chosen, across))
    try:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_settings(chosen))
            yield chosen
    finally:
        _in_force.reset(token)


def _state() -> tuple[FigureStyle, Width]:
    if (known := _in_force.get()) is not None:
        return known
    style = named_style(os.environ.get("MER_FIGURE_STYLE") or "notebook")
    return style, style.chosen_width(os.environ.get("MER_FIGURE_WIDTH") or "page")


def _settings(style: FigureStyle) -> dict[Any, Any]:
    """Matplotlib's settings for a style."""
    size, scale = style.font_size, style.font_size / 8
    small = max(size - 1 * scale, style.smallest)
    grey = "#5A5A5A"
    heading = size + scale if style.title else small
    return {
        "font.family": style.font_family,
        "font.size": size,
        "axes.titlesize": size,
        "axes.labelsize": size,
        "xtick.labelsize": small,
        "ytick.labelsize": small,
        "legend.fontsize": small,
        "legend.title_fontsize": small,
        "figure.titlesize": heading,
        "figure.titleweight": "bold" if style.title else "normal",
        "figure.dpi": 100,
        "figure.facecolor": "white",
        "savefig.dpi": style.dpi,
        "savefig.facecolor": "white",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6 * scale,
        "axes.edgecolor": grey,
        "axes.titlepad": 4.0 * scale,
        "axes.axisbelow": True,
        "xtick.major.width": 0.6 * scale,
        "ytick.major.width": 0.6 * scale,
        "xtick.major.size": 2.5 * scale,
        "ytick.major.size": 2.5 * scale,
        "xtick.color": grey,
        "ytick.color": grey,
        "xtick.labelcolor": "black",
        "ytick.labelcolor": "black",
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.5 * scale,
        "lines.linewidth": 1.2 * scale,
        "patch.linewidth": 0.6 * scale,
        "hatch.linewidth": 0.5 * scale,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "image.interpolation": "antialiased",
        "pdf.fonttype": 42,  # text stays text
        "svg.fonttype": "path",
        "svg.hashsalt": "mer",  # same figure, same bytes
        "path.simplify": True,
    }
