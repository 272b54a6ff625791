"""What a part of the model is worth: scores without it minus those of the whole model, ours beside the paper's."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.report import ALL
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, database_label, styled
from mer.figures.styles import current, figure_width, ink, narrow, unit
from mer.figures.words import legend_below, wrapped

_METRICS = {"uf1": "UF1", "uar": "UAR"}


@styled
def ablation_figure(
    table: pd.DataFrame,
    *,
    synthetic: bool,
    epoch_rule: str,
    part: str = ALL,
    title: str = "Without one part: difference to the whole model",
) -> Figure:
    """One row a variant, one panel a metric: our difference with its paired interval, the paper's as a hollow diamond.

    Args:
        table: from `mer.evaluation.paper_tables.difference_table`.
        synthetic: whether the faces behind our numbers are rendered.
        epoch_rule: of our runs, printed.
        part: which rows, ``all`` or a database.
        title: heading.

    Raises:
        InputError: the table has no row of the part.
    """
    rows = table[table["part"] == part].reset_index(drop=True)
    if rows.empty:
        raise InputError(f"No differences of {part!r} to draw; parts are {', '.join(dict.fromkeys(table['part']))}.")
    end = "_ours_synthetic" if "uf1_difference_ours_synthetic" in rows else "_ours"
    down = len(_METRICS) if narrow() else 1
    figure = panels_figure(1.05 + 0.24 * len(rows) * down + 0.2 * (down - 1), title, synthetic, epoch_rule=epoch_rule)
    grid = figure.subplots(down, len(_METRICS) // down, sharey=True, sharex=True)
    y, size, grey = np.arange(len(rows)), 20 * unit() ** 2, current().grey_safe
    mine = f"ours{' (synthetic faces)' if synthetic else ''}, 95% interval over persons"
    for axes, (metric, name) in zip(grid, _METRICS.items(), strict=True):
        column = f"{metric}_difference{end}"
        axes.axvline(0, color=GREY, linewidth=0.8 * unit(), zorder=1)
        for row in range(0, len(rows), 2):
            axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0, linewidth=0)
        axes.hlines(
            y, rows[f"{column}_low"], rows[f"{column}_high"], color=ink("blue"), linewidth=1.4 * unit(), zorder=2
        )
        axes.scatter(rows[column], y, color=ink("blue"), s=size, zorder=4, label=mine, linewidths=0)
        theirs = {
            "facecolors": "white",
            "edgecolors": ink("black" if grey else "vermilion"),
            "linewidths": 1.1 * unit(),
        }
        axes.scatter(rows[f"{metric}_difference_paper"], y, marker="D", s=size, zorder=3, label="paper", **theirs)
        axes.set_title(f"{name} minus that of the whole model")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.2f}".replace("+0.00", "0").replace("-0.00", "0"))
    names = [f"{variant}  {change}" for variant, change in zip(rows["variant"], rows["change"], strict=True)]
    for axes in grid[:down]:
        axes.set_yticks(y, [wrapped(name, 0.45 * figure_width()) for name in names])
    grid[0].set_ylim(len(rows) - 0.5, -0.5)
    where = "all clips" if part == ALL else database_label(part)
    handles, labels = grid[0].get_legend_handles_labels()
    legend_below(figure, handles, labels, 2, where, columnspacing=1.5, handletextpad=0.3)
    return figure
