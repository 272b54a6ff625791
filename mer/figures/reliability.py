"""Whether scores mean what they say: reliability diagrams, one panel a run or a step of calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.calibration import Kind, reliability
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import as_designed, current, figure_width, ink, narrow, points, unit
from mer.figures.words import legend_below, wrapped

_COLUMNS_A_ROW, _OF_NARROW = 4, 2


def reliability_table(runs: Mapping[str, pd.DataFrame], bins: int = 10, kind: Kind = "width") -> pd.DataFrame:
    """The plotted numbers: ``panel, low, high, n, confidence, accuracy``, a row a bin (`reliability`)."""
    parts = [reliability(table, bins, kind).assign(panel=name) for name, table in runs.items()]
    if not parts:
        raise InputError("No runs to draw. Give at least one predictions table.")
    return pd.concat(parts, ignore_index=True)[["panel", "low", "high", "n", "confidence", "accuracy"]]


@styled
def reliability_figure(
    table: pd.DataFrame,
    *,
    synthetic: bool,
    epoch_rule: str,
    words: Mapping[str, str] | None = None,
    title: str = "Reliability of the scores",
) -> Figure:
    """Accuracy of the clips in each bin of confidence against their mean confidence, and how many clips each bin holds.

    On the diagonal scores mean what they say. Orange is what the score promises too much, green what it keeps back.

    Args:
        table: from `reliability_table`.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        words: panel to a line below its name, for instance the calibration error with its interval.
        title: heading.
    """
    panels = list(dict.fromkeys(table["panel"]))
    most = _OF_NARROW if narrow() else _COLUMNS_A_ROW
    columns = min(len(panels), most)
    rows = -(-len(panels) // columns)
    figure = panels_figure(0.45 + 2.35 * rows, title, synthetic, max(columns, 2) / most, epoch_rule)
    grid = figure.subplots(
        2 * rows, columns, squeeze=False, sharex=True, gridspec_kw={"height_ratios": [3.2, 1] * rows}
    )
    most = table["n"].max()
    pale = ink("sky") if current().grey_safe else "#B8C4CE"
    for position, panel in enumerate(panels):
        row, column = divmod(position, columns)
        upper, lower = grid[2 * row, column], grid[2 * row + 1, column]
        own = table[table["panel"] == panel]
        _diagram(upper, own)
        below = (words or {}).get(panel, "")
        below = f"{panel}\n{below}" if below else str(panel)
        upper.set_title(wrapped(below, 0.85 * figure_width() / columns))
        lower.bar(own["low"], own["n"], own["high"] - own["low"], align="edge", color=pale, edgecolor="white")
        lower.set_ylim(0, most * 1.05)
        lower.grid(axis="y")
        for axes in (upper, lower):
            if column:
                axes.tick_params(labelleft=False)
        if column == 0:
            upper.set_ylabel("share right")
            lower.set_ylabel("clips")
    for position in range(len(panels), rows * columns):
        row, column = divmod(position, columns)
        grid[2 * row, column].remove()
        grid[2 * row + 1, column].remove()
    handles, names = grid[0, 0].get_legend_handles_labels()
    quantity = "score of the predicted class"
    if as_designed():
        figure.legend(handles, names, loc="outside lower right", ncols=2, columnspacing=1.5)
        figure.supxlabel(quantity, fontsize=points(8), color=GREY)
        return figure
    legend_below(figure, handles, names, 2, quantity)
    return figure


def _diagram(axes: Axes, bins: pd.DataFrame) -> None:
    full = bins[bins["n"] > 0]
    low, width = full["low"].to_numpy(), (full["high"] - full["low"]).to_numpy()
    accuracy, confidence = full["accuracy"].to_numpy(), full["confidence"].to_numpy()
    axes.bar(low, np.minimum(accuracy, confidence), width, align="edge", color=ink("sky"), zorder=2)
    look: dict[str, dict[str, Any]] = {name: {"color": ink(name)} for name in ("orange", "green")}
    if current().grey_safe:  # white and dark, hatched in opposite ways
        look = {
            "orange": {"facecolor": "white", "hatch": "//////"},
            "green": {"facecolor": ink("green"), "hatch": "...."},
        }
    gaps = {
        "too sure": (confidence - accuracy, accuracy, "orange"),
        "not sure enough": (accuracy - confidence, confidence, "green"),
    }
    for name, (gap, bottom, colour) in gaps.items():
        axes.bar(low, np.maximum(gap, 0), width, bottom, align="edge", zorder=2, label=name, **look[colour])
    for patch in axes.patches:
        patch.set(edgecolor="black" if patch.get_hatch() else "white", linewidth=0.6 * unit())
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8 * unit(), linestyle=(0, (3, 2)), zorder=4)
    axes.scatter(confidence, accuracy, s=9 * unit() ** 2, color=ink("black"), zorder=5, linewidths=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(np.arange(0, 1.01, 0.25))
    axes.set_xticklabels(["0", "", "0.5", "", "1"])
    axes.set_yticks(np.arange(0, 1.01, 0.25))
    axes.grid(axis="y")
