"""How training went: every logged number against the step, median and quartiles over the folds or groups."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError, nearest
from mer.figures.curve_words import curve_name, curve_unit
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import current, figure_width, ink, narrow, points, unit
from mer.figures.words import wrapped

#: Columns of a history table that are not curves.
KEYS = ("step", "epoch", "fold", "phase", "seed", "run")
_INKS = ("blue", "vermilion", "green", "purple", "orange", "sky", "black")


def curve_names(history: pd.DataFrame) -> list[str]:
    """Columns of the history that hold a curve: numeric, not a key, not all empty."""
    numeric = history.select_dtypes("number").columns
    return [name for name in numeric if name not in KEYS and history[name].notna().any()]


def phases_in_a_row(history: pd.DataFrame, by: str = "step") -> tuple[pd.DataFrame, dict[str, float]]:
    """The history with the steps of each phase counted on from the end of the phase before it.

    Returns:
        The history, and where each phase begins; empty when it has one phase or none.
    """
    phases = list(dict.fromkeys(history["phase"].dropna())) if "phase" in history.columns else []
    if len(phases) < 2 or by not in history.columns:
        return history, {}
    history, begins, end = history.copy(), {}, 0.0
    for phase in phases:
        begins[str(phase)] = end
        inside = history["phase"] == phase
        history.loc[inside, by] += end
        end = history.loc[inside, by].max()
    return history, begins


def curves_table(history: pd.DataFrame, columns: Sequence[str] | None = None, by: str = "step") -> pd.DataFrame:
    """The plotted numbers: ``curve, <by>, low, median, high, folds`` with the quartiles over the folds of every step.

    Raises:
        InputError: ``by`` or a column is not in the history, or the history is empty.
    """
    if history.empty:
        raise InputError("The training history is empty. Train at least one fold first.")
    names = list(columns) if columns is not None else curve_names(history)
    for name in (by, *names):
        if name not in history.columns:
            raise InputError(f"The training history has no column {name!r}. {nearest(name, history.columns)}")
    parts = []
    for name in names:
        groups = history.dropna(subset=[name]).groupby(by, sort=True)[name]
        part = groups.quantile(np.array([0.25, 0.5, 0.75])).unstack()
        part.columns = ["low", "median", "high"]
        part["folds"] = groups.count()
        parts.append(part.reset_index().assign(curve=name))
    return pd.concat(parts, ignore_index=True)[["curve", by, "low", "median", "high", "folds"]]


@styled
def training_figure(
    history: pd.DataFrame,
    *,
    synthetic: bool,
    columns: Sequence[str] | None = None,
    by: str = "step",
    title: str = "Training",
    repeats: str = "folds",
) -> Figure:
    """One panel a curve: line at the median of the folds, band between the quartiles.

    A curve whose values span more than a factor of 50, all positive, has a logarithmic axis.

    Args:
        history: columns ``step`` (or ``epoch``), ``fold`` and the logged numbers; NaN where one was not logged.
        synthetic: whether the faces are rendered.
        columns: which curves; every numeric one when not given.
        by: column of the horizontal axis.
        title: heading.
        repeats: what the histories are of, in words: ``folds``, or ``groups`` of held-out persons.
    """
    history, begins = phases_in_a_row(history, by)
    table = curves_table(history, columns, by)
    names = list(dict.fromkeys(table["curve"]))
    most = 2 if narrow() else 3
    across = min(most, len(names))
    down = -(-len(names) // across)
    figure = panels_figure(0.4 + 1.5 * down, title, synthetic, max(across, 2) / most)
    inks = ("black",) if current().grey_safe else _INKS  # a panel holds one line
    colours = [ink(name) for name in inks] * (len(names) // len(inks) + 1)
    grid = figure.subplots(down, across, squeeze=False, sharex=True).ravel()
    for axes, name, colour in zip(grid, names, colours, strict=False):
        curve = table[table["curve"] == name]
        axes.fill_between(curve[by], curve["low"], curve["high"], color=colour, alpha=0.2, linewidth=0)
        axes.plot(
            curve[by], curve["median"], color=colour, marker="o" if len(curve) < 3 else "", markersize=2.5 * unit()
        )
        if curve["low"].min() > 0 and curve["high"].max() > 50 * curve["low"].min():
            axes.set_yscale("log")
        axes.set_title(curve_name(name))
        axes.set_ylabel(curve_unit(name), fontsize=points(7))
        axes.grid(axis="y")
        for begin in list(begins.values())[1:]:
            axes.axvline(begin, color=GREY, linewidth=0.7 * unit(), linestyle=(0, (3, 2)))
        axes.margins(x=0.01)
    for axes in grid[len(names) :]:
        axes.remove()
    for position in range(max(0, len(names) - across), len(names)):
        grid[position].tick_params(labelbottom=True)
    folds = int(table["folds"].max())
    across_words = {"step": "optimiser step"}.get(by, by)
    words = f"{across_words} (line: median, band: quartiles of {folds} {repeats})" if folds > 1 else across_words
    if begins:
        words += "\n" + ", then ".join(f"{phase} from {begin:g}" for phase, begin in begins.items())
    figure.supxlabel(wrapped(words, 0.95 * figure_width()), fontsize=points(8), color=GREY)
    return figure
