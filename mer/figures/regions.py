"""Where the method looks: nine action-unit boxes and the 43 regions of interest they come from, on a face (Fig. 4)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from mer.core.errors import InputError
from mer.face.regions import REGION_NAMES
from mer.figures.images import as_grey, box_px, draw_boxes, draw_image
from mer.figures.layout import square_grid
from mer.figures.style import OKABE_ITO, styled, title_with_source

_BOX_COLOURS = {
    "1": OKABE_ITO["blue"],
    "2": OKABE_ITO["orange"],
    "3": OKABE_ITO["sky"],
    "4": OKABE_ITO["yellow"],
    "5": OKABE_ITO["green"],
    "6": OKABE_ITO["vermilion"],
}
NINE = REGION_NAMES


def box_colours(names: Sequence[str]) -> list[str]:
    """One colour a region number, shared by its left and right box."""
    return [_BOX_COLOURS.get(name.strip("#")[:1], OKABE_ITO["black"]) for name in names]


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
    figure, axes_row = square_grid(1, count, title_with_source(title, synthetic), largest=2.3)
    grid = list(axes_row[0])
    if first:
        axes = grid.pop(0)
        draw_image(axes, 0.35 + 0.65 * grey, f"{len(rois or {})} regions of interest" if rois else "landmarks")
        for number, polygon in (rois or {}).items():
            axes.add_patch(Polygon(polygon, closed=True, facecolor="#0072B21A", edgecolor="#0072B2", linewidth=0.5))
            x, y = np.asarray(polygon, dtype=float).mean(axis=0)
            axes.text(x, y, str(number), fontsize=5, ha="center", va="center", color="#003A5C")
        if landmarks is not None:
            axes.plot(
                landmarks[:, 0], landmarks[:, 1], ".", color=OKABE_ITO["vermilion"], markersize=3, markeredgewidth=0
            )
        axes.set_xlim(-0.5, grey.shape[1] - 0.5)
        axes.set_ylim(grey.shape[0] - 0.5, -0.5)
    for axes, group in zip(grid, panels, strict=True):
        draw_image(axes, grey, f"boxes {', '.join(names[k] for k in group)}")
        colours = box_colours([names[k] for k in group])
        draw_boxes(axes, boxes[group], grey.shape, colours, 1.4)
        for k, colour in zip(group, colours, strict=True):
            x0, y0, _, _ = box_px(boxes[k], grey.shape)
            axes.text(
                x0,
                y0,
                names[k],
                fontsize=6.5,
                fontweight="bold",
                ha="left",
                va="top",
                color="white" if colour in (OKABE_ITO["blue"], OKABE_ITO["vermilion"], OKABE_ITO["green"]) else "black",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.0},
            )
    return figure
