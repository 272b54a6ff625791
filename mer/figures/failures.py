"""The most confident errors looked into (after the paper's Fig. 9): what moved, where the model looked, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.attributions import Attribution
from mer.evaluation.predictions import SCORE, score_classes
from mer.figures.attribution import draw_signed, signed_map
from mer.figures.displacement import TRUE, DisplacementRow, common_scale
from mer.figures.fusion_rows import FusionRow
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
from mer.figures.layout import head_space, label_space, place, place_head, place_text, row_label
from mer.figures.style import GREY, class_palette, styled
from mer.figures.styles import as_designed, current, figure_width, highest, narrow, points, unit
from mer.figures.words import shrunk, text_width, wrapped

_COLUMNS, _LARGEST, _GAP, _HEAD, _BETWEEN = 5, 0.9, 0.04, 0.15, 0.12  # all but the first in inches at 8 points
_BARS, _NAMES, _TOP, _BOTTOM = 0.85, 0.75, 0.3, 0.72  # same
_SCORES, _LEGENDS = 0.62, 0.55  # of a narrow figure: height of the scores of a clip, more space for the legends
_FIELD_NAMES = {"tvl1": "TV-L1 flow", "FRL-DGT": "generated", TRUE: "true motion"}


@dataclass(frozen=True)
class FailureRow:
    """One wrongly predicted clip.

    Attributes:
        clip: name, frames and displacement fields; the first two fields are drawn.
        weights: its fusion weights.
        label: true class.
        predicted: predicted class.
        scores: probability of every class.
        for_predicted: (H, W), attributions of the predicted class, all inputs together.
        for_true: same, of the true class.
        note: what else is known, printed beside the scores; may have several lines.
    """

    clip: DisplacementRow
    weights: FusionRow
    label: str
    predicted: str
    scores: dict[str, float]
    for_predicted: np.ndarray
    for_true: np.ndarray
    note: str = ""


def failure_rows(
    clips: Sequence[DisplacementRow],
    weights: Sequence[FusionRow],
    predictions: pd.DataFrame,
    for_predicted: Attribution,
    for_true: Attribution,
    notes: Sequence[str],
) -> list[FailureRow]:
    """Rows of the figure; every argument holds the same clips in the same order.

    Args:
        clips: frames and displacements (`mer.figures.from_store.displacement_rows`).
        weights: fusion weights (`mer.figures.fusion_weights.clip_row`).
        predictions: their rows of the predictions table.
        for_predicted: attributions of the predicted classes (`mer.evaluation.explain.attribute_run`).
        for_true: same, of the true classes.
        notes: one a clip (`failure_note`).
    """
    classes = score_classes(predictions)
    maps = [part.onset + part.apex + part.displacement.sum(axis=1) for part in (for_predicted, for_true)]
    rows = zip(clips, weights, predictions.to_dict("records"), *maps, notes, strict=True)
    return [
        FailureRow(
            clip,
            heat,
            row["label"],
            row["predicted"],
            {name: row[SCORE + name] for name in classes},
            predicted,
            true,
            note,
        )
        for clip, heat, row, predicted, true, note in rows
    ]


def failure_note(row: pd.Series) -> str:
    """What a row of `mer.evaluation.failures.errors_table` knows of a clip besides its classes, in short lines."""
    lines = [f"generated motion: {row['motion_px']:.2f} px"]
    if pd.notna(row.get("peak_px")):
        lines.append(f"expression: {row['peak_px']:.2f} px")
    if pd.notna(row.get("head_drift_px")):
        lines.append(f"head moved: {row['head_drift_px']:.1f} px")
    if pd.notna(row.get("blink")):
        lines.append(f"blink: lids {row['blink']:.0%} closed" if row["blink"] else "no blink")
    return "\n".join(lines)


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
    plan = _plan([row.clip.name for row in rows], [row.note for row in rows], synthetic)
    side, left, gap = plan.side, plan.left, _GAP * unit()
    top = _TOP * unit() - head_space(synthetic)
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
    clips = [_without_head(row.clip) for row in rows]
    scale = max(0.1, round(common_scale(clips), 1))
    palette = class_palette(name for row in rows for name in row.scores)
    for k, row in enumerate(rows):
        y = height - top - k * (plan.block + plan.between)
        upper, lower = (
            [place(figure, left + c * (side + gap), at, side, side) for c in range(_COLUMNS)]
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


@dataclass(frozen=True)
class _Plan:
    """Where the parts of a clip's block stand: inches from its upper edge and from the left of the figure."""

    width: float
    left: float
    side: float
    head: float
    block: float
    between: float
    bottom: float
    bars_x: float
    bars_y: float
    bars_width: float
    bars_height: float
    note_x: float
    note_y: float


