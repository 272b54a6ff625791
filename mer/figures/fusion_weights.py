"""Where the fusion layers look: their weights drawn on the face (Fig. 7), for one clip and as averages of classes.

A weight is shown as a multiple of the uniform weight (1 / number of tokens): 1 says that the layer does not choose.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mer.core.errors import InputError
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import as_grey, bare, box_px, draw_image
from mer.figures.layout import label_space, place, row_label, square_grid
from mer.figures.regions import NINE
from mer.figures.style import GREY, styled, title_with_source

#: Colours of fusion weights.
HEAT_MAP = "inferno"


@dataclass(frozen=True)
class FusionRow:
    """Fusion weights of one clip, or their mean over some clips. All weights are means over the heads.

    Attributes:
        name: printed at the left.
        image: face, uint8 or float in [0, 1]; for a mean, the mean onset.
        boxes: (9, 4), fractions of the image.
        weights_local: (9, N), sums to 1 over the N patches of a box, row by row.
        weights_global: (9,), sums to 1 over the boxes.
        weights_full: (Nf,), sums to 1 over the patches of the face, row by row.
    """

    name: str
    image: np.ndarray
    boxes: np.ndarray
    weights_local: np.ndarray
    weights_global: np.ndarray
    weights_full: np.ndarray

    def __post_init__(self) -> None:
        """Check the shapes."""
        for what, count in (
            ("weights_local", self.weights_local.shape[-1]),
            ("weights_full", self.weights_full.shape[-1]),
        ):
            if round(count**0.5) ** 2 != count:
                raise InputError(f"{self.name}: {what} holds {count} patches, not the square of a whole number.")
        if len(self.weights_local) != len(self.boxes) or len(self.weights_global) != len(self.boxes):
            raise InputError(
                f"{self.name}: {len(self.boxes)} boxes, but local weights of {len(self.weights_local)} and global "
                f"weights of {len(self.weights_global)}. Expected one each a box."
            )


def clip_row(name: str, arrays: Mapping[str, np.ndarray], index: int) -> FusionRow:
    """The weights of one clip of a run's ``arrays/clips.npz``, mean over the heads."""
    return mean_row(name, arrays, np.array([index]))


def mean_row(name: str, arrays: Mapping[str, np.ndarray], chosen: np.ndarray) -> FusionRow:
    """Mean weights, mean boxes and mean onset of some clips of a run's arrays.

    Args:
        name: of the row.
        arrays: ``onset`` uint8 (n, H, W), ``boxes`` (n, 9, 4), ``weights_local`` (n, 9, heads, N), ``weights_global``
            (n, heads, 9), ``weights_full`` (n, heads, Nf).
        chosen: indices or booleans of the clips.

    Raises:
        InputError: no clip is chosen, or an array is missing.
    """
    needed = ("onset", "boxes", "weights_local", "weights_global", "weights_full")
    missing = [key for key in needed if key not in arrays]
    if missing:
        raise InputError(f"The run's arrays lack {', '.join(missing)}. Run the training again with this version.")
    chosen = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else np.asarray(chosen)
    if chosen.size == 0:
        raise InputError(f"{name}: no clip to average. Widen the selection.")
    return FusionRow(
        name,
        np.mean([as_grey(image) for image in np.asarray(arrays["onset"])[chosen]], axis=0),
        np.asarray(arrays["boxes"])[chosen].mean(axis=0),
        np.asarray(arrays["weights_local"])[chosen].astype(float).mean(axis=(0, 2)),
        np.asarray(arrays["weights_global"])[chosen].astype(float).mean(axis=(0, 1)),
        np.asarray(arrays["weights_full"])[chosen].astype(float).mean(axis=(0, 1)),
    )


def class_rows(arrays: Mapping[str, np.ndarray], labels: Sequence[str], classes: Sequence[str]) -> list[FusionRow]:
    """One mean a class that has clips, by true label."""
    given = np.asarray(labels, dtype=object)
    return [
        mean_row(f"{name} (n = {int((given == name).sum())})", arrays, given == name)
        for name in classes
        if (given == name).any()
    ]


def weights_table(rows: Sequence[FusionRow], names: Sequence[str] = NINE) -> pd.DataFrame:
    """The plotted numbers, each a multiple of the uniform weight: ``row, layer, box, patch, weight, times_uniform``."""
    records = []
    for row in rows:
        for box, weights in zip(names, row.weights_local, strict=True):
            records += [
                (row.name, "local", box, patch, float(value), len(weights)) for patch, value in enumerate(weights)
            ]
        count = len(row.weights_global)
        records += [
            (row.name, "global", box, -1, float(v), count) for box, v in zip(names, row.weights_global, strict=True)
        ]
        count = len(row.weights_full)
        records += [(row.name, "full", "face", patch, float(v), count) for patch, v in enumerate(row.weights_full)]
    table = pd.DataFrame(records, columns=["row", "layer", "box", "patch", "weight", "times_uniform"])
    table["times_uniform"] = table["times_uniform"] * table["weight"]
    return table


