"""Figures of what a model's predictions rest on: fusion weights, attributions, occlusion."""

from mer.figures.attribution import attribution_figure, attribution_table, occlusion_figure
from mer.figures.fusion_rows import class_rows, weights_table
from mer.figures.fusion_weights import fusion_weights_figure
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import Drawing, clips_of_panels


def draw_fusion_weights(run: RunData, clips: int) -> Drawing:
    """Fusion weights on the face, mean by class."""
    labels = run.predictions["label"].to_list()
    rows = run.kept("fusion weights", lambda: class_rows(run.arrays, labels, run.classes))
    return Drawing(
        fusion_weights_figure(rows, synthetic=run.synthetic, title="Where the fusion layers look, by class"),
        "Attention weights of the local modules (patches in each box), of the global module (the boxes) and of the "
        "full-face module, mean over heads and over the test clips (n) of a class, drawn on their mean onset. 1 is "
        f"the uniform weight. {clips_of_panels(run.predictions)}",
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
        "over the n test clips of a class; lines: from lower to upper quartile of the clips. L and R are left and "
        f"right in the image. {clips_of_panels(run.predictions)}",
        f"Bars by region, one kind a class; the largest mean fall is that of {most['label']} in box {most['box']}, "
        f"{most['log_odds_lost']:.2f}.",
        table,
    )


def draw_layer_attribution(run: RunData, clips: int) -> Drawing:
    """What each module of the fusion adds to the log-odds."""
    from mer.evaluation.layer_attribution import layer_table, layers_of_run
    from mer.face.regions import REGION_NAMES
    from mer.figures.layer_attribution import layer_attribution_figure

    rows = run.examples(clips)
    targets = run.predictions["predicted"].iloc[rows].to_list()
    part = run.kept(("layers", *rows), lambda: layers_of_run(run.trained, run.arrays, run.predictions, rows, targets))
    names = [name.replace("\n", ", ") for name in run.names(rows)]
    table = layer_table(part, names, run.classes, REGION_NAMES)
    return Drawing(
        layer_attribution_figure(table, synthetic=run.synthetic),
        "Layer integrated gradients of the predicted class's log-odds, log p / (1 - p). Baseline: the same face "
        "without motion. In each of both sums (above: global and full face; below: the nine local modules and full "
        "face) the bars add up to the gain of the log-odds but for delta, the convergence delta. "
        f"{len(rows)} test clips, by the model of their own fold.",
        "For each clip bars of the global, full-face and nine local modules.",
        table,
    )
