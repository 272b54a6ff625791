"""Figures of what a training run reached: scores, confusion, errors, features, training curves."""

import pandas as pd

from mer.core.errors import InputError
from mer.core.run_record import recorded_config
from mer.evaluation.failures import error_shares, motion_size
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.evaluation.run_protocol import run_protocol
from mer.figures.confusion import confusion_figure, confusion_table
from mer.figures.curve_words import curve_name, curves_explained
from mer.figures.error_shares import error_shares_figure
from mer.figures.features import CAVEAT, features_figure, features_table, plane_seed
from mer.figures.scores import guessing_words, scores_figure, scores_table, scores_words
from mer.figures.training_curves import curves_table, phases_in_a_row, training_figure
from mer.manifest.clips import KEY
from mer.runs.paper.data import RunData
from mer.runs.paper.drawing import INTERVALS, SCORES, Drawing, clips_of_panels


def draw_scores(runs: list[RunData], clips: int) -> Drawing:
    """Scores with intervals of one run or of several on the same clips.

    Raises:
        InputError: the runs have other databases, clips or classes, so that no name of clips and no line of guessing
            would be true of all.
    """
    databases = _same_clips(runs)
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
        f"{clips_of_panels(first.predictions)}{databases}",
        scores_words(table),
        table.merge(guessed.melt("part", var_name="metric", value_name="guessing"), how="left"),
    )


def _same_clips(runs: list[RunData]) -> str:
    """A sentence with the database of the runs' records, empty where they name none, after all were found alike."""
    first = runs[0]
    named = {run.folder: database for run in runs if (database := _database(run))}
    for run in runs[1:]:
        for kind, one, other in (
            ("databases", named.get(first.folder), named.get(run.folder)),
            ("clips", _clips(first), _clips(run)),
            ("classes", sorted(first.classes), sorted(run.classes)),
        ):
            if one != other and not (kind == "databases" and None in (one, other)):
                raise InputError(
                    f"The runs {first.folder} and {run.folder} have different {kind}: {_told(one, other)}. Scores of "
                    "several runs stand in one figure when all are of the same clips of one database in the same "
                    "classes. Draw a figure of each, or give runs of one database."
                )
    return f" Database: {', '.join(dict.fromkeys(named.values()))}." if named else ""


def _database(run: RunData) -> str:
    """What the training run's record calls its database, ``synthetic:1`` for instance; empty where it does not."""
    with run.opened.one_making():
        config = recorded_config(run.trained)
    return str(config.get("data.database") or config.get("database") or "")


def _clips(run: RunData) -> frozenset[tuple[str, ...]]:
    return frozenset(run.predictions[KEY].astype(str).itertuples(index=False, name=None))


def _told(one: object, other: object) -> str:
    """Two different things in words; of many clips how many, and how many of them are in both."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return f"{len(one)} and {len(other)}, of which {len(one & other)} are in both"
    words = [", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in (one, other)]
    return " against ".join(words)


def _report(run: RunData) -> pd.DataFrame:
    return run.kept("report", lambda: evaluate(run.predictions, 2000))


def _error_shares(run: RunData) -> pd.DataFrame:
    return error_shares(run.predictions, motion_size(run.arrays["displacement"]), run.rendered)


def draw_confusion(run: RunData, clips: int) -> Drawing:
    """Confusion matrices of all clips and of each database."""
    table = confusion_table(run.predictions)
    score = evaluate(run.predictions, 2).iloc[0]
    return Drawing(
        confusion_figure(run.predictions, synthetic=run.synthetic, protocol=run_protocol(run.trained, run.predictions)),
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