@styled
def fusion_weights_figure(
    rows: Sequence[FusionRow],
    *,
    synthetic: bool,
    names: Sequence[str] = NINE,
    title: str = "Where the fusion layers look",
) -> Figure:
    """A row a clip or class: local weights on the face, global weights as boxes and bars, full-face weights.

    Maps of one column share one colour scale, so rows can be compared.

    Raises:
        InputError: no rows.
    """
    if not rows:
        raise InputError("No fusion weights to draw. Choose at least one clip.")
    sizes = [as_grey(row.image).shape for row in rows]
    local = [local_heat(row.weights_local, row.boxes, size) for row, size in zip(rows, sizes, strict=True)]
    full = [face_heat(row.weights_full, size) for row, size in zip(rows, sizes, strict=True)]
    times = [row.weights_global * len(row.weights_global) for row in rows]
    norms = [heat_scale(local), heat_scale(times), heat_scale(full)]
    figure, grid = square_grid(
        len(rows),
        4,
        title_with_source(title, synthetic),
        left=label_space(row.name for row in rows),
        bottom=0.5,
        gap_x=0.08,
        gap_y=0.06,
    )
    for axes in grid[:, 2]:  # room for the names of the bars
        place_at = axes.get_position()
        axes.set_position((place_at.x0 + 0.02, place_at.y0, place_at.width - 0.02, place_at.height))
    heads = ("local: patches in each box", "global: the nine boxes", "global weights", "full face: patches")
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(head)
    top = max(float(np.nanmax(value)) for value in times) * 1.22
    for row, line, heat, weights, whole in zip(rows, grid, local, times, full, strict=True):
        grey = as_grey(row.image)
        draw_heat(line[0], grey, heat, norms[0])
        row_label(line[0], row.name)
        draw_global_boxes(line[1], grey, row.boxes, weights, norms[1])
        _bars(line[2], names, weights, top, norms[1], last=row is rows[-1])
        draw_heat(line[3], grey, whole, norms[2])
    for column, norm in ((0, norms[0]), (1, norms[1]), (3, norms[2])):
        corner = grid[-1, column].get_position()
        width, _ = figure.get_size_inches()
        bar = figure.colorbar(
            ScalarMappable(norm, HEAT_MAP),
            cax=place(figure, (corner.x0 + 0.1 * corner.width) * width, 0.38, 0.8 * corner.width * width, 0.06),
            orientation="horizontal",
        )
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=6, length=1.5)
        bar.set_label("× uniform weight", fontsize=6.5)
    return figure


def heat_scale(maps: Sequence[np.ndarray]) -> Normalize:
    """One colour scale, 1st to 99th percentile of all maps, always around the uniform weight."""
    values = np.concatenate([np.asarray(part, dtype=float)[np.isfinite(part)].ravel() for part in maps])
    low, high = np.percentile(values, [1, 99]) if values.size else (1.0, 1.0)
    return Normalize(min(float(low), 0.9), max(float(high), 1.1))


def draw_heat(axes: Axes, grey: np.ndarray, heat: np.ndarray, norm: Normalize) -> None:
    """Weights as multiples of the uniform one (H, W), NaN for none, over a face; its light and shade are kept."""
    colour = colormaps[HEAT_MAP](norm(np.nan_to_num(heat, nan=1.0)))[..., :3]
    alpha = np.where(np.isfinite(heat), 0.62, 0.0)[..., None]
    draw_image(axes, np.clip((1 - alpha) * grey[..., None] + alpha * colour, 0, 1))


def global_scale(rows: Sequence[FusionRow]) -> Normalize:
    """Colour scale of the global weights of some rows, as multiples of the uniform weight."""
    return heat_scale([row.weights_global * len(row.weights_global) for row in rows])


def draw_global_boxes(axes: Axes, grey: np.ndarray, boxes: np.ndarray, weights: np.ndarray, norm: Normalize) -> None:
    """Boxes (k, 4), fractions, on a face; colour and thickness are the weights (k,), multiples of the uniform one."""
    draw_image(axes, 0.25 + 0.6 * grey)
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
                linewidth=0.6 + 2.4 * strength,
                joinstyle="miter",
            )
        )


def _edge_colour(weight: float, norm: Normalize) -> tuple[float, ...]:
    """Colour of a weight that stays visible on white and on a face."""
    return colormaps[HEAT_MAP](0.12 + 0.72 * float(np.clip(norm(weight), 0, 1)))


def _bars(axes: Axes, names: Sequence[str], weights: np.ndarray, top: float, norm: Normalize, last: bool) -> None:
    spots = np.arange(len(names))
    axes.barh(spots, weights, height=0.72, color=[_edge_colour(weight, norm) for weight in weights])
    axes.axvline(1.0, color=GREY, linewidth=0.7, linestyle=(0, (3, 2)), zorder=0)
    for spot, weight in enumerate(weights):
        words = f"{weight:.2f}"
        back = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axes.text(weight + 0.03 * top, spot, words, va="center", fontsize=5.5, color=GREY, bbox=back)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, top)
    bare(axes)
    axes.set_yticks(spots, list(names), fontsize=6)
    axes.tick_params(axis="y", length=0, pad=1)
    if last:
        axes.set_xlabel("× uniform weight", fontsize=6.5, labelpad=3)
