"""Scores of what is audited: those of our reports, and those that others print beside or in place of them.

All but one come from pooled counts. ``mean_fold_f1`` is the mean over folds of the F1 averaged over the classes that a
fold's clips or predictions have. A fold is what the column ``fold`` of the file says, else a person. Folds lack
classes, so it is no UF1; it is shown because some print it (Varanka et al., arXiv 2211.11425, measured 0.07 between the
two).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.evaluation.audit.audited import Audited
from mer.evaluation.intervals import (
    BootstrapConfig,
    bootstrap_intervals,
    percentile_interval,
    person_matrices,
    resampled_matrices,
)
from mer.evaluation.metrics import accuracy, macro_precision, uar, uf1, weighted_f1
from mer.evaluation.report import ALL
from mer.manifest.clips import person

#: Metrics of counts, in the order in which they are shown.
OF_COUNTS = {
    "uf1": uf1,
    "uar": uar,
    "accuracy": accuracy,
    "macro_precision": macro_precision,
    "weighted_f1": weighted_f1,
}
MEAN_FOLD_F1 = "mean_fold_f1"
#: Every metric in words.
WORDS = {
    "uf1": "UF1",
    "uar": "UAR",
    "accuracy": "accuracy",
    "macro_precision": "macro precision",
    "weighted_f1": "weighted F1",
    MEAN_FOLD_F1: "mean of folds' F1",
}


@dataclass(frozen=True)
class PartScores:
    """Scores of all clips or of one database.

    Attributes:
        part: ``all`` or a database.
        n: clips.
        subjects: persons; None where they are not known (a confusion matrix).
        values: by metric; without ``mean_fold_f1`` where persons are not known.
        intervals: bounds by metric, NaN where there are fewer than two persons; empty where they are not known, and
            without ``mean_fold_f1`` where folds are not persons.
        confusion: counts int64 (K, K), rows true.
        folds: number of folds; None where they are not known.
        folds_are_persons: whether every fold is one person.
    """

    part: str
    n: int
    subjects: int | None
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    confusion: np.ndarray
    folds: int | None = None
    folds_are_persons: bool = True


def part_scores(audited: Audited, config: BootstrapConfig | None = None) -> list[PartScores]:
    """Scores of all clips, then of every database in order of appearance where there are several."""
    config = config or BootstrapConfig()
    rows = audited.rows
    if rows is None:
        parts = [name for name in audited.matrices if name != ALL]
        return [_of_counts(name, audited.matrices[name]) for name in (ALL, *(parts if len(parts) > 1 else []))]
    size = len(audited.classes)
    found = [_of_rows(ALL, rows, size, config)]
    databases = rows["database"].unique()
    if len(databases) > 1:
        found += [_of_rows(name, rows[rows["database"] == name], size, config) for name in databases]
    return found


def _of_counts(part: str, counts: np.ndarray) -> PartScores:
    values = {name: float(metric(counts)) for name, metric in OF_COUNTS.items()}
    return PartScores(part, int(counts.sum()), None, values, {}, counts)


def _of_rows(part: str, rows: pd.DataFrame, size: int, config: BootstrapConfig) -> PartScores:
    labels, predicted = rows["label"].to_numpy(), rows["predicted"].to_numpy()
    persons = person(rows)
    fold = rows["fold"].str.strip() if "fold" in rows else persons
    names, matrices = person_matrices(labels, predicted, persons.to_numpy(), size)
    pairs = pd.DataFrame({"fold": fold.to_numpy(), "person": persons.to_numpy()}).drop_duplicates()
    are_persons = len(pairs) == pairs["fold"].nunique() == len(names)
    by_fold = matrices if are_persons else person_matrices(labels, predicted, fold.to_numpy(), size)[1]
    pooled, folds = matrices.sum(0), uf1(by_fold)
    values = {name: float(metric(pooled)) for name, metric in OF_COUNTS.items()} | {MEAN_FOLD_F1: float(folds.mean())}
    intervals = bootstrap_intervals(matrices, OF_COUNTS, config)
    if are_persons:
        intervals[MEAN_FOLD_F1] = (np.nan, np.nan)
    if are_persons and len(names) > 1:  # the same seed draws the same folds as above
        drawn = resampled_matrices(folds[:, None, None], config)[:, 0, 0] / len(names)
        intervals[MEAN_FOLD_F1] = percentile_interval(drawn, config.level)
    return PartScores(part, len(rows), len(names), values, intervals, pooled, len(folds), are_persons)
