"""What a prediction rests on, drawn: attributions on the face, and the loss of probability when a region is still."""

from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.attributions import Attribution
from mer.figures.images import as_grey, draw_image
from mer.figures.layout import label_space, place, place_text, row_label, square_grid
from mer.figures.regions import NINE
from mer.figures.style import (
    FONT_SIZE,
    GREY,
    OKABE_ITO,
    PAGE,
    class_palette,
    ordered_classes,
    styled,
    title_with_source,
)

_MAP = "PuOr_r"  # orange speaks for the class, purple against it


def attribution_table(attribution: Attribution, names: Sequence[str], classes: Sequence[str]) -> pd.DataFrame:
    """One row a clip: the class explained, both logits, the sum over each input and the convergence delta."""
    return pd.DataFrame(
        {
            "clip": list(names),
            "explained_class": [classes[index] for index in attribution.target],
            "logit": attribution.logit.astype(float),
            "logit_without_motion": attribution.baseline_logit.astype(float),
            "sum_onset": attribution.onset.sum(axis=(1, 2)).astype(float),
            "sum_apex": attribution.apex.sum(axis=(1, 2)).astype(float),
            "sum_displacement": attribution.displacement.sum(axis=(1, 2, 3)).astype(float),
            "convergence_delta": attribution.delta.astype(float),
        }
    )


@styled
def attribution_figure(
    attribution: Attribution,
    onset: np.ndarray,
    apex: np.ndarray,
    names: Sequence[str],
    classes: Sequence[str],
    *,
    synthetic: bool,
    blur: float = 3.0,
    title: str = "What the prediction rests on: integrated gradients",
) -> Figure:
    """Rows are clips; columns are onset, apex and the attributions over the frames, the displacement, all together.

    The column of the frames is left out when the classifier sees displacements only. Each row has its own colour scale
    (the 99.5th percentile of its absolute values), since logits of clips differ.

    Args:
        attribution: of B clips.
        onset: (B, H, W) or with channels.
        apex: same.
        names: printed at the left.
        classes: names by index.
        synthetic: whether the faces are rendered.
        blur: sigma in pixels of the smoothing for display only; the table holds the unsmoothed sums.
        title: heading.
    """
    if not len(names):
        raise InputError("No clip to explain. Choose at least one clip.")
    parts: dict[str, np.ndarray] = {}
    if np.abs(attribution.apex).max() > 0 or np.abs(attribution.onset).max() > 0:
        parts["onset and apex"] = attribution.onset + attribution.apex
    parts["displacement x"] = attribution.displacement[:, 0]
    parts["displacement y"] = attribution.displacement[:, 1]
    parts["all together"] = attribution.onset + attribution.apex + attribution.displacement.sum(1)
    columns = 2 + len(parts)
    figure, grid = square_grid(
        len(names), columns, title_with_source(title, synthetic), left=label_space(names), bottom=0.78, gap_y=0.32
    )
    for axes, head in zip(grid[0], ("onset", "apex", *parts), strict=True):
        axes.set_title(head)
    for clip, (name, line) in enumerate(zip(names, grid, strict=True)):
        grey = as_grey(onset[clip])
        draw_image(line[0], grey)
        row_label(line[0], name)
        gain = attribution.logit[clip] - attribution.baseline_logit[clip]
        rest = round(float(attribution.delta[clip]), 3) + 0.0  # no "-0.000"
        words = f"{classes[attribution.target[clip]]}: logit {gain:+.2f}\nunexplained {rest:+.3f}"
        draw_image(line[1], as_grey(apex[clip]))
        line[1].set_xlabel(words, fontsize=FONT_SIZE - 2, labelpad=2)
        maps = [_smooth(values[clip], blur) for values in parts.values()]
        limit = max(float(np.percentile(np.abs(np.stack(maps)), 99.5)), 1e-12)
        for axes, values in zip(line[2:], maps, strict=True):
            draw_image(axes, 0.55 + 0.45 * grey)
            strength = np.clip(np.abs(values) / limit, 0, 1) ** 0.6
            axes.imshow(values, cmap=_MAP, vmin=-limit, vmax=limit, alpha=strength, interpolation="bilinear")
    width = figure.get_size_inches()[0]
    bar = figure.colorbar(
        ScalarMappable(Normalize(-1, 1), _MAP),
        cax=place(figure, width / 2 - 1.2, 0.4, 2.4, 0.07),
        orientation="horizontal",
    )
    bar.set_ticks([-1, 0, 1], labels=["against the class", "0", "for the class"])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    words = "Logit: gain over the same face without motion. Unexplained: convergence delta of the attributions."
    place_text(figure, width / 2, 0.1, words, ha="center", va="center", fontsize=FONT_SIZE - 1.5, color=GREY)
    return figure


def occlusion_table(losses: np.ndarray, labels: Sequence[str], names: Sequence[str] = NINE) -> pd.DataFrame:
    """Loss of probability by class and region: ``label, box, mean, low, high, n``, quartiles over the clips.

    Args:
        losses: (clips, boxes), from `mer.evaluation.attributions.occlusion_by_region`.
        labels: class of each clip.
        names: of the boxes.
    """
    losses = np.asarray(losses, dtype=float)
    if losses.shape != (len(labels), len(names)):
        raise InputError(f"Losses have the shape {losses.shape}. Expected ({len(labels)}, {len(names)}).")
    long = pd.DataFrame(losses, columns=list(names)).assign(label=list(labels))
    long = long.melt("label", var_name="box", value_name="loss")
    groups = long.groupby(["label", "box"], sort=False)["loss"]
    table = groups.agg(mean="mean", low=lambda v: v.quantile(0.25), high=lambda v: v.quantile(0.75), n="count")
    return table.reset_index()


@styled
def occlusion_figure(
    table: pd.DataFrame, *, synthetic: bool, title: str = "What is lost when one region does not move"
) -> Figure:
    """Bars by region, one colour a class: mean loss of the class's probability, quartiles over clips as thin lines."""
    if table.empty:
        raise InputError("No losses to draw. Occlude at least one clip.")
    labels, boxes = ordered_classes(table["label"]), list(dict.fromkeys(table["box"]))
    palette = class_palette(labels)
    width = 0.8 / len(labels)
    figure = Figure(figsize=(PAGE, 2.3), layout="constrained")
    figure.suptitle(title_with_source(title, synthetic))
    axes = figure.subplots()
    axes.axhline(0, color=GREY, linewidth=0.6)
    for order, label in enumerate(labels):
        rows = table[table["label"] == label].set_index("box").reindex(boxes)
        places = np.arange(len(boxes)) + (order - (len(labels) - 1) / 2) * width
        count = int(rows["n"].max())
        axes.bar(places, rows["mean"], width * 0.9, color=palette[label], label=f"{label} (n = {count})")
        axes.vlines(places, rows["low"], rows["high"], color=OKABE_ITO["black"], linewidth=0.6)
    axes.set_xticks(range(len(boxes)), boxes)
    axes.set_xlabel("action-unit box held still (L is image left)")
    axes.set_ylabel("loss of probability")
    axes.grid(axis="y")
    axes.tick_params(axis="x", length=0)
    axes.legend(ncols=len(labels), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(np.ascontiguousarray(values, np.float32), (0, 0), sigma) if sigma > 0 else values
