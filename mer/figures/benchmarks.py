"""What `mer bench` found: times of plain and fast variants, aims, and quantities against sizes."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import highest, ink, points, unit
from mer.figures.words import legend_below

_INKS = ("vermilion", "blue", "green", "purple", "orange", "sky", "black", "yellow")
_MARKERS = "osD^vPX*"
_ROW, _FRAME = 0.22, 0.95  # inches of a line of text, and of what stands about the lines
#: An aim's bar is broken off here; beside it stands how far it goes.
_LONGEST = 2.0


@styled
def benchmark_times_figure(table: pd.DataFrame, *, title: str = "Plain and fast variants") -> Figure:
    """A line for each piece of work: its variants as points on a logarithmic axis, with quartiles.

    Beside the points stands the time of the first variant over that of the last one, and that it is that.

    Args:
        table: from `mer.bench.tables.times_table`.
        title: heading.

    Raises:
        InputError: nothing was timed.
    """
    works = list(table.groupby(["benchmark", "device", "work"], sort=False))
    if not works:
        raise InputError("No times to draw. Run a benchmark that compares variants (mer bench).")
    figure = panels_figure(min(_FRAME + 2 * _ROW * len(works), highest() / unit()), title, False)
    axes = figure.subplots()
    for spot, (_, rows) in enumerate(works):
        _variants(axes, spot, rows)
    axes.set_xscale("log")
    axes.set_xlim(float(table["ms_low"].min()) / 1.6, float(table["ms_high"].max()) * 1.6)
    labels = [f"{_wrapped(str(key[2]))}\n{key[0]}, {key[1]}" for key in (tuple(key) for key, _ in works)]
    axes.set_yticks(range(len(works)), labels)
    axes.tick_params(axis="y", length=0, labelsize=points(6.5))
    axes.set_ylim(len(works) - 0.5, -0.5)
    axes.set_xlabel("milliseconds; medians and quartiles; A / B: time of A over time of B")
    axes.grid(axis="x")
    return figure


def _variants(axes: Axes, spot: int, rows: pd.DataFrame) -> None:
    every: list[dict[Any, Any]] = rows.to_dict("records")
    for place, one in enumerate(every):
        colour = ink(_INKS[0 if place == 0 else 1 if place == len(every) - 1 else 2])
        axes.hlines(spot, one["ms_low"], one["ms_high"], color=colour, linewidth=1.3 * unit())
        axes.scatter(one["ms"], spot, s=18 * unit() ** 2, color=colour, marker=_MARKERS[min(place, 2)], linewidths=0)
        side = -1 if place % 2 else 1  # names above and below in turn, for the points may lie close together
        away = 7 + (6 * (place // 2) if len(every) > 3 else 0)  # of more than three in two lines each
        axes.annotate(
            one["variant"],
            (one["ms"], spot),
            (0, away * side * unit()),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=points(6),
        )
    last = every[-1]
    if np.isnan(last["ratio"]):  # the variants are compared in another way
        return
    words = f"{last['ratio_of']}\n{last['ratio']:.2f} [{last['ratio_low']:.2f}, {last['ratio_high']:.2f}]"
    axes.annotate(words, (1.01, spot), xycoords=axes.get_yaxis_transform(), va="center", fontsize=points(6.5))


@styled
def aims_figure(table: pd.DataFrame, *, title: str = "What was found, against the aims") -> Figure:
    """A bar for each aim: the worst that was found, as a share of what the aim allows; up to 1 it is met.

    Of an aim "at least" the share is aim over found, so that shorter is better everywhere. A bar that goes far beyond
    is broken off, with an arrow to the number where it would end. An aim of which nothing was measured has no bar.

    Args:
        table: from `mer.bench.tables.aims_table`.
        title: heading.

    Raises:
        InputError: there is no aim.
    """
    if table.empty:
        raise InputError("No aims to draw. Run a benchmark that has some (mer bench).")
    rows: list[dict[Any, Any]] = table.to_dict("records")
    figure = panels_figure(min(_FRAME + 2.2 * _ROW * len(rows), highest() / unit()), title, False)
    axes = figure.subplots()
    shares = [share_of_aim(row) for row in rows]
    for spot, (row, share) in enumerate(zip(rows, shares, strict=True)):
        long, met = min(share, _LONGEST), row["met"]
        colour = ink("blue" if met else "vermilion")
        axes.barh(spot, long, 0.5, color=colour, hatch="" if met else "///", edgecolor="white")
        if share > _LONGEST:
            _broken(axes, spot)
        words = _found_words(row, share)
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # the line of the aim does not cross words
        axes.annotate(
            words, (long, spot), (4, 0), textcoords="offset points", va="center", fontsize=points(6.5), bbox=behind
        )
    axes.axvline(1, color=GREY, linewidth=0.9 * unit(), linestyle=(0, (3, 2)), zorder=0)
    labels = [
        f"{_wrapped(row['aim'])}\n{row['direction']} {row['value']:g} {row['unit']}".rstrip()
        + f"; {row['benchmark']}, {row['device']}"
        for row in rows
    ]
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0, labelsize=points(6.5))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1.5 * max(1.05, min(_LONGEST, max(shares))))
    axes.set_xticks([tick for tick in (0, 0.5, 1, 1.5, _LONGEST) if tick <= axes.get_xlim()[1]])
    axes.set_xlabel("share of what the aim allows; met up to 1" + ("; →: goes on to" if max(shares) > _LONGEST else ""))
    axes.grid(axis="x")
    return figure


def _broken(axes: Axes, spot: int) -> None:
    """Two white strokes across a bar that does not end where it is drawn to end."""
    for at in (0.9, 0.94):
        axes.plot([at * _LONGEST, (at + 0.02) * _LONGEST], [spot + 0.3, spot - 0.3], color="white", lw=1.6 * unit())


def _found_words(row: dict[Any, Any], share: float) -> str:
    if not row["measured"]:
        return "not run"
    words = f"{row['worst']:.3g} {row['unit']}".rstrip()
    words += f" (worst of {row['measured']})" if row["measured"] > 1 else ""
    if share > _LONGEST:
        words = f"→ {share:.1f}: {words}" if np.isfinite(share) else f"→ no end: {words}"
    if "by the median" in row["result"]:
        return f"{words},\n{'' if row['met'] else 'not '}met by the median alone"
    return words + ("" if row["met"] else ", not met")


def share_of_aim(row: dict[Any, Any]) -> float:
    """The worst that was found as a share of what an aim allows: 0 where nothing was, infinite where it allows none.

    A negative one (memory given back) counts as none.
    """
    if not row.get("measured", 1):
        return 0.0
    worst, value = float(row["worst"]), float(row["value"])
    if row["direction"] == "at most":
        return max(0.0, worst / value) if value else (np.inf if worst > 0 else 0.0)
    return value / worst if worst > 0 else np.inf


@styled
def scale_figure(table: pd.DataFrame, *, title: str = "Time and memory against sizes") -> Figure:
    """A column for each kind of size, a row for each unit, a line for each quantity.

    A dashed line shows a time that grows in proportion.

    Args:
        table: from `mer.bench.tables.series_table`.
        title: heading.

    Raises:
        InputError: no series.
    """
    if table.empty:
        raise InputError("No series to draw. Run a benchmark that has some (mer bench scale).")
    table = table.assign(quantity=table["series"].map(_quantity))
    sizes, units, quantities = (list(dict.fromkeys(table[name])) for name in ("x", "unit", "quantity"))
    looks = {name: (_INKS[k % len(_INKS)], _MARKERS[k % len(_MARKERS)]) for k, name in enumerate(quantities)}
    figure = panels_figure(0.6 + 1.75 * len(units) + 0.06 * len(looks), title, False)
    grid = figure.subplots(len(units), len(sizes), squeeze=False)
    drawn = {}
    for row, what in enumerate(units):
        for column, x in enumerate(sizes):
            axes, own = grid[row, column], table[(table["unit"] == what) & (table["x"] == x)]
            if own.empty:
                axes.axis("off")
                continue
            for _, one in own.groupby("series", sort=False):
                name = one["quantity"].iloc[0]
                colour, marker = looks[name]
                (drawn[name],) = axes.plot(
                    one["size"],
                    one["value"],
                    color=ink(colour),
                    marker=marker,
                    markersize=3.5 * unit(),
                    lw=1.1 * unit(),
                )
            _panel(axes, own, what)
            axes.set_xlabel(x)
            axes.set_ylabel("" if column else {"s": "seconds"}.get(what, what))
    legend_below(figure, list(drawn.values()), list(drawn), 3, "dashed: a time in proportion to the size")
    return figure


def _panel(axes: Axes, own: pd.DataFrame, what: str) -> None:
    """Time on a logarithmic axis, where a line of slope one is in proportion; other quantities from zero."""
    axes.set_xscale("log")
    sizes = sorted(set(own["size"]))
    shown = sizes if len(sizes) < 3 else [sizes[0], sizes[len(sizes) // 2], sizes[-1]]
    top = float(own["value"].max())
    if what == "s":
        axes.set_yscale("log")
        ends = np.array([sizes[0], sizes[-1]])
        axes.plot(ends, top * ends / ends[1], color=GREY, linewidth=0.8 * unit(), linestyle=(0, (3, 2)), zorder=0)
        axes.set_ylim(0.6 * float(own["value"].min()), 1.7 * top)
    else:
        axes.set_ylim(min(0.0, 1.1 * float(own["value"].min())), max(1.0, 1.15 * top))
    axes.minorticks_off()
    axes.set_xticks(shown, [f"{size:,.0f}" for size in shown])
    axes.grid(axis="both")


def _quantity(name: str) -> str:
    """A series' name without what its panel says: ``aligning: time by clips`` is ``aligning``."""
    head, _, tail = name.rpartition(": ")
    return head if head and tail.partition(" ")[0] in ("time", "memory") else name


def _wrapped(words: str, letters: int = 46) -> str:
    return "\n".join(textwrap.wrap(words, letters))
