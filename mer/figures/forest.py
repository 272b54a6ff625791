"""What forests of methods share: striped rows, names that are broken into lines, words at the right of each row."""

from collections.abc import Iterable
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from mer.figures.style import GREY
from mer.figures.styles import as_designed, figure_width, narrow, points, unit
from mer.figures.words import wrapped
from mer.training.protocols import PROTOCOLS

_LETTERS, _SHARE = 30, 0.36  # of a name's line: letters in a notebook, share of the figure's width in print


def under_protocol(title: str, protocol: str) -> str:
    """The title with the protocol in words (`mer.training.protocols`) behind it; unchanged where that is unknown."""
    return f"{title}, {PROTOCOLS[protocol]}" if protocol in PROTOCOLS else title


def signed_interval(value: float, low: float, high: float) -> str:
    """``+0.054 [-0.010, +0.118]``; without brackets where there is no interval, a dash where there is no value."""
    if not np.isfinite(value):
        return "–"
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]" if np.isfinite([low, high]).all() else f"{value:+.3f}"


def striped_rows(axes: Axes, rows: int) -> None:
    """Every second row of a forest on grey, lines for the eye along x alone, no marks at the names."""
    for row in range(0, rows, 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0, linewidth=0)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)


def words_beside(axes: Axes, words: list[str]) -> None:
    """Words of the rows 0, 1, ... in a column at the right of the axes."""
    for row, text in enumerate(words):
        axes.annotate(
            text,
            (1, row),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            annotation_clip=False,
            va="center",
            fontsize=points(6.5),
            linespacing=1.25,
        )


def head_beside(axes: Axes, words: str) -> None:
    """What stands in the column of `words_beside`, above it."""
    axes.annotate(
        words,
        (1, 1),
        (5, 4 * unit()),
        xycoords="axes fraction",
        textcoords="offset points",
        annotation_clip=False,
        va="bottom",
        fontsize=points(6.5),
        color=GREY,
    )


def name_rows(axes: Axes, names: Iterable[str]) -> None:
    """Names at the left of the rows 0, 1, ..., the first on top; long ones in several lines, given breaks stay."""
    size = points(6 if narrow() else 7)
    if as_designed():
        lines = ["\n".join(fill(line, _LETTERS) for line in name.split("\n")) for name in names]
    else:
        lines = [wrapped(name, _SHARE * figure_width(), size) for name in names]
    axes.set_yticks(range(len(lines)), lines, fontsize=size)
    axes.set_ylim(len(lines) - 0.5, -0.5)
