"""Panels of several clips: clips in rows on a page, in columns where the figure is as narrow as a column of print."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mer.figures.layout import head_space, label_space, panel_side, place, place_head, row_label, square_grid
from mer.figures.styles import as_designed, figure_width, highest, narrow, points, unit
from mer.figures.words import shrunk, wrapped

#: Clips that stand side by side in a column of print.
ACROSS = 3
_TOP, _GAP = 0.24, 0.05  # inches at 8 points
_SPACE_ABOVE, _LINE = 0.42, 0.13  # those of `square_grid`, and one line of type


def clip_grid(
    names: Sequence[str],
    heads: Sequence[str],
    title: str,
    synthetic: bool,
    *,
    bottom: float,
    below: Sequence[float],
    gap_x: float = 0.04,
    gap_y: float = 0.05,
    right: float = 0.02,
    largest: float = 1.75,
) -> tuple[Figure, np.ndarray]:
    """A figure with a square panel for every clip and head, names and heads written beside and above.

    Args:
        names: of the clips.
        heads: of what is shown of each.
        title: heading.
        synthetic: whether the faces are rendered.
        bottom: space below all; this and the following lengths are inches at 8 points of type.
        below: space for words below the panels of each head, used where heads stand below one another.
        gap_x: between panels.
        gap_y: between rows where clips stand below one another.
        right: space at the right where clips stand side by side.
        largest: side of a panel.

    Returns:
        The figure and its axes, an array of shape (clips, heads) however they are placed.
    """
    if not narrow():
        space: dict[str, Any] = {
            "left": label_space(names),
            "bottom": bottom,
            "gap_x": gap_x,
            "gap_y": gap_y,
            "largest": largest,
        }
        figure, grid = square_grid(len(names), len(heads), title, synthetic, **space)
        side = grid[0, 0].get_position().width * figure.get_size_inches()[0]
        broken = [wrapped(words, side, points(8)) for words in heads]
        if not as_designed() and any("\n" in words for words in broken):  # a line more than there is room for
            higher = square_grid(len(names), len(heads), title, synthetic, **space, top=_SPACE_ABOVE + _LINE)
            if panel_side(higher[1][0, 0]) > 0.999 * side:  # else the page ends before, and panels would shrink
                figure, grid = higher
        for axes, words in zip(grid[0], broken, strict=True):
            axes.set_title(words, fontsize=points(8) if as_designed() else shrunk(words, side, points(8)))
        for axes, name in zip(grid[:, 0], names, strict=True):
            row_label(axes, name)
        return figure, grid
    return _side_by_side(names, heads, title, synthetic, bottom, below, gap_x, right, largest)


def _side_by_side(
    names: Sequence[str],
    heads: Sequence[str],
    title: str,
    synthetic: bool,
    bottom: float,
    below: Sequence[float],
    gap_x: float,
    right: float,
    largest: float,
) -> tuple[Figure, np.ndarray]:
    """Clips in columns, at most three; more stand in further blocks below."""
    scale, width = unit(), figure_width()
    across = min(ACROSS, len(names))
    blocks = -(-len(names) // across)
    gap, right, bottom = gap_x * scale, right * scale, bottom * scale
    left = scale * label_space(heads)
    for _ in range(2):  # the broken heads decide on the space, the space on the breaks
        side = min(largest * scale, (width - left - right - gap * (across - 1)) / across)
        broken = [wrapped(words, side, points(7)) for words in heads]
        left = scale * label_space(broken)
    left += (width - left - right - across * side - gap * (across - 1)) / 2
    above = scale * (0.06 + 0.135 * max(name.count("\n") + 1 for name in names))
    top = scale * _TOP - head_space(synthetic)
    gaps = scale * (_GAP * len(heads) + sum(below))
    lower = (highest() - top - bottom - blocks * (above + gaps)) / (blocks * len(heads))
    if lower < side:  # the page ends before
        left += across * (side - lower) / 2
        side = lower
    steps = [side + scale * (_GAP + space) for space in below]
    height = top + blocks * (above + sum(steps)) + bottom
    figure = Figure(figsize=(width, height))
    place_head(figure, title, synthetic)
    grid = np.empty((len(names), len(heads)), dtype=object)
    for clip, name in enumerate(names):
        block, column = divmod(clip, across)
        y = height - top - block * (above + sum(steps)) - above
        for k, step in enumerate(steps):
            grid[clip, k] = place(figure, left + column * (side + gap), y - side, side, side)
            y -= step
        size = shrunk(name, side + gap / 2, points(7))
        grid[clip, 0].set_title(name, fontsize=size, linespacing=1.1, pad=3 * scale)
        if column == 0:
            for axes, words in zip(grid[clip], broken, strict=True):
                row_label(axes, words)
                axes.yaxis.label.set_fontsize(min(points(7), float(axes.yaxis.label.get_fontsize())))
    return figure, grid
