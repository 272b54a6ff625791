"""The most confident errors looked into (after the paper's Fig. 9): what moved, where the model looked, and why."""

from collections.abc import Sequence

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.figures.attribution import draw_signed, signed_map
from mer.figures.displacement import TRUE, DisplacementRow, common_scale
from mer.figures.failure_layout import COLUMNS, GAP, LEGENDS, TOP, failure_plan
from mer.figures.failure_rows import FailureRow, without_head
from mer.figures.fusion_weights import draw_global_boxes, draw_heat, heat_map, heat_scale
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import (
    as_grey,
    bare,
    difference_map,
    displacement_px,
    draw_image,
    draw_missing,
    draw_motion,
    draw_wheel,
)
from mer.figures.layout import head_space, place, place_head, place_text, row_label
from mer.figures.style import GREY, class_palette, styled
from mer.figures.styles import as_designed, narrow, points, unit
from mer.figures.words import shrunk, wrapped

_FIELD_NAMES = {"tvl1": "TV-L1 flow", "FRL-DGT": "generated", TRUE: "true motion"}


@styled
def failures_figure(
    rows: Sequence[FailureRow],
    *,
    synthetic: bool,
    magnify: float = 8.0,
    blur: float = 3.0,
    title: str = "The most confident errors",
) -> Figure:
    """A block a clip. Above: onset, apex, difference, two displacement fields; below: fusion weights, attributions.

    Fusion weights share one colour scale, displacements another; both attributions of a clip share one of their own.
    The shift, rotation and scaling that fit a displacement best are taken out of it: a drifting head hides the skin.

    Args:
        rows: the clips; see `nothing_wrong` for none.
        synthetic: whether the faces are rendered.
        magnify: the absolute difference is drawn this many times as bright.
        blur: sigma in pixels of the smoothing of attributions, for display only.
        title: heading.

    Raises:
        InputError: no rows.
    """
    if not rows:
        raise InputError("No wrong prediction to draw. With nothing wrong, leave this figure out.")
    plan = failure_plan([row.clip.name for row in rows], [row.note for row in rows], synthetic)
    side, left, gap = plan.side, plan.left, GAP * unit()
    top = TOP * unit() - head_space(synthetic)
    height = top + len(rows) * plan.block + (len(rows) - 1) * plan.between + plan.bottom
    figure = Figure(figsize=(plan.width, height))
    place_head(figure, title, synthetic)
    sizes = [as_grey(row.clip.onset).shape for row in rows]
    local = [local_heat(r.weights.weights_local, r.weights.boxes, size) for r, size in zip(rows, sizes, strict=True)]
    full = [
        None if (w := r.weights.weights_full) is None else face_heat(w, size)
        for r, size in zip(rows, sizes, strict=True)
    ]
    boxes = [row.weights.weights_global * len(row.weights.weights_global) for row in rows]
    norm = heat_scale([*local, *(heat for heat in full if heat is not None), *boxes])
    clips = [without_head(row.clip) for row in rows]
    scale = max(0.1, round(common_scale(clips), 1))
    palette = class_palette(name for row in rows for name in row.scores)
    for k, row in enumerate(rows):
        y = height - top - k * (plan.block + plan.between)
        upper, lower = (
            [place(figure, left + c * (side + gap), at, side, side) for c in range(COLUMNS)]
            for at in (y - plan.head - side, y - 2 * (plan.head + side))
        )
        _draw_motion(upper, clips[k], magnify, scale)
        grey = as_grey(row.clip.onset)
        draw_heat(lower[0], grey, local[k], norm)
        _caption(lower[0], "local weights")
        if (heat := full[k]) is None:
            draw_missing(lower[1], "no full-face module")
        else:
            draw_heat(lower[1], grey, heat, norm)
        _caption(lower[1], "full-face weights")
        draw_global_boxes(lower[2], grey, row.weights.boxes, boxes[k], norm)
        _caption(lower[2], "global weights")
        maps = [cv2.GaussianBlur(m.astype(np.float32), (0, 0), blur) for m in (row.for_predicted, row.for_true)]
        limit = max(float(np.percentile(np.abs(maps), 99.5)), 1e-12)
        for axes, values, head in zip(lower[3:], maps, (row.predicted, row.label), strict=True):
            draw_signed(axes, grey, values, limit)
            _caption(axes, f"why {head}")
        faces = 2 * (plan.head + side)
        name = place(figure, left, y - faces, side, faces - plan.head)  # the label runs along both lines
        name.patch.set_visible(False)
        bare(name)
        row_label(name, row.clip.name)
        _draw_scores(place(figure, plan.bars_x, y - plan.bars_y, plan.bars_width, plan.bars_height), row, palette)
        place_text(figure, plan.note_x, y - plan.note_y, row.note, va="top", fontsize=points(6))
    _legends(figure, scale, norm)
    return figure


