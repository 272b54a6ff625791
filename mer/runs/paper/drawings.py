"""Figures of a training run, each with its words and numbers: scores, features, fusion, motion, explanations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.evaluation.explain import attribute_run
from mer.evaluation.failures import confident_errors, error_shares, errors_table, motion_size
from mer.evaluation.report import evaluate
from mer.figures.attribution import attribution_figure, attribution_table, occlusion_figure
from mer.figures.confusion import confusion_figure, confusion_table
from mer.figures.displacement import displacement_figure, endpoint_errors
from mer.figures.error_shares import error_shares_figure
from mer.figures.failures import failure_note, failure_rows, failures_figure
from mer.figures.features import features_figure, features_table
from mer.figures.from_store import displacement_rows
from mer.figures.fusion_rows import class_rows, clip_row, weights_table
from mer.figures.fusion_weights import fusion_weights_figure
from mer.figures.regions import boxes_table, regions_figure
from mer.figures.scores import scores_figure, scores_table
from mer.figures.training_curves import curves_table, phases_in_a_row, training_figure
from mer.manifest.clips import KEY
from mer.runs.paper.data import RunData


@dataclass(frozen=True)
class Drawing:
    """A figure with what belongs to it.

    Attributes:
        figure: drawn in the style in force.
        caption: what a reader must know to read it, in full sentences.
        alt: what a reader who cannot see it must know.
        data: the plotted numbers.
    """

    figure: Figure
    caption: str
    alt: str
    data: pd.DataFrame | Mapping[str, pd.DataFrame]


def draw_confusion(run: RunData, clips: int) -> Drawing:
    """Confusion matrices of all clips and of each database."""
    table = confusion_table(run.predictions)
    score = evaluate(run.predictions, 2).iloc[0]
    return Drawing(
        confusion_figure(run.predictions, synthetic=run.synthetic),
        "Rows are true classes, columns predicted ones; percent of the row, counts below. UF1 and UAR from counts "
        "pooled "
        "over all folds.",
        f"Confusion matrices of all clips and of each database; of all clips UF1 {score['uf1']:.2f}, UAR "
        f"{score['uar']:.2f}.",
        table,
    )


def draw_features(run: RunData, clips: int) -> Drawing:
    """The learned features in a plane."""
    table = features_table(run.predictions, run.plane)
    return Drawing(
        features_figure(table, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        f"UMAP of the features of the {len(table)} test clips, each from the model of its own fold: by class, by "
        "database, "
        "and right or wrong.",
        "Three scatter plots of one plane: by class, by database, and right and wrong predictions.",
        table,
    )


def draw_fusion_weights(run: RunData, clips: int) -> Drawing:
    """Fusion weights on the face, mean by class."""
    rows = class_rows(run.arrays, run.predictions["label"].to_list(), run.classes)
    return Drawing(
        fusion_weights_figure(rows, synthetic=run.synthetic, title="Where the fusion layers look, by class"),
        "Fusion weights of the local modules (patches in each box), the global module (the boxes) and the full-face "
        "module, "
        "mean over the test clips of a class and over heads, as multiples of the uniform weight.",
        "For each class: local and full-face weights as heat on the face, global weights as boxes and bars.",
        weights_table(rows),
    )


def draw_displacement(run: RunData, clips: int) -> Drawing:
    """Generated displacement beside the true one, optical flow and the dynamic image."""
    chosen = run.in_store(run.examples(clips))
    found = run.arrays["displacement"].astype(np.float32)[np.maximum(run.row_in_store, 0)]
    rows = displacement_rows(run.store, chosen, {"FRL-DGT": found})
    truth = " True displacement where it is known." if run.store.displacement is not None else ""
    return Drawing(
        displacement_figure(rows, synthetic=run.synthetic),
        f"Motion from onset to apex of {len(rows)} test clips: that of the trained displacement generation module "
        "(FRL-DGT) "
        f"on held-out people, TV-L1 optical flow, and the dynamic image of the clip.{truth}",
        "Rows of clips: onset, apex, their difference, displacement fields, dynamic image.",
        endpoint_errors(rows),
    )


def draw_regions(run: RunData, clips: int) -> Drawing:
    """Landmarks, regions of interest and the nine boxes on one face."""
    from mer.face.regions import roi_polygons

    face = run.in_store(run.examples(1))[0]
    points = run.store.landmarks[face]
    return Drawing(
        regions_figure(
            run.store.pair(face)[0],
            run.store.boxes[face],
            synthetic=run.synthetic,
            rois=roi_polygons(points),
            landmarks=points,
        ),
        "The 68 landmarks and 43 regions of interest, and the nine boxes of facial action units: one-sided ones (1, "
        "3, 5, L "
        "at the left of the image) and those across the face (2, 4, 6).",
        "A face with landmarks and numbered regions, and the same face with nine labelled boxes.",
        boxes_table(run.store.boxes[face]),
    )


def draw_attributions(run: RunData, clips: int) -> Drawing:
    """Integrated gradients of the predicted class."""
    rows = run.examples(clips)
    part, names = run.attribution(rows), run.names(rows)
    return Drawing(
        attribution_figure(
            part, run.arrays["onset"][rows], run.arrays["apex"][rows], names, run.classes, synthetic=run.synthetic
        ),
        "Integrated gradients of the logit of the predicted class; baseline: the same face without motion (the onset "
        "in "
        "place of the apex). One scale a clip.",
        "For each clip the face with the places that speak for and against the predicted class.",
        attribution_table(part, names, run.classes),
    )


def draw_occlusion(run: RunData, clips: int) -> Drawing:
    """What a class loses when one region does not move."""
    table = run.occlusion
    most = table.sort_values("mean").iloc[-1]
    return Drawing(
        occlusion_figure(table, synthetic=run.synthetic),
        "Fall of the probability of the true class when the motion in one action-unit box is held still. Bars: mean "
        "over "
        "the test clips of a class; lines: from lower to upper quartile.",
        f"Bars by region, one kind a class; the largest mean fall is that of {most['label']} in box {most['box']}, "
        f"{most['mean']:.2f}.",
        table,
    )


def draw_layer_attribution(run: RunData, clips: int) -> Drawing:
    """What each module of the fusion adds to the logit."""
    from mer.evaluation.layer_attribution import layer_table, layers_of_run
    from mer.face.regions import REGION_NAMES
    from mer.figures.layer_attribution import layer_attribution_figure

    rows = run.examples(clips)
    targets = run.predictions["predicted"].iloc[rows].to_list()
    part = layers_of_run(run.trained, run.arrays, run.predictions, rows, targets)
    names = [name.replace("\n", ", ") for name in run.names(rows)]
    table = layer_table(part, names, run.classes, REGION_NAMES)
    return Drawing(
        layer_attribution_figure(table, synthetic=run.synthetic),
        "Contribution of each module of the fusion to the logit of the predicted class (layer integrated gradients); "
        "baseline: the same face without motion. The bars of each of both sums add up to the gain of the logit but "
        "for the "
        "part that is printed as unexplained.",
        "For each clip bars of the global, full-face and nine local modules.",
        table,
    )


def draw_training(run: RunData, clips: int) -> Drawing:
    """Curves of training."""
    table = curves_table(phases_in_a_row(run.history)[0])
    return Drawing(
        training_figure(run.history, synthetic=run.synthetic),
        "Losses and what else training logged, against the step; line: median, band: quartiles over the folds.",
        f"Curves against the step: {', '.join(dict.fromkeys(table['curve'].str.replace('_', ' ')))}.",
        table,
    )


def draw_scores(runs: list[RunData], clips: int) -> Drawing:
    """Scores with intervals of one run or of several on the same clips."""
    names = [run.method for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name}, {run.trained.parent.name}/{run.trained.name}" for name, run in zip(names, runs, strict=True)]
    reports = {name: evaluate(run.predictions, 2000) for name, run in zip(names, runs, strict=True)}
    table, first = scores_table(reports), runs[0]
    rules = ", ".join(dict.fromkeys(run.epoch_rule for run in runs))
    synthetic = any(run.synthetic for run in runs)
    alt = "; ".join(f"{name}: UF1 {one['uf1'][0]:.2f}, UAR {one['uar'][0]:.2f}" for name, one in reports.items())
    return Drawing(
        scores_figure(table, synthetic=synthetic, epoch_rule=rules, chance=1 / len(first.classes)),
        "UF1 and UAR from counts pooled over all folds, with 95 % intervals that resample people; dashed: UAR of "
        "guessing.",
        alt,
        table,
    )


def draw_error_shares(run: RunData, clips: int) -> Drawing:
    """Where errors gather."""
    motion = motion_size(run.arrays["displacement"])
    shares = error_shares(run.predictions, motion, _known(run))
    return Drawing(
        error_shares_figure(shares, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        "Share of wrong predictions by kind of clip, 95 % intervals over people (none where nothing or all is wrong); "
        "dashed: all clips together.",
        "; ".join(f"{row.group}: {row.errors} of {row.n} wrong" for row in shares.itertuples()),
        shares,
    )


def draw_failures(run: RunData, clips: int) -> Drawing:
    """The most confident errors, looked into."""
    errors = confident_errors(run.predictions, min(clips, 4))
    chosen = run.in_store(errors)
    wrong = errors_table(run.predictions, motion_size(run.arrays["displacement"]), _known(run)).head(len(errors))
    found = run.arrays["displacement"].astype(np.float32)[np.maximum(run.row_in_store, 0)]
    flows = () if run.store.displacement is not None else ("tvl1",)
    if not errors:
        raise InputError("No test clip was predicted wrongly, so there is no failure to draw.")
    predicted, true = (
        attribute_run(run.trained, run.arrays, run.predictions, errors, run.predictions[kind][errors].to_list())
        for kind in ("predicted", "label")
    )
    cases = failure_rows(
        displacement_rows(run.store, chosen, {"FRL-DGT": found}, flows=flows, dynamic=False),
        [clip_row("", run.arrays, row) for row in errors],
        run.predictions.iloc[errors],
        predicted,
        true,
        [failure_note(row) for _, row in wrong.iterrows()],
    )
    return Drawing(
        failures_figure(cases, synthetic=run.synthetic),
        "The wrong predictions of which the model was most certain. Above: the frames, and the motion without that "
        "of the "
        "head. Below: fusion weights, and what speaks for and against the predicted and the true class (integrated "
        "gradients).",
        "; ".join(f"{case.label} taken for {case.predicted}, score {max(case.scores.values()):.2f}" for case in cases),
        wrong,
    )


def _known(run: RunData) -> Any:
    """What the renderer knows of the clips, a table; None for real faces."""
    if not run.synthetic:
        return None
    from mer.datasets.registry import open_database
    from mer.datasets.synthetic.records import clip_records

    data = run.data
    rows = run.predictions[KEY].merge(run.store.clips, how="left", on=KEY)
    return clip_records(open_database(data.database, data.labels, data.allow_missing), rows)
