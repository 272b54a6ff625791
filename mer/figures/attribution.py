"""What a prediction rests on, drawn: attributions on the face, and the log-odds lost when a region is still."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.core.rounded import rounded
from mer.evaluation.attributions import Attribution
from mer.figures.clip_grid import clip_grid
from mer.figures.images import as_grey, draw_image
from mer.figures.layout import panels_figure, place, place_text
from mer.figures.regions import NINE
from mer.figures.style import GREY, class_hatches, class_palette, ordered_classes, styled
from mer.figures.styles import current, figure_width, ink, narrow, points, unit
from mer.figures.words import legend_columns, wrapped


def attribution_table(attribution: Attribution, names: Sequence[str], classes: Sequence[str]) -> pd.DataFrame:
    """One row a clip: class explained, its log-odds with and without motion, sums over each input, the delta."""
    return pd.DataFrame(
        {
            "clip": list(names),
            "explained_class": [classes[index] for index in attribution.target],
            "log_odds": attribution.log_odds.astype(float),
            "log_odds_without_motion": attribution.baseline_log_odds.astype(float),
            "probability_without_motion": attribution.baseline_probability.astype(float),
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
    (the 99.5th percentile of its absolute values), since log-odds of clips differ.

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
    heads = ("onset", "apex", *parts)
    below = [0.0, 0.24] + [0.0] * len(parts)
    words = (
        "Log-odds, log p / (1 - p): gain over the same face without motion. Unexplained: convergence delta of the "
        "attributions."
    )
    words = wrapped(words, figure_width() - 0.1 * unit(), points(6.5))
    lower = 0.12 * words.count("\n")  # more than one line
    figure, grid = clip_grid(list(names), heads, title, synthetic, bottom=0.78 + lower, below=below, gap_y=0.32)
    gained = "gain" if narrow() else "log-odds gain"  # of what, the words below say
    for clip, line in enumerate(grid):
        grey = as_grey(onset[clip])
        draw_image(line[0], grey)
        gain = attribution.log_odds[clip] - attribution.baseline_log_odds[clip]
        rest = rounded(float(attribution.delta[clip]), 3)
        told = f"{classes[attribution.target[clip]]}: {gained} {gain:+.2f}\nunexplained {rest:+.3f}"
        draw_image(line[1], as_grey(apex[clip]))
        line[1].set_xlabel(told, fontsize=points(6), labelpad=2)
        maps = [_smooth(values[clip], blur) for values in parts.values()]
        limit = max(float(np.percentile(np.abs(np.stack(maps)), 99.5)), 1e-12)
        for axes, values in zip(line[2:], maps, strict=True):
            draw_signed(axes, grey, values, limit)
    width, scale = figure_width(), unit()
    where = place(figure, width / 2 - 1.2 * scale, (0.4 + lower) * scale, 2.4 * scale, 0.07 * scale)
    bar = figure.colorbar(ScalarMappable(Normalize(-1, 1), signed_map()), cax=where, orientation="horizontal")
    bar.set_ticks([-1, 0, 1], labels=["against the class", "0", "for the class"])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    place_text(
        figure, width / 2, (0.1 + lower / 2) * scale, words, ha="center", va="center", fontsize=points(6.5), color=GREY
    )
    return figure


def signed_map() -> str:
    """Matplotlib's name of the colours: orange (black in grey print) is for the class, purple (white) against it."""
    return "gray_r" if current().grey_safe else "PuOr_r"


def draw_signed(axes: Axes, grey: np.ndarray, values: np.ndarray, limit: float) -> None:
    """Attributions (H, W) over a pale face; ``limit`` is the absolute value of the full colour."""
    draw_image(axes, 0.5 + 0.15 * (grey - 0.5) if current().grey_safe else 0.55 + 0.45 * grey)
    strength = np.clip(np.abs(values) / limit, 0, 1) ** 0.6
    axes.imshow(values, cmap=signed_map(), vmin=-limit, vmax=limit, alpha=strength, interpolation="bilinear")


def occlusion_table(losses: np.ndarray, labels: Sequence[str], names: Sequence[str] = NINE) -> pd.DataFrame:
    """Loss of log-odds by class and region: ``label, box, log_odds_lost, low, high, n``: mean and quartiles over clips.

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
    table = groups.agg(log_odds_lost="mean", low=lambda v: v.quantile(0.25), high=lambda v: v.quantile(0.75), n="count")
    return table.reset_index()


@styled
def occlusion_figure(
    table: pd.DataFrame, *, synthetic: bool, title: str = "What is lost when one region does not move"
) -> Figure:
    """Bars by region, one colour a class: mean loss of the class's log-odds, quartiles over clips as thin lines."""
    if table.empty:
        raise InputError("No losses to draw. Occlude at least one clip.")
    labels, boxes = ordered_classes(table["label"]), list(dict.fromkeys(table["box"]))
    palette = class_palette(labels)
    width = 0.8 / len(labels)
    figure = panels_figure(2.3, title, synthetic)
    axes = figure.subplots()
    axes.axhline(0, color=GREY, linewidth=0.6)
    hatches, names = class_hatches(labels), []
    for order, label in enumerate(labels):
        rows = table[table["label"] == label].set_index("box").reindex(boxes)
        places = np.arange(len(boxes)) + (order - (len(labels) - 1) / 2) * width
        count = int(rows["n"].max())
        look = {"color": palette[label]} if not hatches[label] else _hatched(palette[label], hatches[label])
        axes.bar(places, rows["log_odds_lost"], width * 0.9, label=f"{label} (n = {count})", **look)
        axes.vlines(places, rows["low"], rows["high"], color=ink("black"), linewidth=0.6 * unit())
        names.append(f"{label} (n = {count})")
    axes.set_xticks(range(len(boxes)), boxes)
    axes.set_xlabel(wrapped("action-unit box held still (L is image left)", 0.85 * figure_width()))
    axes.set_ylabel("loss of log-odds")
    axes.grid(axis="y")
    axes.tick_params(axis="x", length=0)
    across = legend_columns(names, len(labels), 0.85 * figure_width())
    axes.legend(ncols=across, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def _hatched(colour: str, hatch: str) -> dict[str, Any]:
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "white" if colour < "#80" else "black"}


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(np.ascontiguousarray(values, np.float32), (0, 0), sigma) if sigma > 0 else values
