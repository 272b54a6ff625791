"""Distributions over the clips of a database; size of the motion by class."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import MaxNLocator

from mer.figures.images import displacement_px, draw_missing
from mer.figures.layout import panels_figure
from mer.figures.style import class_palette, database_label, ordered_classes, styled
from mer.figures.styles import figure_width, narrow, points, unit
from mer.figures.words import wrapped


def peak_displacement_px(displacement: np.ndarray, percentile: float = 99.0) -> np.ndarray:
    """Peak length of each field in pixels of its own grid: float64 (n,); NaN for a field that is NaN everywhere.

    Args:
        displacement: (n, 2, H, W), normalised units.
        percentile: of the lengths over the known pixels; 100 is the maximum.
    """
    peaks = []
    for field in displacement:
        length = np.hypot(*displacement_px(np.asarray(field)))
        known = length[np.isfinite(length)]
        peaks.append(float(np.percentile(known, percentile)) if known.size else np.nan)
    return np.array(peaks, dtype=float)


@styled
def peak_figure(
    table: pd.DataFrame, *, synthetic: bool, bins: int = 16, title: str = "Peak displacement from onset to apex"
) -> Figure:
    """Histogram of peak displacement, one panel a class on shared axes.

    Args:
        table: columns ``label, peak_px``; rows with NaN are counted and left out. With nothing but NaN, as for real
            clips, the figure says that the displacement is not known.
        synthetic: whether the faces are rendered.
        bins: of the histogram.
        title: heading.
    """
    known = table[np.isfinite(table["peak_px"])]
    left_out = len(table) - len(known)
    if known.empty:
        figure = panels_figure(1.0, title, synthetic)
        axes = figure.subplots()
        draw_missing(axes, f"not known: none of the {len(table)} clips has a true displacement")
        axes.set_aspect("auto")
        return figure
    figure = panels_figure(1.95, title, synthetic)
    quantity = "peak displacement, px of the aligned face"
    histograms(
        known.rename(columns={"peak_px": "value"}),
        group="label",
        palette=class_palette(ordered_classes(known["label"])),
        quantity=quantity + (f"; {left_out} clip(s) without a known field left out" if left_out else ""),
        bins=bins,
        into=figure,
    )
    return figure


def histograms(
    table: pd.DataFrame,
    group: str,
    palette: dict[str, str],
    quantity: str,
    bins: int,
    into: FigureBase,
) -> None:
    """Histograms of a quantity, a panel a group, on shared axes with the median marked.

    Args:
        table: columns ``value`` and the one named by ``group``.
        group: column; its values that ``palette`` names have a panel each.
        palette: value to colour, in the order of the panels.
        quantity: label of the shared axis, with its unit.
        bins: of each histogram.
        into: an empty figure, or a part of one.
    """
    names = list(palette)
    low, high = float(table["value"].min()), float(table["value"].max())
    pad = max((high - low) * 0.02, 1e-3 * max(abs(high), 1e-3))
    edges = np.linspace(low - pad, high + pad, bins + 1)
    grid = into.subplots(1, len(names), squeeze=False, sharex=True, sharey=True)[0]
    for axes, name in zip(grid, names, strict=True):
        values = table.loc[table[group] == name, "value"]
        axes.hist(values, bins=edges, color=palette[name], edgecolor="white", linewidth=0.4 * unit())
        axes.axvline(values.median(), color="black", linewidth=0.9 * unit())
        axes.annotate(
            f"median {values.median():.3g}",
            (values.median(), 1.0),
            (3, -1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=points(6),
        )
        axes.set_title(wrapped(f"{database_label(name)} (n = {len(values)})", 0.8 * figure_width() / len(names)))
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(2 if narrow() else 4))
    grid[0].set_ylim(top=grid[0].get_ylim()[1] * 1.12)
    grid[0].set_ylabel("clips")
    into.supxlabel(wrapped(quantity, 0.95 * figure_width()), fontsize=points(8))
