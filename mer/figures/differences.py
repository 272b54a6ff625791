"""Who is better: differences of methods to a floor, their intervals, and what exchanges of persons say of them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mer.core.errors import InputError
from mer.evaluation.permutation import among, metric_words
from mer.figures.forest import head_beside, name_rows, signed_interval, striped_rows, under_protocol, words_beside
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import ink, narrow, unit
from mer.figures.words import legend_below

#: A method that is so far below the others that its row would squeeze theirs; it stands in the table alone.
MAJORITY = "majority class"
#: A difference whose adjusted p is no larger than this is drawn full.
LEVEL = 0.05


@styled
def differences_figure(
    table: pd.DataFrame,
    *,
    synthetic: bool,
    epoch_rule: str,
    title: str = "Differences between methods",
    protocol: str = "",
) -> Figure:
    """One panel a metric, one row a pair: the difference with its paired interval, zero as a line.

    At the right of each row stand the numbers: difference and interval, and below it p, as found and adjusted by Holm;
    above them among how many comparisons. A mark is full where the adjusted p is at most 0.05. The majority class has
    no row beside other methods; `left_out_words` says so.

    Args:
        table: from `mer.evaluation.comparisons.compare_methods`; a row without bounds gets its mark alone.
        synthetic: whether the faces are rendered.
        epoch_rule: of the predictions, printed.
        title: heading, before the protocol.
        protocol: name of it (`mer.training.protocols`), printed in words; empty where it is not known.

    Raises:
        InputError: the table has no row.
    """
    if table.empty:
        raise InputError("No differences to draw. Compare at least two methods first.")
    table = _drawn(table)
    metrics = list(dict.fromkeys(table["metric"]))
    floors = list(dict.fromkeys(table["against"]))
    own = [table[table["metric"] == metric].reset_index(drop=True) for metric in metrics]
    down = len(metrics) if narrow() else 1
    height = 1.1 + down * (0.35 + 0.33 * len(own[0]))
    figure = panels_figure(height, under_protocol(title, protocol), synthetic, epoch_rule=epoch_rule)
    grid = figure.subplots(down, len(metrics) // down, sharey=True, sharex=True, squeeze=False).ravel()
    y = np.arange(len(own[0]))
    for axes, rows, metric in zip(grid, own, metrics, strict=True):
        striped_rows(axes, len(rows))
        axes.axvline(0, color=GREY, linewidth=0.8 * unit(), zorder=1)
        value, low, high = (rows[f"difference{bound}"].to_numpy(float) for bound in ("", "_low", "_high"))
        axes.hlines(y, low, high, color=ink("blue"), linewidth=1.4 * unit(), zorder=2)
        _marks(axes, value, rows["p_holm"].to_numpy(float) <= LEVEL)
        numbers = [signed_interval(*row) for row in zip(value, low, high, strict=True)]
        chances = [f"p = {p:.2g}, Holm {holm:.2g}" for p, holm in zip(rows["p"], rows["p_holm"], strict=True)]
        words_beside(axes, [f"{one}\n{two}" for one, two in zip(numbers, chances, strict=True)])
        head_beside(axes, f"p: {among(int(rows['comparisons'].iloc[0]))}")
        axes.set_title(metric_words(metric), loc="left")
        axes.xaxis.set_major_formatter(lambda at, _: f"{at:+.2f}".replace("+0.00", "0").replace("-0.00", "0"))
        axes.xaxis.set_major_locator(MaxNLocator(4))
    pairs = zip(own[0]["method"], own[0]["against"], strict=True)
    names = [name if len(floors) == 1 else f"{name} minus {other}" for name, other in pairs]
    for axes in grid[:down]:
        name_rows(axes, names)
    handles, labels = grid[0].get_legend_handles_labels()
    against = f"score minus that of {floors[0]}, " if len(floors) == 1 else ""
    legend_below(figure, handles, labels, 2, f"{against}95 % intervals over persons", handletextpad=0.3)
    return figure


def left_out_words(table: pd.DataFrame) -> str:
    """For the caption of `differences_figure`: which rows of the table it does not draw; empty where it draws all."""
    return "" if len(_drawn(table)) == len(table) else f"The {MAJORITY} is left out; it stands in the table."


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The rows without the majority class; all where it alone is compared, or all others are with it."""
    of_majority = table["method"] == MAJORITY
    if table["against"].nunique() > 1:
        of_majority |= table["against"] == MAJORITY
    return table if of_majority.all() else table[~of_majority]


def _marks(axes: Axes, value: np.ndarray, sure: np.ndarray) -> None:
    """Full and hollow circles; both kinds stand in the legend, also where one does not occur."""
    look: dict[str, Any] = {"s": 22 * unit() ** 2, "zorder": 3, "edgecolors": ink("blue"), "linewidths": 1.1 * unit()}
    for kind, face, label in ((sure, ink("blue"), "at most"), (~sure, "white", "above")):
        y = np.flatnonzero(kind)
        axes.scatter(value[y], y, facecolors=face, label=f"p by Holm {label} {LEVEL:g}", **look)
