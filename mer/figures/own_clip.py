"""A clip of one's own on one page: the face found, what moves, what the models say of it, and what that rests on."""

from textwrap import wrap

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mer.core.rounded import rounded
from mer.evaluation.own_clip import BASELINE, OCCLUSION_CAVEAT, OwnExplanation, models_words, motion_words
from mer.face.regions import REGION_NAMES
from mer.figures.images import as_grey, draw_boxes, draw_image, draw_wheel, flow_to_colour
from mer.figures.layout import place, place_text
from mer.figures.own_clip_apex import apex_caption, draw_moved
from mer.figures.own_clip_tables import regions_table, scores_table
from mer.figures.regions import box_colours
from mer.figures.style import FONT_SIZE, GREY, MARK_COLOURS, OKABE_ITO, PAGE, class_palette, styled
from mer.training.predict import CURVE_WORDS, DISPLACEMENT_WORDS, FACE_PX, ClipPrediction

_GAP = 0.06  # inches between pictures
_MOVED = 0.85  # inches, height of the chart of the moved apex
_LINE, _LETTERS = 0.105, 132  # inches that a line of the words below takes, and what fits on one


def own_clip_caption(found: ClipPrediction, explanation: OwnExplanation | None = None, in_run: bool = False) -> str:
    """What a reader must know to read the figure: how scores, apex and explanation came about.

    Args:
        found: the prediction.
        explanation: of it.
        in_run: the figure is saved in a run that names the models' run: what its captions end with has the epoch rule.
    """
    facts = found.models.facts
    rule = f", epoch rule {facts.epoch_rule}" if facts.epoch_rule and not in_run else ""
    line = "; line: lowest and highest of them" * (found.pair.models > 1)
    words = (
        f"Scores: {models_words(found.pair.models)}{rule}{line}. Apex: {found.apex_words}. "
        f"{' '.join(motion_words(found))}"
    )
    if found.moved is not None:
        words += f" {apex_caption(found.moved)}"
    if explanation is not None:
        line = "; line: least and greatest" * (explanation.models > 1)
        words += (
            f" Loss: fall of the log-odds of {explanation.target} when a box is held still, "
            f"{models_words(explanation.models)}{line}. {OCCLUSION_CAVEAT}"
        )
        if explanation.attribution is not None:
            words += (
                f" Integrated gradients of that class, {models_words(explanation.models)}; baseline: {BASELINE}; "
                f"unexplained by a model at most {explanation.delta:.2g} of the log-odds."
            )
    return words


def own_clip_alt(found: ClipPrediction) -> str:
    """What a reader who cannot see the figure must know of it."""
    scores = ", ".join(f"{row['class']} {row['score']:.2f}" for _, row in scores_table(found).iterrows())
    at = "the two images" if found.clip.pair else f"onset and apex (frame {found.apex})"
    said = f"Face of {found.clip.name} at {at}, its motion, and class scores: {scores}."
    return said if found.moved is None else f"{said} {found.moved.words}"


@styled
def own_clip_figure(found: ClipPrediction, explanation: OwnExplanation | None = None) -> Figure:
    """Above: the onset as it is with the face found, onset and apex aligned, motion, attributions; below: numbers."""
    pictures = 5 if explanation is not None and explanation.attribution is not None else 4
    side = (PAGE - 0.04 - _GAP * (pictures - 1)) / pictures
    words = _below(found, explanation)
    bottom, chart = 0.5 + max(0.66, 0.04 + _LINE * len(words)), 1.3
    below = bottom + (_MOVED + 0.6) * (found.moved is not None)
    height = 0.45 + side + 0.35 + chart + below
    figure = Figure(figsize=(PAGE, height))
    title = f"{found.clip.name}: {found.pair.predicted}, score {found.pair.scores[found.pair.predicted]:.2f}"
    title += " (models trained on synthetic faces)" if found.models.facts.synthetic else ""
    figure.suptitle(title, y=1 - 0.05 / height, va="top")
    row = [place(figure, 0.02 + k * (side + _GAP), height - 0.42 - side, side, side) for k in range(pictures)]
    scale = _draw_pictures(row, found, explanation)
    places = iter(_chart_places(found.curve is not None, explanation is not None))

    def chart_axes() -> Axes:
        at, wide = next(places)
        return place(figure, at, below, wide, chart)

    _draw_scores(chart_axes(), found)
    if found.curve is not None:
        _draw_curve(chart_axes(), found)
    if explanation is not None:
        _draw_regions(chart_axes(), explanation)
    if found.moved is not None:
        draw_moved(place(figure, 0.52, bottom, PAGE - 1.5, _MOVED), found.moved)
    draw_wheel(place(figure, 0.03, 0.03, 0.6, 0.6), scale)
    place_text(figure, 0.74, 0.04, "\n".join(words), va="bottom", fontsize=FONT_SIZE - 2, color=GREY, linespacing=1.2)
    return figure


