"""What a part of the model is worth: scores without it minus those of the whole model, ours beside the paper's."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.report import ALL
from mer.figures.style import GREY, OKABE_ITO, PAGE, database_label, styled, title_with_source

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
    figure = Figure(figsize=(PAGE, 1.05 + 0.24 * len(rows)), layout="constrained")
    figure.suptitle(title_with_source(title, synthetic))
    grid = figure.subplots(1, len(_METRICS), sharey=True, sharex=True)
    y = np.arange(len(rows))
    mine = f"ours{' (synthetic faces)' if synthetic else ''}, 95% interval over persons"
    for axes, (metric, name) in zip(grid, _METRICS.items(), strict=True):
        column = f"{metric}_difference{end}"
        axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
        for row in range(0, len(rows), 2):
            axes.axhspan(row - 0.5, row + 0.5, color="#F4F4F4", zorder=0, linewidth=0)
        axes.hlines(y, rows[f"{column}_low"], rows[f"{column}_high"], color=OKABE_ITO["blue"], linewidth=1.4, zorder=2)
        axes.scatter(rows[column], y, color=OKABE_ITO["blue"], s=20, zorder=4, label=mine, linewidths=0)
        theirs = {"facecolors": "white", "edgecolors": OKABE_ITO["vermilion"], "linewidths": 1.1}
        axes.scatter(rows[f"{metric}_difference_paper"], y, marker="D", s=20, zorder=3, label="paper", **theirs)
        axes.set_title(f"{name} minus that of the whole model")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.2f}".replace("+0.00", "0").replace("-0.00", "0"))
    labels = [f"{variant}  {change}" for variant, change in zip(rows["variant"], rows["change"], strict=True)]
    grid[0].set_yticks(y, labels)
    grid[0].set_ylim(len(rows) - 0.5, -0.5)
    where = "all clips" if part == ALL else database_label(part)
    handles, names = grid[0].get_legend_handles_labels()
    words = f"{where}, epoch rule: {epoch_rule}"
    figure.legend(
        handles, names, loc="outside lower center", ncols=2, title=words, columnspacing=1.5, handletextpad=0.3
    )
    return figure
