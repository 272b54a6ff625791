"""Words that have to fit: how wide they are in the type in force, broken into lines, in the columns of a legend."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.textpath import text_to_path

from mer.figures.styles import as_designed, figure_width, points, unit

_HINTED = 1.06  # on a screen letters stand on whole dots, which makes lines longer by a few per cent


def text_width(words: str, size: float) -> float:
    """Width in inches of the longest line at ``size`` points, in the font in force."""
    family = str(mpl.rcParams["font.family"][0])
    return _HINTED * max(_line_width(line, family) for line in words.split("\n")) * size


@lru_cache(maxsize=4096)
def _line_width(line: str, family: str) -> float:
    """Inches at one point."""
    if not line:
        return 0.0
    ten = FontProperties(family=family, size=10)
    return float(text_to_path.get_text_width_height_descent(line, ten, ismath=False)[0]) / 720


def wrapped(words: str, inches: float, size: float | None = None) -> str:
    """The words with line breaks at spaces, so that no line is longer than ``inches``; given breaks stay.

    Args:
        words: a word longer than that has a line of its own.
        inches: available.
        size: points; that of most text when not given.
    """
    if as_designed():
        return words
    size = points(8) if size is None else size
    lines: list[str] = []
    for line in words.split("\n"):
        now = ""
        for word in line.split(" "):
            longer = f"{now} {word}" if now else word
            if now and text_width(longer, size) > inches:
                lines.append(now)
                longer = word
            now = longer
        lines.append(now)
    return "\n".join(lines)


def shrunk(words: str, inches: float, size: float) -> float:
    """Points at which the longest line takes at most ``inches``: ``size`` or less, not below the style's smallest."""
    return max(points(0), min(size, inches / max(text_width(words, 1.0), 1e-9)))


def legend_columns(labels: Sequence[str], most: int, inches: float | None = None) -> int:
    """How many of a legend's entries stand side by side: at most ``most``, as many as the width has room for."""
    if as_designed():
        return most
    room = (figure_width() if inches is None else inches) - 0.25 * unit()
    size = points(7)
    handle = 0.06 * size  # of the handle and the gaps about it, inches a point
    for columns in range(min(most, max(len(labels), 1)), 1, -1):
        down = -(-len(labels) // columns)
        parts = [labels[k * down : (k + 1) * down] for k in range(columns)]
        widths = [max(text_width(label, size) for label in part) + handle for part in parts if part]
        if sum(widths) <= room:
            return columns
    return 1


def legend_below(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], columns: int, title: str = "", **options: Any
) -> Legend:
    """A legend below the panels of a figure with a constrained layout; as many columns and lines as it takes."""
    across = legend_columns(labels, columns)
    if title:
        options["title"] = wrapped(title, figure.get_size_inches()[0] - 0.3 * unit(), points(7))
    return figure.legend(handles, labels, loc="outside lower center", ncols=across, **options)
