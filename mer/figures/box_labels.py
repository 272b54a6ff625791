"""Where the names of overlapping boxes stand, so that each is seen to belong to one of them.

A name is a small plate at the outside of its box, at a corner where it can be, that touches the box's own line or sits
on it; plates keep clear of each other, and of the lines of other boxes as far as there is room. Where there is none at
the box itself, the plate stands in the nearest free place and a line leads from it to the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from mer.figures.layout import panel_side
from mer.figures.styles import unit
from mer.figures.words import text_width

_ALONG = np.linspace(0, 1, 21)  # places of a plate along a side
#: Costs of a place: a line of another box below the plate, or beside it; another box around it; on the box's own line
#: instead of outside; away from the corners.
_LINE, _NEAR, _INSIDE, _ON_LINE, _NO_CORNER = 3.0, 0.6, 0.8, 0.4, 0.2
_CLEAR = 0.012  # of the width of the picture: a line that is nearer is beside a plate
_STEPS = 40  # a side, of the places that are tried where none at the box is free


@dataclass(frozen=True)
class Plate:
    """Place of a name, in the pixels that the boxes were given in.

    Attributes:
        x0, y0, x1, y1: the plate.
        leader: from the plate to the box where it does not touch it, (x, y) each; None where it does.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    leader: tuple[tuple[float, float], tuple[float, float]] | None = None

    @property
    def centre(self) -> tuple[float, float]:
        """Of the plate."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


def name_plates(boxes: np.ndarray, sizes: Sequence[tuple[float, float]], canvas: tuple[int, int]) -> list[Plate]:
    """Place a plate for every box; no two overlap, while the picture has room for all.

    Args:
        boxes: (k, 4), x0, y0, x1, y1 in pixels, y down.
        sizes: width and height of each plate, pixels.
        canvas: height and width of the picture; plates stay inside.

    Returns:
        A plate a box, in the order given.
    """
    boxes = np.asarray(boxes, dtype=float)
    tried = [_at_box(boxes, k, size, canvas) for k, size in enumerate(sizes)]
    found: dict[int, np.ndarray] = {}
    # The box with the fewest clean places chooses first.
    for k in sorted(range(len(boxes)), key=lambda k: int((tried[k][1] < _NEAR).sum())):
        places, costs = tried[k]
        free = _clear_of(places, list(found.values()))
        if free.any():
            found[k] = places[free][np.argmin(costs[free])]
        else:
            found[k] = _elsewhere(boxes[k], sizes[k], canvas, list(found.values()))
    return [_plate(found[k], boxes[k]) for k in range(len(boxes))]


def draw_name_plates(
    axes: Axes, boxes: np.ndarray, names: Sequence[str], colours: Sequence[Any], canvas: tuple[int, int], size: float
) -> None:
    """Names of boxes on plates in their colours, over an image that was drawn in the axes.

    Args:
        axes: already in their place.
        boxes: (k, 4), pixels of the image.
        names: one a box.
        colours: one a box, of its lines.
        canvas: height and width of the image.
        size: points of the letters.
    """
    a_pixel = panel_side(axes) / canvas[0]  # inches
    pad = 0.18 * size / 72  # inches about the letters, which are 0.7 of their size high
    height = (0.7 * size / 72 + 2 * pad) / a_pixel
    plates = name_plates(boxes, [((text_width(name, size) + 2 * pad) / a_pixel, height) for name in names], canvas)
    corners = [[(p.x0, p.y0), (p.x1, p.y0), (p.x1, p.y1), (p.x0, p.y1)] for p in plates]
    look: dict[str, Any] = {"facecolors": list(colours), "edgecolors": "white", "linewidths": 0.4 * unit()}
    axes.add_collection(PolyCollection(corners, zorder=4, **look), autolim=False)
    for plate, name, colour in zip(plates, names, colours, strict=True):
        red, green, blue = to_rgb(colour)
        ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.47 else "white"
        if plate.leader is not None:
            axes.plot(*zip(*plate.leader, strict=True), color=colour, linewidth=0.8 * unit(), zorder=3)
        x, y = plate.centre
        base = y + 0.33 * size / 72 / a_pixel  # digits and capitals are 0.66 of their size high
        axes.text(x, base, name, color=ink, ha="center", va="baseline", fontsize=size, zorder=5)


def _at_box(
    boxes: np.ndarray, own: int, size: tuple[float, float], canvas: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Plates (n, 4) that touch the box from outside, within the picture, and what each costs."""
    (x0, y0, x1, y1), (width, height) = boxes[own], size
    places, costs = [], []
    for share in _ALONG:
        across, down = x0 + share * (x1 - x0 - width), y0 + share * (y1 - y0 - height)
        for on in (0.0, 0.5):  # outside, and half of it inside
            sides = ((across, y0 - (1 - on) * height), (across, y1 - on * height))
            for left, top in (*sides, (x0 - (1 - on) * width, down), (x1 - on * width, down)):
                places.append((left, top, left + width, top + height))
                costs.append(_NO_CORNER * (share not in (0.0, 1.0)) + _ON_LINE * (on > 0))
    plates = np.array(places)
    inside = (plates[:, :2] >= 0).all(axis=1) & (plates[:, 2] <= canvas[1]) & (plates[:, 3] <= canvas[0])
    others = np.delete(boxes, own, axis=0)
    return plates[inside], np.array(costs)[inside] + _disturbance(plates[inside], others, _CLEAR * canvas[1])


