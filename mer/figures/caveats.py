"""Sentences below a figure that must not be lost when it is cut out of its page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import floor
from textwrap import wrap

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from mer.figures.style import GREY
from mer.figures.styles import points, unit

_LETTERS_AN_INCH = 23  # of 6 points
_MARGIN = 0.04  # inches


@contextmanager
def below(figure: Figure, sentences: Sequence[str]) -> Iterator[Bbox | None]:
    """Within the block the figure has these sentences below it.

    Yields:
        The page to save, in inches: that of the figure, longer by the sentences; the figure itself is neither scaled
        nor moved. None when there are no sentences.
    """
    if not sentences:
        yield None
        return
    width = figure.get_size_inches()[0]
    words = "\n".join(wrap(" ".join(sentences), max(20, round(width / unit() * _LETTERS_AN_INCH))))
    text = figure.text(_MARGIN / width, -_MARGIN / figure.get_size_inches()[1], words, va="top", ha="left")
    text.set(fontsize=points(6), color=GREY)
    try:
        bottom = floor((text.get_window_extent().y0 / figure.dpi - _MARGIN) * 100) / 100  # on whole dots
        yield Bbox.from_extents(0, bottom, *figure.get_size_inches())
    finally:
        text.remove()
