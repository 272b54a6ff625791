"""Where the fusion layers look: their weights drawn on the face (Fig. 7), for one clip and as averages of classes.

A weight is shown as a multiple of the uniform weight (1 / number of tokens): 1 says that the layer does not choose.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mer.core.errors import InputError
from mer.figures.box_labels import draw_name_plates
from mer.figures.clip_grid import ACROSS, clip_grid
from mer.figures.fusion_rows import FusionRow
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import as_grey, bare, box_px, draw_image
from mer.figures.layout import panel_side, place
from mer.figures.regions import NINE
from mer.figures.style import GREY, styled
from mer.figures.styles import current, narrow, points, unit

#: Colours of fusion weights.
HEAT_MAP = "inferno"
_NAMED = 1.1  # inches at 8 points: side of a panel that has room for the names of nine boxes


def heat_map() -> str:
    """Matplotlib's name of the colours of weights in the style in force: dark is heavy in grey print."""
    return "Greys" if current().grey_safe else HEAT_MAP


@styled
def fusion_weights_figure(
    rows: Sequence[FusionRow],
    *,
    synthetic: bool,
    names: Sequence[str] = NINE,
    title: str = "Where the fusion layers look",
) -> Figure:
    """A row a clip or class: local weights on the face, global weights as boxes and bars, full-face weights.

    A sequence model's weights of the frames come last, as bars. Maps of one column share one colour scale, so rows can
    be compared.

    Raises:
        InputError: no rows.
    """
    if not rows:
        raise InputError("No fusion weights to draw. Choose at least one clip.")
    with_full = all(row.weights_full is not None for row in rows)
    with_time = all(row.weights_time is not None for row in rows)
    sizes = [as_grey(row.image).shape for row in rows]
    local = [local_heat(row.weights_local, row.boxes, size) for row, size in zip(rows, sizes, strict=True)]
    times = [row.weights_global * len(row.weights_global) for row in rows]
    maps = {0: heat_scale(local), 1: heat_scale(times)}
    heads = ["local: patches in each box", "global: the nine boxes", "global weights"]
    full: list[np.ndarray] = []
    if with_full:
        full = [face_heat(np.asarray(row.weights_full), size) for row, size in zip(rows, sizes, strict=True)]
        maps[len(heads)] = heat_scale(full)
        heads.append("full face: patches")
    heads += ["frames after the onset"] * with_time
    beside = narrow()
    figure, grid = clip_grid(
        [row.name for row in rows],
        heads,
        title,
        synthetic,
        bottom=0.06 if beside else 0.5,
        below=[0.22 if "weights" in words or "frames" in words else 0.0 for words in heads],
        gap_x=0.12 if beside else 0.08,
        gap_y=0.06,
        right=0.56,
    )
    for column in [2, *[len(heads) - 1] * with_time]:  # room for the names of the bars
        for axes in grid[:, column]:
            place_at = axes.get_position()
            axes.set_position((place_at.x0 + 0.02, place_at.y0, place_at.width - 0.02, place_at.height))
    if len(heads) > 4 and not beside:
        for axes in grid[0]:
            axes.title.set_fontsize(min(points(7), float(axes.title.get_fontsize())))
    in_time = [np.asarray(row.weights_time) * len(np.asarray(row.weights_time)) for row in rows] if with_time else []
    for k, (row, line) in enumerate(zip(rows, grid, strict=True)):
        grey, last = as_grey(row.image), beside or k == len(rows) - 1
        draw_heat(line[0], grey, local[k], maps[0])
        draw_global_boxes(line[1], grey, row.boxes, times[k], maps[1], names)
        _bars(line[2], names, times[k], _longest(times), maps[1], last)
        if with_full:
            draw_heat(line[3], grey, full[k], maps[3])
        if with_time:
            frames = [str(number) for number in range(1, len(in_time[k]) + 1)]
            _bars(line[-1], frames, in_time[k], _longest(in_time), heat_scale(in_time), last)
    for column, norm in maps.items():
        _colour_bar(figure, grid, column, norm)
    return figure


def _colour_bar(figure: Figure, grid: np.ndarray, column: int, norm: Normalize) -> None:
    """Below the last panel of a column, or at the right of a row where clips stand side by side."""
    (width, height), scale = figure.get_size_inches(), unit()
    if narrow():
        last = grid[min(len(grid), ACROSS) - 1, column].get_position()
        at = (last.x1 * width + 0.06 * scale, (last.y0 + 0.1 * last.height) * height)
        where = place(figure, *at, 0.06 * scale, 0.8 * last.height * height)
    else:
        corner = grid[-1, column].get_position()
        at = ((corner.x0 + 0.1 * corner.width) * width, 0.38 * scale)
        where = place(figure, *at, 0.8 * corner.width * width, 0.06 * scale)
    way = "vertical" if narrow() else "horizontal"
    bar = figure.colorbar(ScalarMappable(norm, heat_map()), cax=where, orientation=way)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=points(6), length=1.5 * scale)
    bar.set_label("× uniform weight", fontsize=points(6.5))


