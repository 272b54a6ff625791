"""Scores of a predictions table: for all clips and for every database, with intervals over persons.

A database's row takes the same pooled predictions, restricted to its clips: nothing is trained for one database alone.
"""

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, bootstrap_intervals, person_matrices
from mer.evaluation.metrics import METRICS, confusion_matrix
from mer.evaluation.predictions import score_classes, validate_predictions
from mer.manifest.clips import person

#: Name of the row that holds all clips.
ALL = "all"

#: What tells one run's rows from another's in a predictions table.
RUN_KEY = ["run", "epoch_rule", "seed"]

REPORT_COLUMNS = [
    "part",
    "n",
    "subjects",
    *(name + suffix for name in METRICS for suffix in ("", "_low", "_high")),
]


def label_indices(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """True and predicted class of every row as indices, int64 (n,), and the classes they index."""
    classes = score_classes(predictions)
    position = {name: index for index, name in enumerate(classes)}
    label = predictions["label"].map(position).to_numpy(dtype=np.int64)
    predicted = predictions["predicted"].map(position).to_numpy(dtype=np.int64)
    return label, predicted, classes


def confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Pooled confusion matrix with class names: rows true, columns predicted, counts of clips."""
    label, predicted, classes = label_indices(predictions)
    counts = confusion_matrix(label, predicted, len(classes))
    return pd.DataFrame(counts, index=pd.Index(classes, name="label"), columns=pd.Index(classes, name="predicted"))


def evaluate(predictions: pd.DataFrame, resamples: int = 2000, seed: int = 0, level: float = 0.95) -> pd.DataFrame:
    """Scores of one run.

    Args:
        predictions: table with every clip once (one run, epoch rule and seed).
        resamples: bootstrap draws of persons for the intervals.
        seed: of the draws.
        level: of the intervals.

    Returns:
        One row ``all``, then one a database in order of appearance (none when there is only one), with the columns
        `REPORT_COLUMNS`: clips ``n``, persons ``subjects``, and each metric with the bounds of its interval. Bounds are
        NaN where there is one person only.

    Raises:
        InputError: the table is not valid, is empty, or holds several runs, epoch rules or seeds (`evaluate_runs`).
    """
    predictions = validate_predictions(predictions)
    if predictions.empty:
        raise InputError("The predictions table has no rows; there is nothing to evaluate.")
    runs = predictions[RUN_KEY].drop_duplicates()
    if len(runs) > 1:
        listed = "; ".join(" ".join(f"{name}={value}" for name, value in row.items()) for _, row in runs.iterrows())
        raise InputError(f"The predictions hold {len(runs)} runs ({listed}). Use evaluate_runs, or choose one first.")
    config = BootstrapConfig(resamples=resamples, level=level, seed=seed)
    rows = [_scores(predictions, ALL, config)]
    databases = predictions["database"].unique()
    if len(databases) > 1:
        rows += [_scores(predictions[predictions["database"] == name], name, config) for name in databases]
    return pd.DataFrame(rows, columns=REPORT_COLUMNS)


def evaluate_runs(predictions: pd.DataFrame, resamples: int = 2000, seed: int = 0, level: float = 0.95) -> pd.DataFrame:
    """`evaluate` for every (run, epoch rule, seed) of a table, with these three as first columns.

    Scores are of each run by itself; seeds are neither averaged nor pooled here (`mean_over_seeds` averages).
    """
    reports = []
    for _, group in validate_predictions(predictions).groupby(RUN_KEY, sort=False):
        report = evaluate(group, resamples=resamples, seed=seed, level=level)
        for position, name in enumerate(RUN_KEY):
            report.insert(position, name, group[name].iloc[0])
        reports.append(report)
    if not reports:
        raise InputError("The predictions table has no rows; there is nothing to evaluate.")
    return pd.concat(reports, ignore_index=True)


def mean_over_seeds(reports: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the seeds of `evaluate_runs`, one row for every run, epoch rule and part.

    Returns:
        Columns ``run, epoch_rule, part, seeds`` and, for each metric, ``<metric>`` (mean) and ``<metric>_std`` (sample
        standard deviation; NaN for one seed). It is the spread of training, not of persons: intervals say the latter.
    """
    grouped = reports.groupby(["run", "epoch_rule", "part"], sort=False)
    table = grouped.agg(
        seeds=("seed", "nunique"),
        **{name: (name, "mean") for name in METRICS},
        **{f"{name}_std": (name, "std") for name in METRICS},
    ).reset_index()
    columns = [name + suffix for name in METRICS for suffix in ("", "_std")]
    return table[["run", "epoch_rule", "part", "seeds", *columns]]


def _scores(predictions: pd.DataFrame, part: str, config: BootstrapConfig) -> dict[str, object]:
    label, predicted, classes = label_indices(predictions)
    names, matrices = person_matrices(label, predicted, person(predictions).to_numpy(), len(classes))
    intervals = bootstrap_intervals(matrices, METRICS, config)
    row: dict[str, object] = {"part": part, "n": len(predictions), "subjects": len(names)}
    pooled = matrices.sum(0)
    for name, metric in METRICS.items():
        row |= {name: float(metric(pooled)), f"{name}_low": intervals[name][0], f"{name}_high": intervals[name][1]}
    return row
