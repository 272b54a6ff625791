"""Figures made of square panels, placed to the hundredth of an inch: faces, matrices and maps in rows and columns."""

from collections.abc import Iterable

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from mer.figures.style import FONT_SIZE, GREY, title_with_source
from mer.figures.styles import as_designed, current, figure_width, highest, points, unit
from mer.figures.words import shrunk, text_width

_TITLE_AT = 0.05  # inches from the upper edge to the title
_BOLD = 1.12  # letters of a title are bold, and by so much wider
_TITLE, _REMARK = 0.19, 0.11  # inches that a title takes, and the remark in its place where titles stand in captions


def head(figure: Figure, title: str, synthetic: bool, epoch_rule: str = "") -> None:
    """The title of a figure with its remarks (`title_with_source`); where titles stand in captions, these alone.

    A title that is too long for its remarks has them in a second line.
    """
    words = title_with_source(title, synthetic, epoch_rule)
    if current().title:
        figure.suptitle(_broken(words, figure.get_size_inches()[0]) if epoch_rule else words)
    elif words:
        figure.suptitle(words, x=1 - 0.02 / figure.get_size_inches()[0], ha="right", color=GREY)


def _broken(words: str, inches: float) -> str:
    """The words of a title, their remarks in a line of their own where one line is too long."""
    size = FontProperties(size=rcParams["figure.titlesize"]).get_size_in_points()
    title, _, remarks = words.rpartition(" (")
    return f"{title}\n({remarks}" if _BOLD * text_width(words, size) > inches - 2 * _TITLE_AT else words


def head_space(synthetic: bool, epoch_rule: str = "") -> float:
    """Inches by which a figure is lower in the style in force than in a notebook because its title is not in it."""
    return 0.0 if current().title else unit() * (_TITLE - (_REMARK if synthetic or epoch_rule else 0.0))


def panels_figure(height: float, title: str, synthetic: bool, share: float = 1.0, epoch_rule: str = "") -> Figure:
    """A figure of the width in force with its heading, for panels in a constrained layout.

    Args:
        height: inches at 8 points, with a title.
        title: heading.
        synthetic: whether the data are rendered.
        share: of the width that the panels need: in a notebook the figure is narrower, in print they stand in its
            middle.
        epoch_rule: of the scores that are drawn, where there are any.
    """
    across = figure_width() * (share if as_designed() else 1.0)
    down = min(unit() * height - head_space(synthetic, epoch_rule), highest())
    figure = Figure(figsize=(across, down), layout="constrained")
    head(figure, title, synthetic, epoch_rule)
    if across == figure_width() and share < 1 and (engine := figure.get_layout_engine()) is not None:
        engine.set(rect=((1 - share) / 2, 0, share, 1))  # type: ignore[call-arg]
    return figure


def square_grid(
    rows: int,
    columns: int,
    title: str,
    synthetic: bool = False,
    *,
    left: float = 0.02,
    right: float = 0.02,
    top: float = 0.42,
    bottom: float = 0.02,
    gap_x: float = 0.04,
    gap_y: float = 0.04,
    largest: float = 1.75,
    width: float | None = None,
    epoch_rule: str = "",
) -> tuple[Figure, np.ndarray]:
    """A figure with a grid of square axes and a title above it. All lengths are inches at 8 points of type.

    Args:
        rows: of axes.
        columns: of axes.
        title: heading, centred.
        synthetic: whether the data are rendered; the heading says so.
        left: space for labels beside the grid.
        right: same.
        top: space above, with the title and the heads of the columns.
        bottom: space below.
        gap_x: between columns.
        gap_y: between rows.
        largest: a panel is not wider than this. In a notebook the figure is then narrower than ``width``; in a style
            of print the grid stands in its middle.
        width: of the figure, at most; that of the style in force when not given. In true inches.
        epoch_rule: of the scores that are drawn, where there are any.

    Returns:
        The figure and its axes, an array of shape (rows, columns).
    """
    scale = unit()
    whole = figure_width() if width is None else width
    left, right, bottom, gap_x, gap_y = (length * scale for length in (left, right, bottom, gap_x, gap_y))
    top = top * scale - head_space(synthetic, epoch_rule)
    side = min(largest * scale, (whole - left - right - gap_x * (columns - 1)) / columns)
    if not current().title:
        side = min(side, (highest() - top - bottom - gap_y * (rows - 1)) / rows)
    used = left + right + side * columns + gap_x * (columns - 1)
    if current().title:
        whole = used
    left += (whole - used) / 2
    height = top + bottom + side * rows + gap_y * (rows - 1)
    figure = Figure(figsize=(whole, height))
    axes = np.empty((rows, columns), dtype=object)
    for row in range(rows):
        for column in range(columns):
            x = left + column * (side + gap_x)
            y = height - top - (row + 1) * side - row * gap_y
            axes[row, column] = place(figure, x, y, side, side)
    place_head(figure, title, synthetic, epoch_rule)
    return figure, axes


def place_head(figure: Figure, title: str, synthetic: bool, epoch_rule: str = "") -> None:
    """The heading of a figure whose panels are placed in inches: at its upper edge, in letters that fit."""
    width, height = figure.get_size_inches()
    head(figure, title, synthetic, epoch_rule)
    if (heading := figure._suptitle) is None:  # type: ignore[attr-defined]
        return
    at = _TITLE_AT if current().title else 0.02 * unit()
    heading.set(y=1 - at / height, va="top")
    too_long = heading.get_window_extent().width / (figure.dpi * (width - 2 * at))
    if too_long > 1:  # a single panel is narrower than most titles
        heading.set_fontsize(float(heading.get_fontsize()) / too_long)


def label_space(names: Iterable[str]) -> float:
    """Space that upright labels beside the rows take, inches at 8 points: as many lines as the longest name has."""
    return 0.08 + 0.14 * max((name.count("\n") + 1 for name in names), default=0)


def row_label(axes: Axes, name: str) -> None:
    """Upright label at the left of a panel, in smaller letters when a line is longer than the side of the panel."""
    axes.set_ylabel(name, rotation=90, fontsize=fitting_size(name, panel_side(axes)), linespacing=1.15)


def panel_side(axes: Axes) -> float:
    """Side of a panel of `square_grid`, inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None, "axes of a grid belong to a figure"
    return float(axes.get_position().height * figure.get_size_inches()[1])


def fitting_size(words: str, length: float, largest: float = FONT_SIZE) -> float:
    """Font size in points at which the longest line takes at most ``length`` inches; not below what can be read.

    Args:
        words: may have several lines.
        length: inches.
        largest: size, in points of the notebook's type.
    """
    if not as_designed():
        return shrunk(words, length, points(largest))
    longest = max(len(line) for line in words.split("\n"))
    return max(3.5, min(largest, length * 72 / (0.58 * max(longest, 1))))  # a letter is about 0.58 of its size wide


def place(figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
    """New axes at a place given in inches from the lower left corner of the figure."""
    whole_width, whole_height = figure.get_size_inches()
    return figure.add_axes((x / whole_width, y / whole_height, width / whole_width, height / whole_height))


def place_text(figure: Figure, x: float, y: float, words: str, **options: object) -> None:
    """Text at a place given in inches from the lower left corner of the figure; ``options`` are those of ``Text``."""
    whole_width, whole_height = figure.get_size_inches()
    figure.text(x / whole_width, y / whole_height, words, **options)  # type: ignore[arg-type]