def _longest(weights: Sequence[np.ndarray]) -> float:
    """End of the axis of bars that are to be compared, with room for the number behind the longest."""
    return max(float(np.nanmax(value)) for value in weights) * 1.22


def heat_scale(maps: Sequence[np.ndarray]) -> Normalize:
    """One colour scale, 1st to 99th percentile of all maps, always around the uniform weight."""
    values = np.concatenate([np.asarray(part, dtype=float)[np.isfinite(part)].ravel() for part in maps])
    low, high = np.percentile(values, [1, 99]) if values.size else (1.0, 1.0)
    return Normalize(min(float(low), 0.9), max(float(high), 1.1))


def draw_heat(axes: Axes, grey: np.ndarray, heat: np.ndarray, norm: Normalize) -> None:
    """Weights as multiples of the uniform one (H, W), NaN for none, over a face; its light and shade are kept."""
    if current().grey_safe:  # a face that is nearly flat, or its shades would be read as weights
        grey = 0.8 + 0.2 * grey
    colour = colormaps[heat_map()](norm(np.nan_to_num(heat, nan=1.0)))[..., :3]
    alpha = np.where(np.isfinite(heat), 0.62, 0.0)[..., None]
    draw_image(axes, np.clip((1 - alpha) * grey[..., None] + alpha * colour, 0, 1))


def global_scale(rows: Sequence[FusionRow]) -> Normalize:
    """Colour scale of the global weights of some rows, as multiples of the uniform weight."""
    return heat_scale([row.weights_global * len(row.weights_global) for row in rows])


def draw_global_boxes(
    axes: Axes,
    grey: np.ndarray,
    boxes: np.ndarray,
    weights: np.ndarray,
    norm: Normalize,
    names: Sequence[str] | None = None,
) -> None:
    """Boxes (k, 4), fractions, on a face; colour and thickness are the weights (k,), multiples of the uniform one.

    Their names, where given, stand at them when the panel is large enough for that.
    """
    draw_image(axes, 0.7 + 0.3 * grey if current().grey_safe else 0.25 + 0.6 * grey)
    for k in np.argsort(weights):  # the heaviest last, on top
        x0, y0, x1, y1 = box_px(boxes[k], grey.shape)
        strength = float(np.clip(norm(weights[k]), 0, 1))
        axes.add_patch(
            Rectangle(
                (x0, y0),
                x1 - x0,
                y1 - y0,
                facecolor="none",
                edgecolor=_edge_colour(weights[k], norm),
                linewidth=unit() * (0.6 + 2.4 * strength),
                joinstyle="miter",
            )
        )
    if names is not None and panel_side(axes) >= _NAMED * unit():
        corners = np.array([box_px(box, grey.shape) for box in boxes])
        inks = [_edge_colour(weight, norm) for weight in weights]
        draw_name_plates(axes, corners, names, inks, grey.shape, points(5.5))


def _edge_colour(weight: float, norm: Normalize) -> tuple[float, ...]:
    """Colour of a weight that stays visible on white and on a face."""
    if current().grey_safe:
        return colormaps["Greys"](0.35 + 0.65 * float(np.clip(norm(weight), 0, 1)))
    return colormaps[HEAT_MAP](0.12 + 0.72 * float(np.clip(norm(weight), 0, 1)))


def _bars(axes: Axes, names: Sequence[str], weights: np.ndarray, top: float, norm: Normalize, last: bool) -> None:
    spots = np.arange(len(names))
    axes.barh(spots, weights, height=0.72, color=[_edge_colour(weight, norm) for weight in weights])
    axes.axvline(1.0, color=GREY, linewidth=0.7 * unit(), linestyle=(0, (3, 2)), zorder=0)
    for spot, weight in enumerate(weights):
        words = f"{weight:.2f}"
        back = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axes.text(weight + 0.03 * top, spot, words, va="center", fontsize=points(5.5), color=GREY, bbox=back)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, top)
    bare(axes)
    axes.set_yticks(spots, list(names), fontsize=points(6))
    axes.tick_params(axis="y", length=0, pad=1)
    if last:
        axes.set_xlabel("× uniform weight", fontsize=points(6.5), labelpad=3 * unit())