def motion_scale(found: ClipPrediction) -> float:
    """Length of the full colour of the displacement's picture: its 99.5th percentile, at least 0.1, 128 px face."""
    return max(0.1, float(f"{np.nanpercentile(np.hypot(*found.displacement_px), 99.5):.2g}"))


def _below(found: ClipPrediction, explanation: OwnExplanation | None) -> list[str]:
    """Lines below the charts: what their signs are. The caption says it at length."""
    rule = found.models.facts.epoch_rule or "not recorded"
    lines = " Black lines: lowest to highest model." if found.pair.models > 1 else ""
    said = [f"Epoch rule: {rule}.{lines} Apex: {found.apex_words}."]
    moved = f"Displacement: {DISPLACEMENT_WORDS}; hue is its direction."
    if found.curve is not None:
        moved += f" Curve: {CURVE_WORDS['curve']}."
    if found.weighed is not None:
        moved += f" Dashed: {CURVE_WORDS['weighed']}."
    said.append(f"{moved} All in pixels of a face of {FACE_PX} x {FACE_PX}.")
    if found.moved is not None:
        said.append(apex_caption(found.moved))
    if explanation is not None and explanation.attribution is not None:
        said.append(f"Attribution: orange speaks for {explanation.target}, purple against it.")
    if explanation is not None:
        said.append(f"L: image left. {OCCLUSION_CAVEAT}")
    return [line for words in said for line in wrap(words, _LETTERS)]


def _chart_places(curve: bool, regions: bool) -> list[tuple[float, float]]:
    """Left edge and width of each chart, inches."""
    left, gap, ranges = 0.52, 0.62, 1.28 * regions  # numbers at the right of the last one
    shares = [1.0] + [1.35] * curve + [0.95] * regions
    inch = (PAGE - left - 0.05 - ranges - gap * (len(shares) - 1)) / sum(shares)
    starts = [left + gap * k + inch * sum(shares[:k]) for k in range(len(shares))]
    return [(start, inch * share) for start, share in zip(starts, shares, strict=True)]


def _draw_pictures(row: list[Axes], found: ClipPrediction, explanation: OwnExplanation | None) -> float:
    clip, pair = found.clip, found.pair
    _draw_raw(row[0], found)
    draw_image(
        row[1],
        pair.onset if pair.onset.ndim == 3 else as_grey(pair.onset),
        "onset image" if clip.pair else f"onset, frame {found.onset}",
    )
    draw_boxes(row[1], clip.boxes, pair.onset.shape[:2], box_colours(REGION_NAMES), 0.8)
    draw_image(
        row[2],
        pair.apex if pair.apex.ndim == 3 else as_grey(pair.apex),
        "apex image" if clip.pair else f"apex, frame {found.apex}",
    )
    scale = motion_scale(found)
    draw_image(row[3], flow_to_colour(found.displacement_px, scale), "displacement")
    if len(row) > 4 and explanation is not None and explanation.attribution is not None:
        draw_image(row[4], attribution_picture(pair.onset, explanation), f"speaks for {explanation.target}")
    return scale


def attribution_picture(onset: np.ndarray, explanation: OwnExplanation, blur: float = 3.0) -> np.ndarray:
    """Attributions over a pale face: float32 RGB (H, W, 3) in [0, 1]; orange for the class, purple against it."""
    found = explanation.attribution
    assert found is not None, "asked for with attributions only"
    together = (found.onset + found.apex + found.displacement.sum(1))[0].astype(np.float32)
    together = cv2.GaussianBlur(together, (0, 0), blur)
    limit = max(float(np.percentile(np.abs(together), 99.5)), 1e-12)
    strength = np.clip(np.abs(together) / limit, 0, 1)[..., None] ** 0.6
    orange, purple = np.array([0.70, 0.35, 0.02], np.float32), np.array([0.33, 0.15, 0.53], np.float32)
    pale = np.repeat((0.55 + 0.45 * as_grey(onset))[..., None], 3, axis=2)
    return pale * (1 - strength) + np.where(together[..., None] > 0, orange, purple) * strength


