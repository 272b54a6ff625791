"""End-point error of displacement fields: one line a method, by size of the motion and by added noise."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.layout import panels_figure
from mer.figures.style import GREY, styled
from mer.figures.styles import current, ink, narrow, unit
from mer.figures.words import legend_below

_INKS = ("blue", "orange", "green", "purple", "sky")
_MORE_COLOURS = ("#8C510A", "#B8A800", "#332288")
_LINES = ["-", (0, (6, 1, 1, 1)), (0, (1, 1))]  # the next one each time that the colours are used up
_MARKERS = ["o", "s", "D", "^", "v", "P", "X", "*", "<"]
_FLOW_GREYS = {"tvl1": "#000000", "dis": "#5A5A5A", "farneback": "#9A9A9A"}
_FLOW_MARKERS = {"tvl1": ".", "dis": "x", "farneback": "+"}
_NAMES = {"tvl1": "TV-L1", "dis": "DIS", "farneback": "Farnebäck"}


def method_label(name: str) -> str:
    """How a method is printed."""
    return _NAMES.get(name, name)


@styled
def endpoint_figure(
    bins: pd.DataFrame,
    noise: pd.DataFrame,
    *,
    synthetic: bool,
    highlight: str | None = None,
    title: str = "End-point error of the displacement on held-out people",
) -> Figure:
    """Three panels: by size of all motion, by size of the expression's part of it, by added noise.

    Args:
        bins: ``method, motion, length, error, error_low, error_high`` (`mer.evaluation.displacement_tables`).
        noise: ``method, noise, error, low, high``.
        synthetic: whether the faces are rendered.
        highlight: method drawn thicker, with the intervals over persons; others without.
        title: heading.

    Raises:
        InputError: nothing to draw.
    """
    if bins.empty or noise.empty:
        raise InputError("No end-point errors to draw. Measure at least one method first.")
    looks = method_looks(list(dict.fromkeys(bins["method"])), highlight)
    down = 3 if narrow() else 1
    figure = panels_figure(3.1 if down == 1 else 6.2, title, synthetic)
    panels = figure.subplots(down, 3 // down)
    for axes, (motion, part) in zip(panels, bins.groupby("motion", sort=False), strict=False):
        _lines(axes, part.rename(columns={"error_low": "low", "error_high": "high"}), "length", looks, highlight)
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        what = "true displacement" if motion == "all motion" else "its part without head motion"
        axes.set_xlabel(f"length of {what}, px" if motion == "all motion" else f"{what}, px")
        axes.set_title(str(motion))
    _lines(panels[-1], noise, "noise", looks, highlight)
    panels[-1].set_xlabel("added noise (of 255)")
    panels[-1].set_title("all motion, by noise")
    for axes in panels:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
        axes.grid(True, axis="y", which="both")
    for axes in panels[:down]:
        axes.set_ylabel("end-point error, px")
    handles, labels = panels[-1].get_legend_handles_labels()
    legend_below(figure, handles, labels, min(5, len(labels)))
    return figure


def method_looks(methods: Sequence[str], highlight: str | None) -> dict[str, dict[str, Any]]:
    """Line style of every method: optical flow dashed in greys, no motion dotted, readings of the module in colour."""
    grey, scale = current().grey_safe, unit()
    colours = [ink(name) for name in _INKS] + list([] if grey else _MORE_COLOURS)
    own, markers = cycle([(colour, line) for line in _LINES for colour in colours]), cycle(_MARKERS)
    looks: dict[str, dict[str, Any]] = {}
    for name in methods:
        if name in _FLOW_GREYS:
            look: dict[str, Any] = {"color": _FLOW_GREYS[name], "linestyle": (0, (4, 2))}
            look |= {"marker": _FLOW_MARKERS[name], "markersize": 4 * scale}
        elif name == "no motion":
            look = {"color": GREY, "linestyle": (0, (1, 1.5))}
        else:
            colour, line = (ink("black" if grey else "vermilion"), "-") if name == highlight else next(own)
            look = {"color": colour, "linestyle": line, "marker": next(markers), "markersize": 3.5 * scale}
        looks[name] = look | {"linewidth": scale * (2.2 if name == highlight else 1.1), "label": method_label(name)}
    return looks


def _lines(
    axes: Axes, table: pd.DataFrame, by: str, looks: Mapping[str, dict[str, Any]], highlight: str | None
) -> None:
    for name, part in table.groupby("method", sort=False):
        known = part.dropna(subset=["error"])
        axes.plot(known[by], known["error"], **looks[str(name)])
        if name == highlight and known["low"].notna().all():
            axes.fill_between(known[by], known["low"], known["high"], color=looks[str(name)]["color"], alpha=0.2, lw=0)
