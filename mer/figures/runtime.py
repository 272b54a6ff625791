"""Where the time of a recognition goes, and what the order of fusion and attention costs."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.chain import FUSIONS, STAGES
from mer.evaluation.runtime import AFTER, ALL_FUSIONS, BEFORE, RATIO, WHOLE
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import current, ink, narrow, points, unit
from mer.figures.words import legend_below

_NAMES = {BEFORE: "Fu-B-Attn", AFTER: "Fu-A-Attn"}
_ORDER_INKS = {BEFORE: "blue", AFTER: "vermilion"}
_MARKERS = {BEFORE: "o", AFTER: "s"}
_SEGMENTS = {
    "read image files": "black",
    "landmarks": "sky",
    "alignment and boxes": "green",
    "displacement": "orange",
    "regions and tokens": "yellow",
    ALL_FUSIONS: "purple",
    "classifier": None,
}
_HATCHES = {"landmarks": "////", "alignment and boxes": "....", "displacement": "\\\\\\\\", ALL_FUSIONS: "||||"}
#: Of a ratio whose quartiles lie on both sides of 1.
_UNCERTAIN = "#9A9A9A"


@styled
def runtime_figure(
    table: pd.DataFrame, *, synthetic: bool, device: str, title: str = "Time of a recognition"
) -> Figure:
    """A line of panels a configuration: stages of a recognition as stacked bars, fusions of both orders as points.

    Beside the points stands before / after with its quartiles, pale where these lie on both sides of 1.

    Args:
        table: from `mer.evaluation.runtime.runtime_table`; published rows are left out.
        synthetic: whether the faces are rendered.
        device: name of the processor, printed.
        title: heading.

    Raises:
        InputError: nothing was measured, or the table is one of an earlier version, whose ratio was the other way up.
    """
    if RATIO not in table:
        raise InputError(f"This table of times has no column {RATIO!r}; it is of an earlier version. Measure again.")
    measured = table[table["before_ms_low"].notna()]
    names = list(dict.fromkeys(measured["configuration"]))
    if not names:
        raise InputError("No times to draw. Measure at least one configuration.")
    stacked = narrow()
    figure = panels_figure(0.95 + 1.3 * len(names) * (2 if stacked else 1) + 0.7 * stacked, title, synthetic)
    if stacked:
        grid = figure.subplots(2 * len(names), 1, squeeze=False).reshape(len(names), 2)
    else:
        grid = figure.subplots(len(names), 2, squeeze=False, width_ratios=(1.45, 1))
    for (left, right), name in zip(grid, names, strict=True):
        rows = measured[measured["configuration"] == name].set_index("stage")
        _stacked(left, rows)
        left.set_title(f"configuration {name}: {WHOLE}", loc="left")
        _points(right, rows)
        right.set_title("its fusions", loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("milliseconds")
    bars, points = (axes.get_legend_handles_labels() for axes in grid[0])
    handles, labels = bars[0] + points[0], bars[1] + points[1]
    words = f"{device}; medians and quartiles; onset-apex pair, batch of 1\n"
    words += "×: Fu-B-Attn / Fu-A-Attn (before / after), quartiles; pale: on both sides of 1"
    legend_below(figure, handles, labels, 5, words, columnspacing=1.3, handlelength=1.0)
    return figure


def _stacked(axes: Axes, rows: pd.DataFrame) -> None:
    for spot, order in enumerate((BEFORE, AFTER)):
        start = 0.0
        for stage in _stages():
            value = float(rows[f"{order}_ms"][stage])
            label = stage if order == BEFORE else None
            axes.barh(spot, value, 0.5, left=start, label=label, **_segment(stage))
            start += value
        low, middle, high = (float(rows[f"{order}_ms{suffix}"][WHOLE]) for suffix in ("_low", "", "_high"))
        label = "measured as one call" if order == BEFORE else None
        axes.errorbar(
            middle,
            spot,
            xerr=[[middle - low], [high - middle]],
            fmt="D",
            color=ink("black"),
            mfc="white",
            markersize=4.5 * unit(),
            elinewidth=1.0 * unit(),
            capsize=2.5 * unit(),
            label=label,
        )
        axes.annotate(
            f"{middle:.3g} ms",
            (max(high, start), spot),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=points(6.5),
        )
    ends = [float(rows[f"{order}_ms_high"][WHOLE]) for order in _NAMES]
    sums = [float(rows.loc[list(_stages()), f"{order}_ms"].sum()) for order in _NAMES]
    axes.set_xlim(0, 1.22 * max(*ends, *sums))
    axes.set_yticks([0, 1], list(_NAMES.values()))
    axes.set_ylim(1.55, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _segment(stage: str) -> dict[str, Any]:
    """The look of a stage's bar; in grey print with a hatch."""
    name = _SEGMENTS[stage]
    colour = ink(name) if name else GREY
    if current().grey_safe:
        dark = stage == ALL_FUSIONS
        edge = {"edgecolor": "white" if dark else "black", "linewidth": 0.4 * unit()}
        return {"facecolor": colour, "hatch": _HATCHES.get(stage, "")} | edge
    return {"color": colour, "linewidth": 0}


def _points(axes: Axes, rows: pd.DataFrame) -> None:
    stages = [*FUSIONS, ALL_FUSIONS]
    for shift, order in ((-0.14, BEFORE), (0.14, AFTER)):
        low, middle, high = (
            rows.loc[stages, f"{order}_ms{suffix}"].to_numpy(float) for suffix in ("_low", "", "_high")
        )
        spots = np.arange(len(stages)) + shift
        axes.hlines(spots, low, high, color=ink(_ORDER_INKS[order]), linewidth=1.3 * unit())
        look: dict[str, Any] = {"color": ink(_ORDER_INKS[order]), "marker": _MARKERS[order], "s": 16 * unit() ** 2}
        axes.scatter(middle, spots, linewidths=0, label=_NAMES[order], **look)
    top = float(rows.loc[stages, [f"{order}_ms_high" for order in _NAMES]].to_numpy(float).max())
    for spot, stage in enumerate(stages):
        right = float(max(rows[f"{order}_ms_high"][stage] for order in _NAMES))
        ratio, least, most = (float(rows[f"{RATIO}{suffix}"][stage]) for suffix in ("", "_low", "_high"))
        words, certain = f"× {ratio:.2f} [{least:.2f}, {most:.2f}]", not least <= 1 <= most
        colour = ink("black") if certain else _UNCERTAIN
        at = (right, spot)
        axes.annotate(words, at, (5, 0), textcoords="offset points", va="center", fontsize=points(6), color=colour)
    axes.set_xlim(0, 1.75 * top)
    axes.set_yticks(range(len(stages)), stages)
    axes.set_ylim(len(stages) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _stages() -> tuple[str, ...]:
    """The stages of a bar: the three fusions as one."""
    return (*STAGES[:5], ALL_FUSIONS, STAGES[-1])
