"""Where errors gather: the share of wrong predictions by class, database, size of the motion and blink."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, database_label, styled
from mer.figures.styles import figure_width, ink, narrow, points, unit
from mer.figures.words import wrapped

_HEADINGS = {"class": "class", "database": "database", "motion": "generated motion", "blink": "eyes"}


@styled
def error_shares_figure(
    table: pd.DataFrame, *, synthetic: bool, epoch_rule: str, title: str = "Where errors gather"
) -> Figure:
    """A line a kind of clips: share of wrong predictions with its interval; the dashed line is that of all clips.

    Args:
        table: from `mer.evaluation.failures.error_shares`.
        synthetic: whether the faces are rendered.
        epoch_rule: name of the epoch rule, printed.
        title: heading.

    Raises:
        InputError: the table has no rows.
    """
    if table.empty:
        raise InputError("No shares of errors to draw. Give predictions of at least one clip.")
    spots: list[float] = []
    heads: dict[str, float] = {}
    for by, group in table.groupby("by", sort=False):
        top = spots[-1] + 1.25 if spots else 0.0
        if by in _HEADINGS:
            heads[_HEADINGS[str(by)]] = top
            top += 0.95
        spots += [top + k for k in range(len(group))]
    words = f"share {'wrong' if narrow() else 'of wrong predictions'}, 95% interval over subjects"
    below = wrapped(words, (0.6 if narrow() else 0.7) * figure_width(), points(7))
    height = 0.8 + 0.155 * max(spots) + 0.13 * below.count("\n")
    figure = panels_figure(height, title, synthetic, 1.0 if narrow() else 0.72, epoch_rule)
    axes = figure.subplots()
    share, low, high = (table[name].to_numpy(float) for name in ("share", "low", "high"))
    whole = table.loc[table["by"] == "all", "share"]
    if len(whole):
        axes.axvline(float(whole.iloc[0]), color=GREY, linewidth=0.7 * unit(), linestyle=(0, (3, 2)), zorder=1)
    colours = [ink("black" if by == "all" else "blue") for by in table["by"]]
    axes.hlines(spots, low, high, color=colours, linewidth=1.4 * unit(), zorder=2)
    axes.scatter(share, spots, color=colours, s=18 * unit() ** 2, zorder=3, linewidths=0)
    look: dict[str, Any] = {"va": "center", "fontsize": points(6.5), "color": GREY}
    look["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # where the dashed line passes
    for at, value, right, errors, count in zip(
        spots, share, np.fmax(high, share), table["errors"], table["n"], strict=True
    ):
        words = f"{value:.0%}  ({errors} of {count})"
        axes.annotate(words, (right, at), (4, 0), textcoords="offset points", **look)
    named = table["group"].where(table["by"] != "database", table["group"].map(database_label))
    axes.set_yticks([*spots, *heads.values()], [*named, *heads])
    for label in axes.get_yticklabels()[len(spots) :]:
        label.set(fontweight="bold", fontsize=points(6.5))
    axes.set_ylim(max(spots) + 0.7, -0.7)
    axes.set_xlim(0, min(1.35, max(0.3, 1.45 * float(np.nanmax(np.fmax(high, share))))))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}" if value <= 1 else "")
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(below)
    axes.xaxis.label.set_fontsize(points(7))
    return figure
