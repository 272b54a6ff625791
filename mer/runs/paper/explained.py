"""Figures of what a model's predictions rest on: fusion weights, attributions, occlusion."""

from mer.core.errors import InputError
from mer.face.regions import REGION_MEANINGS, REGION_NAMES
from mer.figures.attribution import attribution_figure, attribution_table, occlusion_figure
from mer.figures.fusion_rows import class_rows, weights_table
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.provenance import provenance
from mer.figures.styles import caption_of, highest, narrow, points, unit
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import Drawing, clips_of_panels

_ELSEWHERE = "The figure of the regions names the boxes on a face."
_TITLE = 60  # letters before a caption
_LINE, _PANEL, _REST = 0.8, 0.75, 0.62  # of a bar's words their size; inches at 8 points beside bars, beside panels
_BARS, _ACROSS = 12, 3  # of a clip: two modules, nine local ones, the full face again; clips side by side on a page


def boxes_said() -> str:
    """What the names 1L to 6 in a figure are, for its caption."""
    meanings = {name[0]: REGION_MEANINGS[name].partition(", image")[0] for name in REGION_NAMES}
    listed = "; ".join(f"{number} {meaning}" for number, meaning in meanings.items())
    return f"Action-unit boxes: {listed}. L is image left, the person's right."


def most_clips_of_layers() -> int:
    """How many clips the figure of layer attributions has room for in the style in force, one at least."""
    line = _BARS * _LINE * points(6.5) / 72 + _PANEL * unit()
    return max(1, int((highest() - _REST * unit()) / line)) * (1 if narrow() else _ACROSS)


def _letters(run: RunData, caption: str) -> int:
    """Of the whole caption, with the title before it and the provenance after it."""
    return _TITLE + len(caption) + len(provenance(run.folder))


def draw_fusion_weights(run: RunData, clips: int) -> Drawing:
    """Fusion weights on the face, mean by class."""
    labels = run.predictions["label"].to_list()
    rows = run.kept("fusion weights", lambda: class_rows(run.arrays, labels, run.classes))
    words = (
        "Attention weights of the local modules (patches in each box), of the global module (the boxes) and of the "
        "full-face module, mean over heads and over the test clips (n) of a class, drawn on their mean onset. 1 is "
        f"the uniform weight. {boxes_said()}"
    )
    clips_said = clips_of_panels(run.predictions)
    with caption_of(_letters(run, f"{words} {_ELSEWHERE} {clips_said}")):
        figure = fusion_weights_figure(rows, synthetic=run.synthetic, title="Where the fusion layers look, by class")
    named = any(text.get_text() in REGION_NAMES for axes in figure.axes for text in axes.texts)
    return Drawing(
        figure,
        " ".join([words, *([] if named else [_ELSEWHERE]), clips_said]),
        "For each class: local and full-face weights as heat on the face, global weights as boxes and bars.",
        weights_table(rows),
    )


def draw_attributions(run: RunData, clips: int) -> Drawing:
    """Integrated gradients of the predicted class."""
    rows = run.examples(clips)
    part, names = run.attribution(rows), run.names(rows)
    return Drawing(
        attribution_figure(
            part, run.arrays["onset"][rows], run.arrays["apex"][rows], names, run.classes, synthetic=run.synthetic
        ),
        "What speaks for and against the predicted class: attributions of its log-odds, log p / (1 - p). Baseline: the "
        "same face without motion (the onset in place of the apex). Each clip has one colour scale. Unexplained: "
        "convergence delta, by which the sum of the attributions misses the gain of the log-odds. "
        f"{len(rows)} test clips, by the model of their own fold.",
        "For each clip the face with the places that speak for and against the predicted class.",
        attribution_table(part, names, run.classes),
    )


def draw_occlusion(run: RunData, clips: int) -> Drawing:
    """What a class loses when one region does not move."""
    table = run.occlusion
    most = table.sort_values("log_odds_lost").iloc[-1]
    return Drawing(
        occlusion_figure(table, synthetic=run.synthetic),
        "Fall of the log-odds of the true class when one action-unit box moves only as the head does. Bars: mean "
        "over the n test clips of a class; lines: from lower to upper quartile of the clips, which need not hold the "
        f"mean: few clips with a large fall raise it alone. {boxes_said()} {clips_of_panels(run.predictions)}",
        f"Bars by region, one kind a class; the largest mean fall is that of {most['label']} in box {most['box']}, "
        f"{most['log_odds_lost']:.2f}.",
        table,
    )


def draw_layer_attribution(run: RunData, clips: int) -> Drawing:
    """What each module of the fusion adds to the log-odds.

    Raises:
        InputError: more clips than the figure has room for; nothing was computed.
    """
    from mer.evaluation.layer_attribution import layer_table, layers_of_run
    from mer.figures.layer_attribution import layer_attribution_figure

    rows = run.examples(clips)
    caption = (
        "Layer integrated gradients of the predicted class's log-odds, log p / (1 - p). Baseline: the same face "
        "without motion. In each of both sums (above: global and full face; below: local modules and full face) the "
        "bars add up to the gain of the log-odds but for delta, the convergence delta. "
        f"{boxes_said()} {len(rows)} test clips, by the model of their own fold."
    )
    with caption_of(_letters(run, caption)):
        if clips > (most := most_clips_of_layers()):
            raise InputError(
                f"The figure of layer attributions was asked for {clips} clips, but has room for at most {most} at "
                "this width. Ask for fewer, or take a wider figure where the style has one."
            )
        targets = run.predictions["predicted"].iloc[rows].to_list()
        part = run.kept(
            ("layers", *rows), lambda: layers_of_run(run.trained, run.arrays, run.predictions, rows, targets)
        )
        names = [name.replace("\n", ", ") for name in run.names(rows)]
        table = layer_table(part, names, run.classes, REGION_NAMES)
        figure = layer_attribution_figure(table, synthetic=run.synthetic)
    return Drawing(figure, caption, "For each clip bars of the global, full-face and nine local modules.", table)
