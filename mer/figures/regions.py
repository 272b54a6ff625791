"""Where the method looks: nine action-unit boxes and the 43 regions of interest they come from, on a face (Fig. 4)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from mer.core.errors import InputError
from mer.face.regions import REGION_NAMES
from mer.figures.box_labels import draw_name_plates
from mer.figures.images import as_grey, box_px, draw_boxes, draw_image
from mer.figures.layout import head_space, place, place_head, square_grid
from mer.figures.style import styled
from mer.figures.styles import current, figure_width, ink, narrow, points, unit

_BOX_INKS = {"1": "blue", "2": "orange", "3": "sky", "4": "yellow", "5": "green", "6": "vermilion"}
_DASHES = {"3": (0, (3, 1)), "4": (0, (3, 1)), "5": (0, (1, 1)), "6": (0, (1, 1))}  # in grey print
NINE = REGION_NAMES


def box_colours(names: Sequence[str]) -> list[str]:
    """One colour a region number, shared by its left and right box."""
    return [ink(_BOX_INKS.get(name.strip("#")[:1], "black")) for name in names]


def boxes_table(boxes: np.ndarray, names: Sequence[str] = NINE) -> pd.DataFrame:
    """Columns ``box, x0, y0, x1, y1``: fractions of the aligned image."""
    table = pd.DataFrame(np.asarray(boxes, dtype=float), columns=["x0", "y0", "x1", "y1"])
    table.insert(0, "box", list(names))
    return table


@styled
def regions_figure(
    image: np.ndarray,
    boxes: np.ndarray,
    *,
    synthetic: bool,
    rois: Mapping[int, np.ndarray] | None = None,
    landmarks: np.ndarray | None = None,
    names: Sequence[str] = NINE,
    title: str = "Action-unit regions",
) -> Figure:
    """Three panels: landmarks and regions of interest, one-sided boxes (1, 3, 5), boxes across the face (2, 4, 6).

    Args:
        image: aligned face, uint8 or float in [0, 1].
        boxes: (k, 4) fractions x0, y0, x1, y1 of the image.
        synthetic: whether the face is rendered.
        rois: region number to polygon (points, 2), pixels of the image; the first panel is left out when this and the
            landmarks are missing.
        landmarks: (68, 2) pixels.
        names: one a box.
        title: heading.
    """
    boxes = np.asarray(boxes, dtype=float)
    if boxes.shape != (len(names), 4):
        raise InputError(f"Boxes have the shape {boxes.shape}. Expected ({len(names)}, 4) for {', '.join(names)}.")
    grey = as_grey(image)
    first = rois is not None or landmarks is not None
    sided = [k for k, name in enumerate(names) if name[-1:] in "LR"]
    across = [k for k in range(len(names)) if k not in sided]
    panels = [group for group in (sided, across) if group]
    count = len(panels) + first
    figure, grid = _panels(count, title, synthetic)
    if first:
        axes = grid.pop(0)
        line, ink_of_numbers = (ink("blue"), "#003A5C") if not current().grey_safe else ("#404040", "black")
        outline = {"facecolor": f"{line}1A", "edgecolor": line}
        draw_image(axes, 0.35 + 0.65 * grey, f"{len(rois or {})} regions of interest" if rois else "landmarks")
        for number, polygon in (rois or {}).items():
            axes.add_patch(Polygon(polygon, closed=True, linewidth=0.5 * unit(), **outline))
            x, y = np.asarray(polygon, dtype=float).mean(axis=0)
            axes.text(x, y, str(number), fontsize=points(5), ha="center", va="center", color=ink_of_numbers)
        if landmarks is not None:
            dots = "white" if current().grey_safe else ink("vermilion")
            axes.plot(*landmarks.T, ".", color=dots, markersize=3 * unit(), markeredgewidth=0)
        axes.set_xlim(-0.5, grey.shape[1] - 0.5)
        axes.set_ylim(grey.shape[0] - 0.5, -0.5)
    for axes, group in zip(grid, panels, strict=True):
        safe = current().grey_safe  # lines are then black and dashed by number, on a pale face
        draw_image(axes, 0.5 + 0.5 * grey if safe else grey, f"boxes {', '.join(names[k] for k in group)}")
        colours = ["#000000"] * len(group) if safe else box_colours([names[k] for k in group])
        draw_boxes(axes, boxes[group], grey.shape, colours, 1.4 * unit())
        for patch, k in zip(axes.patches, group, strict=True):
            patch.set_linestyle(_DASHES.get(names[k][:1], "-") if safe else "-")
        corners = np.array([box_px(boxes[k], grey.shape) for k in group])
        draw_name_plates(axes, corners, [names[k] for k in group], colours, grey.shape, points(6.5))
    return figure


def _panels(count: int, title: str, synthetic: bool) -> tuple[Figure, list[Axes]]:
    """Panels side by side; three in a column of print are one large panel, where numbers are read, above two."""
    if count < 3 or not narrow():
        figure, grid = square_grid(1, count, title, synthetic, largest=2.3)
        return figure, list(grid[0])
    scale, width = unit(), figure_width()
    upper, lower, head = min(2.3 * scale, 0.75 * width), (width - 0.1 * scale) / 2, 0.2 * scale
    top = 0.22 * scale - head_space(synthetic)
    figure = Figure(figsize=(width, top + head + upper + head + lower + 0.02 * scale))
    place_head(figure, title, synthetic)
    first = place(figure, (width - upper) / 2, lower + head + 0.02 * scale, upper, upper)
    return figure, [
        first,
        *(place(figure, x, 0.02 * scale, lower, lower) for x in (0.02 * scale, width - lower - 0.02 * scale)),
    ]