def _draw_raw(axes: Axes, found: ClipPrediction) -> None:
    """The raw onset, cut to a square around the face, with landmarks and the outline of the aligned square."""
    clip = found.clip
    size = clip.frames.shape[1]
    corners = np.array([[0, 0], [size - 1, 0], [size - 1, size - 1], [0, size - 1], [0, 0]], np.float64)
    linear, shift = clip.matrix[:, :2], clip.matrix[:, 2]
    outline = (corners - shift) @ np.linalg.inv(linear).T
    draw_image(axes, clip.raw_onset, "face found")
    axes.plot(outline[:, 0], outline[:, 1], color=OKABE_ITO["yellow"], linewidth=0.9)
    axes.plot(clip.points[:, 0], clip.points[:, 1], ".", color=OKABE_ITO["sky"], markersize=1.4)
    centre, half = outline[:4].mean(axis=0), 0.62 * float(np.ptp(outline[:4], axis=0).max())
    height, width = clip.raw_onset.shape[:2]
    half = min(half, (width - 1) / 2, (height - 1) / 2)  # a square inside the frame, so that all panels are alike
    centre = np.clip(centre, half, [width - 1 - half, height - 1 - half])
    axes.set_xlim(centre[0] - half, centre[0] + half)
    axes.set_ylim(centre[1] + half, centre[1] - half)


def _draw_scores(axes: Axes, found: ClipPrediction) -> None:
    table = scores_table(found)
    colours = class_palette(found.models.classes)
    places = np.arange(len(table))
    axes.barh(places, table["score"], 0.6, color=[colours[name] for name in table["class"]])
    axes.hlines(places, table["low"], table["high"], color="black", linewidth=1.0)
    for at, (score, high) in enumerate(zip(table["score"], table["high"], strict=True)):
        axes.text(min(max(score, high) + 0.02, 1.02), at, f"{score:.2f}", va="center", fontsize=FONT_SIZE - 1)
    axes.set_yticks(places, table["class"], rotation=0)
    axes.tick_params(axis="y", length=0, pad=1, labelsize=FONT_SIZE - 1.5)
    axes.set(xlim=(0, 1.18), ylim=(len(table) - 0.45, -0.55), xticks=[0, 0.5, 1])
    axes.set_xlabel(f"score, {models_words(found.pair.models)}", fontsize=FONT_SIZE - 1)
    axes.grid(axis="x")


def _draw_curve(axes: Axes, found: ClipPrediction) -> None:
    assert found.curve is not None, "asked for with a curve only"
    axes.plot(found.clip.numbers, found.curve, color=GREY, linewidth=0.9, label=CURVE_WORDS["curve"])
    if found.weighed is not None:
        (line,) = axes.plot(found.clip.numbers, found.weighed, "--", color="black", label=CURVE_WORDS["weighed"])
        line.set_linewidth(1.3)
    for name, frame in (("onset", found.onset), ("apex", found.apex), ("offset", found.offset)):
        axes.axvline(frame, color=MARK_COLOURS[name], linewidth=1.0, linestyle="-" if name == "apex" else (0, (3, 2)))
        side = {"onset": "left", "apex": "center", "offset": "right"}[name]
        at = axes.get_xaxis_transform()
        axes.text(frame, 1.02, name, color=MARK_COLOURS[name], transform=at, ha=side, fontsize=FONT_SIZE - 1.5)
    axes.set_ylabel("optical flow, px", fontsize=FONT_SIZE - 1, labelpad=2)
    axes.set_xlabel("frame", fontsize=FONT_SIZE - 1)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def _draw_regions(axes: Axes, explanation: OwnExplanation) -> None:
    table = regions_table(explanation)
    places, many = np.arange(len(table)), explanation.models > 1
    axes.barh(places, table["log_odds_lost"], 0.72, color=box_colours(REGION_NAMES))
    if many:
        axes.hlines(places, table["low"], table["high"], color="black", linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.6)
    for at, (_, row) in enumerate(table.iterrows()):
        mean, low, high = (rounded(row[name]) for name in ("log_odds_lost", "low", "high"))
        words = f"{mean:+.2f}" + (f" ({low:+.2f} to {high:+.2f})" if many else "")
        across = axes.get_yaxis_transform()
        axes.text(1.03, at, words, transform=across, va="center", fontsize=FONT_SIZE - 2)
    axes.set_title("box held still", fontsize=FONT_SIZE - 1, pad=2)
    axes.set_yticks(places, table["box"])
    axes.set_ylim(len(table) - 0.4, -0.6)
    largest = max(0.05, 1.05 * float(table[["log_odds_lost", "low", "high"]].abs().to_numpy().max()))
    axes.set_xlim(-largest, largest)
    axes.tick_params(axis="y", length=0, pad=1, labelsize=FONT_SIZE - 1.5)
    axes.set_xlabel("log-odds lost", fontsize=FONT_SIZE - 1)
    axes.grid(axis="x")
