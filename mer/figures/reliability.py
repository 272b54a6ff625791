"""Whether scores mean what they say: reliability diagrams, one panel a run or a step of calibration."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.calibration import Kind, reliability
from mer.figures.style import FONT_SIZE, GREY, OKABE_ITO, PAGE, styled, title_with_source

_COLUMNS_A_ROW = 4


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
    columns = min(len(panels), _COLUMNS_A_ROW)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(PAGE * max(columns, 2) / _COLUMNS_A_ROW, 0.45 + 2.35 * rows), layout="constrained")
    figure.suptitle(title_with_source(title, synthetic))
    grid = figure.subplots(
        2 * rows, columns, squeeze=False, sharex=True, gridspec_kw={"height_ratios": [3.2, 1] * rows}
    )
    most = table["n"].max()
    for position, panel in enumerate(panels):
        row, column = divmod(position, columns)
        upper, lower = grid[2 * row, column], grid[2 * row + 1, column]
        own = table[table["panel"] == panel]
        _diagram(upper, own)
        below = (words or {}).get(panel, "")
        upper.set_title(f"{panel}\n{below}" if below else panel)
        lower.bar(own["low"], own["n"], own["high"] - own["low"], align="edge", color="#B8C4CE", edgecolor="white")
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
    figure.legend(handles, names, loc="outside lower right", ncols=2, columnspacing=1.5)
    figure.supxlabel(f"score of the predicted class (epoch rule: {epoch_rule})", fontsize=FONT_SIZE, color=GREY)
    return figure


def _diagram(axes: Axes, bins: pd.DataFrame) -> None:
    full = bins[bins["n"] > 0]
    low, width = full["low"].to_numpy(), (full["high"] - full["low"]).to_numpy()
    accuracy, confidence = full["accuracy"].to_numpy(), full["confidence"].to_numpy()
    axes.bar(low, np.minimum(accuracy, confidence), width, align="edge", color=OKABE_ITO["sky"], zorder=2)
    gaps = {
        "too sure": (confidence - accuracy, accuracy, "orange"),
        "not sure enough": (accuracy - confidence, confidence, "green"),
    }
    for name, (gap, bottom, colour) in gaps.items():
        axes.bar(low, np.maximum(gap, 0), width, bottom, align="edge", color=OKABE_ITO[colour], zorder=2, label=name)
    for patch in axes.patches:
        patch.set(edgecolor="white", linewidth=0.6)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (3, 2)), zorder=4)
    axes.scatter(confidence, accuracy, s=9, color=OKABE_ITO["black"], zorder=5, linewidths=0)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(np.arange(0, 1.01, 0.25))
    axes.set_xticklabels(["0", "", "0.5", "", "1"])
    axes.set_yticks(np.arange(0, 1.01, 0.25))
    axes.grid(axis="y")
