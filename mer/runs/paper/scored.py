"""Figures of what a training run reached: scores, confusion, errors, features, training curves."""

import pandas as pd

from mer.evaluation.failures import error_shares, motion_size
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.figures.confusion import confusion_figure, confusion_table
from mer.figures.curve_words import curve_name, curves_explained
from mer.figures.error_shares import error_shares_figure
from mer.figures.features import CAVEAT, features_figure, features_table, plane_seed
from mer.figures.scores import guessing_words, scores_figure, scores_table, scores_words
from mer.figures.training_curves import curves_table, phases_in_a_row, training_figure
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import INTERVALS, SCORES, Drawing, clips_of_panels


def draw_scores(runs: list[RunData], clips: int) -> Drawing:
    """Scores with intervals of one run or of several on the same clips."""
    names = [run.method for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name}, {run.trained.parent.name}/{run.trained.name}" for name, run in zip(names, runs, strict=True)]
    reports = {name: _report(run) for name, run in zip(names, runs, strict=True)}
    table, first = scores_table(reports), runs[0]
    rules = ", ".join(dict.fromkeys(run.epoch_rule for run in runs))
    synthetic = any(run.synthetic for run in runs)
    guessed = guessing_scores(first.predictions)
    return Drawing(
        scores_figure(table, synthetic=synthetic, epoch_rule=rules, chance=guessed),
        f"{SCORES}, each from the confusion matrix pooled over all folds. {INTERVALS}. {guessing_words(guessed)} "
        f"{clips_of_panels(first.predictions)}",
        scores_words(table),
        table.merge(guessed.melt("part", var_name="metric", value_name="guessing"), how="left"),
    )


def _report(run: RunData) -> pd.DataFrame:
    return run.kept("report", lambda: evaluate(run.predictions, 2000))


def _error_shares(run: RunData) -> pd.DataFrame:
    return error_shares(run.predictions, motion_size(run.arrays["displacement"]), run.rendered)


def draw_confusion(run: RunData, clips: int) -> Drawing:
    """Confusion matrices of all clips and of each database."""
    table = confusion_table(run.predictions)
    score = evaluate(run.predictions, 2).iloc[0]
    return Drawing(
        confusion_figure(run.predictions, synthetic=run.synthetic),
        f"Rows are true classes, columns predicted ones; cells: percent of the row, number of clips below. {SCORES}, "
        f"each from counts pooled over all folds. {clips_of_panels(run.predictions)}",
        f"Confusion matrices of all clips and of each database; of all clips UF1 {score['uf1']:.2f}, UAR "
        f"{score['uar']:.2f}.",
        table,
    )


def draw_error_shares(run: RunData, clips: int) -> Drawing:
    """Where errors gather."""
    shares = run.kept("error shares", lambda: _error_shares(run))
    return Drawing(
        error_shares_figure(shares, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        f"Share of wrong predictions. {INTERVALS} (none where nothing or all is wrong); dashed: all clips together. "
        "In brackets: wrong ones of how many clips. Generated motion: 99th percentile of the length of the generated "
        f"displacement, head motion taken out. {clips_of_panels(run.predictions)}",
        "; ".join(f"{row.group}: {row.errors} of {row.n} wrong" for row in shares.itertuples()),
        shares,
    )


def draw_features(run: RunData, clips: int) -> Drawing:
    """The learned features in a plane."""
    table = features_table(run.predictions, run.plane)
    return Drawing(
        features_figure(table, synthetic=run.synthetic, epoch_rule=run.epoch_rule),
        f"The features of the {len(table)} test clips in a plane (UMAP, seed {plane_seed(run.predictions)}), by "
        "class, by database, and by right or wrong prediction. Every clip's features are those of the model of its "
        f"own fold, which was not trained on its subject. {CAVEAT} {clips_of_panels(run.predictions)}",
        "Three scatter plots of one plane: by class, by database, and right and wrong predictions.",
        table,
    )


def draw_training(run: RunData, clips: int) -> Drawing:
    """Curves of training."""
    table = run.kept("curves", lambda: curves_table(phases_in_a_row(run.history)[0]))
    curves = list(dict.fromkeys(table["curve"]))
    folds = int(table["folds"].max())
    return Drawing(
        training_figure(run.history, synthetic=run.synthetic),
        f"What training logged against the optimiser step; line: median, band: quartiles over {folds} folds. Dashed: "
        f"a new phase of training begins; what is logged in it alone begins there. {curves_explained(curves)}",
        f"Curves against the step: {', '.join(map(curve_name, curves))}.",
        table,
    )