def _disturbance(plates: np.ndarray, others: np.ndarray, clear: float) -> np.ndarray:
    """How little each plate is seen to belong to its box: lines of others below it or beside it, others around it."""
    if not len(others) or not len(plates):
        return np.zeros(len(plates))
    grown = plates + clear * np.array([-1, -1, 1, 1])
    on, near = (_crossed(each, others).sum(axis=1) for each in (plates, grown))
    x, y = (plates[:, :2] + plates[:, 2:]).T[..., None] / 2
    within = (x > others[:, 0]) & (x < others[:, 2]) & (y > others[:, 1]) & (y < others[:, 3])
    return _LINE * on + _NEAR * (near - on) + _INSIDE * within.sum(axis=1)


def _crossed(plates: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Whether a line of each box runs below each plate: bool (plates, boxes)."""
    p, b = plates[:, None, :], boxes[None]
    touching = (p[..., 0] <= b[..., 2]) & (p[..., 2] >= b[..., 0]) & (p[..., 1] <= b[..., 3]) & (p[..., 3] >= b[..., 1])
    within = (p[..., 0] > b[..., 0]) & (p[..., 2] < b[..., 2]) & (p[..., 1] > b[..., 1]) & (p[..., 3] < b[..., 3])
    return touching & ~within


def _clear_of(plates: np.ndarray, taken: Sequence[np.ndarray]) -> np.ndarray:
    """Which plates (n, 4) overlap none of those that stand already."""
    free = np.ones(len(plates), bool)
    for x0, y0, x1, y1 in taken:
        beside = (plates[:, 0] >= x1) | (plates[:, 2] <= x0) | (plates[:, 1] >= y1) | (plates[:, 3] <= y0)
        free &= beside
    return free


def _elsewhere(
    box: np.ndarray, size: tuple[float, float], canvas: tuple[int, int], taken: Sequence[np.ndarray]
) -> np.ndarray:
    """The free plate that is nearest to the box; one above another where the picture is full."""
    width, height = size
    across, down = (
        np.linspace(0, max(0.0, whole - part), _STEPS) for whole, part in zip(canvas[::-1], size, strict=True)
    )
    left, top = (axis.ravel() for axis in np.meshgrid(across, down))
    plates = np.stack([left, top, left + width, top + height], axis=1)
    gap = np.maximum(plates[:, :2] - box[2:], box[:2] - plates[:, 2:]).max(axis=1)
    far = np.abs(gap)  # as near to its lines as can be, from outside or inside
    free = _clear_of(plates, taken)
    return plates[free][np.argmin(far[free])] if free.any() else plates[np.argmin(far)]


def _plate(place: np.ndarray, box: np.ndarray) -> Plate:
    """With a line to the box where the plate neither touches one of its sides nor sits on it."""
    x0, y0, x1, y1 = (float(value) for value in place)
    if _crossed(place[None] + 1e-6 * np.array([-1, -1, 1, 1]), box[None])[0, 0]:
        return Plate(x0, y0, x1, y1)
    corners = np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])])
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    end = corners[np.argmin(np.hypot(*(corners - centre).T))]
    return Plate(x0, y0, x1, y1, ((float(centre[0]), float(centre[1])), (float(end[0]), float(end[1]))))
