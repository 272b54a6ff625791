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
from mer.figures.displacement import TRUE, DisplacementRow, common_scale
from mer.figures.fusion_rows import FusionRow
from mer.figures.fusion_weights import HEAT_MAP, draw_global_boxes, draw_heat, heat_scale
from mer.figures.heat import face_heat, local_heat
from mer.figures.images import as_grey, bare, displacement_px, draw_image, draw_missing, draw_wheel, flow_to_colour
from mer.figures.layout import label_space, place, place_text, row_label
from mer.figures.style import FONT_SIZE, GREY, PAGE, class_palette, styled, title_with_source

_FOR_AGAINST = "PuOr_r"  # orange speaks for the class, purple against it
_SMALL = FONT_SIZE - 2
_COLUMNS, _LARGEST, _GAP, _HEAD, _BETWEEN = 5, 0.9, 0.04, 0.15, 0.12  # all but the first in inches
_BARS, _NAMES, _TOP, _BOTTOM = 0.85, 0.75, 0.3, 0.72  # inches
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
    left = label_space(row.clip.name for row in rows)
    side = min(_LARGEST, (PAGE - left - _NAMES - _BARS - 0.25 - _GAP * _COLUMNS) / _COLUMNS)
    width = left + _COLUMNS * (side + _GAP) + _NAMES + _BARS + 0.25
    block = 2 * (_HEAD + side)
    height = _TOP + len(rows) * block + (len(rows) - 1) * _BETWEEN + _BOTTOM
    figure = Figure(figsize=(width, height))
    figure.suptitle(title_with_source(title, synthetic), y=1 - 0.05 / height, va="top")
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
        y = height - _TOP - k * (block + _BETWEEN)
        upper, lower = (
            [place(figure, left + c * (side + _GAP), at, side, side) for c in range(_COLUMNS)]
            for at in (y - _HEAD - side, y - block)
        )
        _draw_motion(upper, clips[k], magnify, scale)
        grey = as_grey(row.clip.onset)
        draw_heat(lower[0], grey, local[k], norm)
        lower[0].set_title("local weights", fontsize=_SMALL, pad=2)
        if (heat := full[k]) is None:
            draw_missing(lower[1], "no full-face module")
        else:
            draw_heat(lower[1], grey, heat, norm)
        lower[1].set_title("full-face weights", fontsize=_SMALL, pad=2)
        draw_global_boxes(lower[2], grey, row.weights.boxes, boxes[k], norm)
        lower[2].set_title("global weights", fontsize=_SMALL, pad=2)
        maps = [cv2.GaussianBlur(m.astype(np.float32), (0, 0), blur) for m in (row.for_predicted, row.for_true)]
        limit = max(float(np.percentile(np.abs(maps), 99.5)), 1e-12)
        for axes, values, head in zip(lower[3:], maps, (row.predicted, row.label), strict=True):
            draw_image(axes, 0.55 + 0.45 * grey)
            strength = np.clip(np.abs(values) / limit, 0, 1) ** 0.6
            axes.imshow(values, cmap=_FOR_AGAINST, vmin=-limit, vmax=limit, alpha=strength, interpolation="bilinear")
            axes.set_title(f"why {head}", fontsize=_SMALL, pad=2)
        name = place(figure, left, y - block, side, block - _HEAD)  # the label runs along both lines
        name.patch.set_visible(False)
        bare(name)
        row_label(name, row.clip.name)
        bars = place(figure, width - _BARS - 0.25, y - _HEAD - side, _BARS, side)
        _draw_scores(bars, row, palette)
        place_text(figure, width - _BARS - 0.25 - _NAMES + 0.14, y - block + side, row.note, va="top", fontsize=_SMALL)
    _legends(figure, scale, norm)
    return figure


def _full_heat(row: FusionRow, size: tuple[int, int]) -> np.ndarray | None:
    return None if row.weights_full is None else face_heat(row.weights_full, size)


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
    draw_image(line[2], np.clip(np.abs(apex - onset) * magnify, 0, 1), cmap="magma")
    fields = sorted(clip.fields.items(), key=lambda item: item[0] == TRUE)[:2]  # the model's own first
    for axes, (_, values) in zip(line[3:], fields, strict=False):
        if values is None:
            draw_missing(axes, "not known")
        else:
            draw_image(axes, flow_to_colour(-displacement_px(values, onset.shape), scale))
    heads = ["onset", "apex", f"|difference| × {magnify:g}", *(_FIELD_NAMES.get(name, name) for name, _ in fields)]
    for axes, head in zip(line, heads, strict=False):
        axes.set_title(head, fontsize=_SMALL, pad=2)
    for axes in line[len(heads) :]:
        axes.remove()


def _draw_scores(axes: Axes, row: FailureRow, palette: dict[str, str]) -> None:
    names = list(row.scores)
    spots = np.arange(len(names))
    values = np.array([row.scores[name] for name in names])
    axes.barh(spots, values, height=0.62, color=[palette[name] for name in names])
    for spot, value in enumerate(values):
        axes.text(value + 0.03, spot, f"{value:.2f}", va="center", fontsize=_SMALL, color=GREY)
    bare(axes)
    roles = {row.label: "true", row.predicted: "predicted"}
    axes.set_yticks(spots, [f"{name}\n{roles[name]}" if name in roles else name for name in names], fontsize=_SMALL)
    for tick, name in zip(axes.get_yticklabels(), names, strict=True):
        tick.set_fontweight("bold" if name in roles else "normal")
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_title("scores", fontsize=_SMALL, pad=2)


def _legends(figure: Figure, scale: float, norm: Normalize) -> None:
    width = figure.get_size_inches()[0]
    draw_wheel(place(figure, 0.12, 0.06, 0.46, 0.46), scale)
    words = f"motion from onset to apex,\nwithout that of the head;\nrim: {scale:g} px or more"
    place_text(figure, 0.66, 0.29, words, va="center", fontsize=_SMALL)
    for at, colours, name, label in (
        (0.36 * width, HEAT_MAP, norm, "fusion weights, × uniform weight"),
        (0.7 * width, _FOR_AGAINST, Normalize(-1, 1), "attributions, one scale a clip"),
    ):
        bar = figure.colorbar(
            ScalarMappable(name, colours), cax=place(figure, at, 0.4, 1.6, 0.07), orientation="horizontal"
        )
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=_SMALL, length=1.5)
        bar.set_label(label, fontsize=_SMALL)
        if colours == _FOR_AGAINST:
            bar.set_ticks([-1, 0, 1], labels=["against the class", "0", "for it"])
