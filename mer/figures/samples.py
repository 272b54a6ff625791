"""What the data look like: faces side by side, motion over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.images import as_grey, draw_image
from mer.figures.layout import fitting_size, panel_side, panels_figure, square_grid
from mer.figures.style import GREY, class_palette, styled
from mer.figures.styles import figure_width, ink, narrow, points, unit

#: What `mer.figures.from_store.motion_curve` counts.
CURVE_UNIT = "motion of the face, px of 128"


@styled
def contact_sheet(
    images: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    synthetic: bool,
    columns: int = 8,
    title: str = "Aligned onsets",
) -> Figure:
    """Faces in a grid, a name under each.

    Raises:
        InputError: no images, or another number of names.
    """
    if not len(images) or len(images) != len(names):
        raise InputError(f"{len(images)} images and {len(names)} names to draw. Give at least one image, a name each.")
    columns = min(columns, len(images), 5 if narrow() else columns)
    rows = -(-len(images) // columns)
    space: dict[str, Any] = {"top": 0.27, "bottom": 0.16, "gap_y": 0.17, "largest": 1.2}
    figure, axes_grid = square_grid(rows, columns, title, synthetic, **space)
    grid = axes_grid.ravel()
    for axes, image, name in zip(grid, images, names, strict=False):
        image = np.asarray(image)
        coloured = image.ndim == 3 and image.shape[2] == 3
        draw_image(axes, image if coloured else as_grey(image))
        axes.set_xlabel(name, fontsize=fitting_size(name, panel_side(axes), 5.5), labelpad=1.5)
    for axes in grid[len(images) :]:
        axes.remove()
    return figure


@dataclass(frozen=True)
class MotionCurve:
    """Motion of one clip over time.

    Attributes:
        name: printed.
        numbers: frame numbers, ascending.
        values: one a frame: how far it is from the onset frame; NaN where that is not known.
        onset, apex, offset: frame numbers; an unknown apex is None.
        label: class, for the colour.
        fps: frames a second; the axis is then in seconds from the onset.
    """

    name: str
    numbers: np.ndarray
    values: np.ndarray
    onset: int
    apex: int | None
    offset: int
    label: str = ""
    fps: float | None = None


def difference_curve(frames: np.ndarray) -> np.ndarray:
    """Mean absolute difference of every frame from the first: float64 (n,), in grey levels 0..255.

    Args:
        frames: uint8 (n, H, W) or (n, H, W, C).
    """
    first = frames[0].astype(np.float32)
    return np.array([np.abs(frame.astype(np.float32) - first).mean() for frame in frames], dtype=float)


def curve_table(curves: Sequence[MotionCurve]) -> pd.DataFrame:
    """The plotted numbers: ``clip, frame, value``."""
    parts = [pd.DataFrame({"clip": c.name, "frame": c.numbers, "value": c.values}) for c in curves]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["clip", "frame", "value"])


@styled
def motion_figure(
    curves: Sequence[MotionCurve],
    *,
    synthetic: bool,
    quantity: str = CURVE_UNIT,
    title: str = "Motion from onset to offset",
) -> Figure:
    """A panel a clip: its motion since the onset over time, with onset, apex and offset marked."""
    if not curves:
        raise InputError("No motion curve to draw. Choose at least one clip.")
    columns = min(2 if narrow() else 3, len(curves))
    rows = -(-len(curves) // columns)
    figure = panels_figure(0.5 + 1.45 * rows, title, synthetic)
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    palette = class_palette(curve.label for curve in curves)
    for axes, curve in zip(grid, curves, strict=False):
        colour = palette[curve.label] if curve.label else ink("blue")
        scale = (lambda n, c=curve: (np.asarray(n) - c.onset) / c.fps) if curve.fps else (lambda n: np.asarray(n))
        axes.fill_between(scale(curve.numbers), 0, curve.values, color=colour, alpha=0.15, linewidth=0)
        axes.plot(scale(curve.numbers), curve.values, color=colour)
        for what, number in (("onset", curve.onset), ("apex", curve.apex), ("offset", curve.offset)):
            if number is None:
                continue
            axes.axvline(float(scale(number)), color=GREY, linewidth=0.7 * unit(), linestyle=(0, (3, 2)))
            axes.annotate(
                what,
                (float(scale(number)), 1.0),
                (-2 if what == "offset" else 2, -1),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right" if what == "offset" else "left",
                va="top",
                fontsize=points(6),
                color=GREY,
            )
        name = curve.name + (f"\n{curve.label}" if curve.label else "")
        axes.set_title(
            name, pad=3, fontsize=fitting_size(name, figure_width() / columns - 0.3 * unit()), linespacing=1.1
        )
        axes.margins(x=0.0)
        axes.set_ylim(bottom=0)
    axes_y = max(float(np.nanmax(curve.values)) for curve in curves)
    grid[0].set_ylim(0, (axes_y or 1.0) * 1.22)
    for axes in grid[len(curves) :]:
        axes.remove()
    quantity_across = "time from onset, s" if all(curve.fps for curve in curves) else "frame"
    figure.supxlabel(quantity_across, fontsize=points(8))
    figure.supylabel(quantity, fontsize=points(8))
    return figure
