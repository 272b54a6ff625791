"""Runs and their scores at a moment: what stands for the run board where no kernel serves it."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.figures.scores import numbers_beside
from mer.figures.style import GREY, OKABE_ITO, PAGE, styled, title_with_source

_METRICS = {"uf1": "UF1", "uar": "UAR"}
_MOST = 40
_LONGEST = 46


@styled
def run_scores_figure(table: pd.DataFrame, *, title: str = "Runs and their scores") -> Figure:
    """A row a run that has scores, with their intervals; runs of other states are counted below.

    Args:
        table: columns ``study, run, state, synthetic, epoch_rule, n`` and ``uf1, uf1_low, uf1_high`` and the same of
            ``uar``; NaN where a run has none. ``synthetic`` is None where that is not known. At most
            the first 40 with scores are drawn.
        title: heading.
    """
    scored = table[table["uf1"].notna() | table["uar"].notna()].head(_MOST).reset_index(drop=True)
    synthetic = bool(len(scored)) and bool(scored["synthetic"].eq(True).all())
    figure = Figure(figsize=(PAGE, 1.15 + 0.2 * max(len(scored), 2)), layout="constrained")
    figure.suptitle(
        title_with_source(title, synthetic, ", ".join(sorted({rule for rule in scored["epoch_rule"] if rule})))
    )
    grid = figure.subplots(1, 2, sharey=True)
    y = np.arange(len(scored))
    for axes, (metric, name), colour in zip(grid, _METRICS.items(), ("blue", "vermilion"), strict=True):
        value, low, high = (scored[metric + end].to_numpy(dtype=float) for end in ("", "_low", "_high"))
        axes.hlines(y, low, high, color=OKABE_ITO[colour], linewidth=1.4)
        axes.scatter(value, y, color=OKABE_ITO[colour], s=18, zorder=3, linewidths=0)
        numbers_beside(axes, y, value, low, high, OKABE_ITO[colour])
        axes.set_title(name)
        axes.set_xlim(0, 1.02)
        axes.set_xticks(np.arange(0, 1.01, 0.2))
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
    grid[0].set_yticks(y, [_label(row, synthetic) for _, row in scored.iterrows()])
    grid[0].set_ylim(len(scored) - 0.5, -0.5) if len(scored) else grid[0].set_ylim(0.5, -0.5)
    if scored.empty:
        for axes in grid:
            axes.text(0.56, 0, "no scores yet", ha="center", va="center", color=GREY)
    figure.supxlabel(_below(table, scored), fontsize=7, color=GREY)
    return figure


def states_in_words(table: pd.DataFrame) -> str:
    """For instance ``32 runs: 31 finished, 1 failed``."""
    counts = table["state"].value_counts()
    return f"{len(table)} runs: " + ", ".join(f"{count} {state}" for state, count in counts.items())


def _label(row: pd.Series, all_synthetic: bool) -> str:
    name = f"{row['study']} / {row['run']}"
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 12]}…{name[-11:]}"
    marks = [row["state"]] if row["state"] != "finished" else []
    if pd.isna(row["synthetic"]):
        marks += ["faces unknown"]
    elif row["synthetic"] and not all_synthetic:
        marks += ["synthetic"]
    return name + (f" ({', '.join(marks)})" if marks else "")


def _below(table: pd.DataFrame, scored: pd.DataFrame) -> str:
    if table.empty:
        return "no runs yet"
    words = [states_in_words(table)]
    if len(scored):
        words.append("in brackets and as lines: 95 % intervals over subjects")
    left = int((table["uf1"].notna() | table["uar"].notna()).sum()) - len(scored)
    if left > 0:
        words.append(f"{left} more in the table")
    return "\n".join(words)
