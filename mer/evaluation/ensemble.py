"""Several runs as one: the mean of their scores, as a predictions table like any other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.paired import aligned_runs, other_fold
from mer.evaluation.predictions import SCORE, predictions_table, score_classes

NAME = "ensemble"


def ensemble(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Predictions by the mean of the runs' scores (each fold's models of all runs vote with their probabilities).

    Every clip was held out by the same fold in every run, so the ensemble saw no test person either.

    Args:
        runs: predictions tables of single runs on the same clips, for instance of three seeds.

    Returns:
        A predictions table with the run ``ensemble`` and seed 0, rows sorted by clip; the predicted class is the one
        with the highest mean score.

    Raises:
        InputError: fewer than two runs, runs that differ in clips, labels, classes or epoch rule, or in who was left
            out when a clip was predicted. (Runs of ``loso`` and ``loso-per-database`` have folds of the same names: who
            has their folders asks `mer.evaluation.run_protocol` first, as `mer.evaluation.paper_runs.comparable` does.)
    """
    if len(runs) < 2:
        raise InputError(f"An ensemble of {len(runs)} run(s); expected 2 or more, for instance of different seeds.")
    tables = aligned_runs(runs)
    first = tables[0]
    for table in tables[1:]:
        if difference := other_fold(first, table):
            raise InputError(f"{difference}; an ensemble needs the same folds. Give runs of one protocol.")
    classes = score_classes(first)
    scores = np.mean([table[[SCORE + name for name in classes]].to_numpy() for table in tables], axis=0)
    return predictions_table(first, classes, scores, first["fold"], first["epoch_rule"].iloc[0], NAME, 0)
