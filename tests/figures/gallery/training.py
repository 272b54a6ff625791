"""Figures of a training run: scores, errors, features, curves."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mer.evaluation.failures import error_shares
from mer.evaluation.guessing import guessing_scores
from mer.evaluation.report import evaluate
from mer.figures.confusion import confusion_figure
from mer.figures.error_shares import error_shares_figure
from mer.figures.features import features_figure, features_table
from mer.figures.scores import scores_figure, scores_table
from mer.figures.training_curves import training_figure
from tests.figures.gallery.made_up import (
    predictions,
)


@cache
def _scores_table() -> pd.DataFrame:
    ours, guesses = predictions(), predictions().assign(predicted="negative")
    reports = {
        "FRL-DGT": ours,
        "ridge on optical flow": ours.assign(predicted=ours["label"]),
        "majority class": guesses,
    }
    return scores_table({name: evaluate(part, 20) for name, part in reports.items()})


@cache
def _shares() -> pd.DataFrame:
    return error_shares(predictions(), np.linspace(0, 2, 90))


def _confusion() -> Figure:
    return confusion_figure(predictions(), synthetic=True)


def _error_shares() -> Figure:
    return error_shares_figure(_shares(), synthetic=True, epoch_rule="last")


def _features() -> Figure:
    plane = np.random.default_rng(1).normal(0, 1, (90, 2)) + [[2 * (k // 3 % 3), k % 2] for k in range(90)]
    return features_figure(features_table(predictions(), plane), synthetic=True, epoch_rule="last")


def _scores() -> Figure:
    return scores_figure(_scores_table(), synthetic=True, epoch_rule="last", chance=guessing_scores(predictions()))


def _training() -> Figure:
    step = np.arange(10, 101, 10)
    names = ("classification", "total", "reconstruction", "no_motion", "smooth", "gradient_ratio")
    parts = [
        pd.DataFrame(
            {"step": step, "phase": phase, "fold": fold}
            | {n: np.exp(-step / 40) * (k + 1) * (fold + 1) for k, n in enumerate(names)}
        )
        for phase in ("fusion", "joint")
        for fold in range(3)
    ]
    return training_figure(pd.concat(parts), synthetic=True)


FIGURES: dict[str, Callable[[], Figure]] = {
    "confusion": _confusion,
    "error-shares": _error_shares,
    "features": _features,
    "scores": _scores,
    "training": _training,
}