def _plan(names: Sequence[str], notes: Sequence[str], synthetic: bool) -> _Plan:
    """Scores and notes at the right of the faces; in a narrow figure below them."""
    scale, width = unit(), figure_width()
    left, gap = scale * label_space(names), scale * _GAP
    bars, written, largest = scale * _BARS, scale * _NAMES, scale * _LARGEST
    if not as_designed():  # the name of a class and what it is stand in one line
        written = scale * 0.12 + 1.15 * text_width("happiness (predicted)", points(6))  # some in bold letters
    edge, between, bottom = scale * 0.25, scale * _BETWEEN, scale * _BOTTOM
    if narrow():
        lines = 2  # a head such as "|difference| x 8" is broken in two
        side, high = (width - left - gap * _COLUMNS) / _COLUMNS, scale * _SCORES
        upper = scale * _HEAD * (1 + 0.75 * (lines - 1))
        lower = bottom + scale * _LEGENDS
        room = (highest() - scale * _TOP + head_space(synthetic) - lower + between) / len(names) - between
        side = min(side, (room - high - scale * 0.2) / 2 - upper)  # a page ends
        left += (width - left - _COLUMNS * (side + gap)) / 2
        at = 2 * (upper + side) + scale * 0.2
        note = width - max(text_width(words, points(6)) for words in notes) - scale * 0.04
        where = {"bars_x": written, "bars_y": at + high, "bars_width": max(note - written - edge, scale * 0.2)}
        where |= {"bars_height": high, "note_x": note, "note_y": at}
        return _Plan(width, left, side, upper, at + high, between, lower, **where)
    side = min(largest, (width - left - written - bars - edge - gap * _COLUMNS) / _COLUMNS)
    if not current().title:  # a page ends
        top = scale * _TOP - head_space(synthetic)
        side = min(side, ((highest() - top - bottom + between) / len(names) - between) / 2 - scale * _HEAD)
    used = left + _COLUMNS * (side + gap) + written + bars + edge
    width = used if current().title else width
    upper = scale * _HEAD
    block = 2 * (upper + side)
    where = {"bars_x": width - bars - edge, "bars_y": upper + side, "bars_width": bars, "bars_height": side}
    where |= {"note_x": width - bars - edge - written + scale * 0.14, "note_y": block - side}
    return _Plan(width, left, side, upper, block, between, bottom, **where)


def _caption(axes: Axes, words: str) -> None:
    """What a panel shows, above it."""
    axes.set_title(words, fontsize=points(6), pad=2 * unit())
    if not as_designed():
        figure = axes.get_figure(root=True)
        assert figure is not None, "axes of a figure"
        side = float(axes.get_position().width * figure.get_size_inches()[0])
        words = wrapped(words, side, points(6))
        axes.set_title(words, fontsize=shrunk(words, side, points(6)), pad=2 * unit(), linespacing=1.0)


def _without_head(clip: DisplacementRow) -> DisplacementRow:
    """The clip with displacements from which the similarity that fits their known part best is subtracted."""
    fields = {}
    for name, values in clip.fields.items():
        if values is not None and (known := np.isfinite(values).all(axis=0)).any():
            y, x = (np.linspace(-1, 1, n)[index] for n, index in zip(known.shape, np.nonzero(known), strict=True))
            one, none = np.ones_like(x), np.zeros_like(x)
            columns = np.stack([np.r_[one, none], np.r_[none, one], np.r_[x, y], np.r_[-y, x]], axis=1)
            found = np.asarray(values, float)[:, known]
            fit, *_ = np.linalg.lstsq(columns, found.ravel(), rcond=None)
            rest = np.full(values.shape, np.nan, np.float32)
            rest[:, known] = found - (columns @ fit).reshape(2, -1)
            values = rest
        fields[name] = values
    return replace(clip, fields=fields)


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
    heads = ["onset", "apex", f"|difference| × {magnify:g}", *(_FIELD_NAMES.get(name, name) for name, _ in fields)]
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
    up = (_LEGENDS * unit_) if narrow() else 0.0  # the wheel above both bars
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