def _caption(axes: Axes, words: str) -> None:
    """What a panel shows, above it."""
    axes.set_title(words, fontsize=points(6), pad=2 * unit())
    if not as_designed():
        figure = axes.get_figure(root=True)
        assert figure is not None, "axes of a figure"
        side = float(axes.get_position().width * figure.get_size_inches()[0])
        words = wrapped(words, side, points(6))
        axes.set_title(words, fontsize=shrunk(words, side, points(6)), pad=2 * unit(), linespacing=1.0)


def _draw_motion(line: Sequence[Axes], clip: DisplacementRow, magnify: float, scale: float) -> None:
    onset, apex = as_grey(clip.onset), as_grey(clip.apex)
    draw_image(line[0], onset)
    draw_image(line[1], apex)
    draw_image(line[2], np.clip(np.abs(apex - onset) * magnify, 0, 1), cmap=difference_map())
    fields = sorted(clip.fields.items(), key=lambda item: item[0] == TRUE)[:2]  # the model's own first
    for axes, (_, values) in zip(line[3:], fields, strict=False):
        if values is None:
            draw_missing(axes, "not known")
        else:
            draw_motion(axes, -displacement_px(values, onset.shape), scale)
    heads = ["onset", "apex", f"|difference| ×\u00a0{magnify:g}", *(_FIELD_NAMES.get(name, name) for name, _ in fields)]
    for axes, head in zip(line, heads, strict=False):
        _caption(axes, head)
    for axes in line[len(heads) :]:
        axes.remove()


def _draw_scores(axes: Axes, row: FailureRow, palette: dict[str, str]) -> None:
    names = list(row.scores)
    spots = np.arange(len(names))
    values = np.array([row.scores[name] for name in names])
    axes.barh(spots, values, height=0.62, color=[palette[name] for name in names])
    for spot, value in enumerate(values):
        axes.text(value + 0.03, spot, f"{value:.2f}", va="center", fontsize=points(6), color=GREY)
    bare(axes)
    roles = {row.label: "true", row.predicted: "predicted"}
    shape = "{}\n{}" if as_designed() else "{} ({})"
    words = [shape.format(name, roles[name]) if name in roles else name for name in names]
    axes.set_yticks(spots, words, fontsize=points(6))
    for tick, name in zip(axes.get_yticklabels(), names, strict=True):
        tick.set_fontweight("bold" if name in roles else "normal")
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_title("scores", fontsize=points(6), pad=2 * unit())


def _legends(figure: Figure, scale: float, norm: Normalize) -> None:
    width, unit_ = figure.get_size_inches()[0], unit()
    size = points(6)
    up = (LEGENDS * unit_) if narrow() else 0.0  # the wheel above both bars
    draw_wheel(place(figure, 0.12 * unit_, 0.06 * unit_ + up, 0.46 * unit_, 0.46 * unit_), scale)
    words = f"motion from onset to apex,\nwithout that of the head;\nrim: {scale:g} px or more"
    place_text(figure, 0.66 * unit_, 0.29 * unit_ + up, words, va="center", fontsize=size)
    long = min(1.6 * unit_, 0.4 * width)
    first, second = (0.06 * width, 0.54 * width) if narrow() else (0.36 * width, 0.7 * width)
    for at, colours, name, label in (
        (first, heat_map(), norm, "fusion weights, × uniform weight"),
        (second, signed_map(), Normalize(-1, 1), "attributions, one scale a clip"),
    ):
        where = place(figure, at, 0.4 * unit_, long, 0.07 * unit_)
        bar = figure.colorbar(ScalarMappable(name, colours), cax=where, orientation="horizontal")
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=size, length=1.5 * unit_)
        bar.set_label(label, fontsize=size)
        if colours == signed_map():
            bar.set_ticks([-1, 0, 1], labels=["against the class", "0", "for it"])
            for tick, side in zip(bar.ax.get_xticklabels(), ("left", "center", "right"), strict=True):
                tick.set(ha=side)
