"""Scores of several runs on the same clips, and what one is better than another by: the same persons drawn for both.

Two runs that are tested on the same people are right and wrong about the same people, so their difference is surer than
two separate intervals suggest. Here every draw of the bootstrap takes the same persons for both and keeps the
difference. Runs that differ in their seed alone are averaged inside each draw: the interval is that of the mean over
seeds, and says how persons differ, not how seeds do.

Two methods may follow different protocols (what are the other databases worth?). Runs of one method may not: a mean
over models that left a person out and models that left that person's whole database out is the score of neither. The
names of their folds tell such runs apart; but ``loso`` and ``loso-per-database`` name them alike, and only the runs'
own records tell (`mer.evaluation.run_protocol`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, percentile_interval, person_matrices, resampled_matrices
from mer.evaluation.metrics import METRICS
from mer.evaluation.predictions import score_classes, validate_predictions
from mer.evaluation.report import ALL, REPORT_COLUMNS, label_indices
from mer.manifest.clips import KEY, person

Runs = pd.DataFrame | Sequence[pd.DataFrame]
_SHOWN = 3  # clips named in a message


def aligned_runs(runs: Sequence[pd.DataFrame], names: Sequence[str] | None = None) -> list[pd.DataFrame]:
    """Checked predictions of single runs, their rows in one order.

    Args:
        runs: predictions tables, each of one run, epoch rule and seed.
        names: what to call them in messages; their ``run`` and ``seed`` by default.

    Raises:
        InputError: no run; a run of several runs or seeds; two that differ in clips, labels, classes or epoch rule. The
            message names both and says what differs.
    """
    if not runs:
        raise InputError("No runs to compare; give at least one predictions table.")
    tables = [validate_predictions(run) for run in runs]
    called = list(names) if names else [_name(table) for table in tables]
    for table, name in zip(tables, called, strict=True):
        if table.empty:
            raise InputError(f"{name} has no predictions.")
        if table.duplicated(KEY).any():
            raise InputError(f"{name} holds several runs or seeds; choose one, or give each as a table of its own.")
    tables = [table.sort_values(list(KEY), ignore_index=True) for table in tables]
    for table, name in zip(tables[1:], called[1:], strict=True):
        if difference := _difference(tables[0], table):
            raise InputError(f"{called[0]} and {name} cannot be compared: {difference}.")
    return tables


def aligned_methods(*methods: Runs, names: Sequence[str] | None = None) -> list[list[pd.DataFrame]]:
    """The `aligned_runs` of several methods, apart again; each method's runs differ in their seed alone.

    Args:
        methods: predictions of one run, or of several that differ in their seed; an empty list stays one.
        names: of all runs, for messages.

    Raises:
        InputError: as for `aligned_runs`; runs of one method that held a clip out with different folds, as runs of
            different protocols do.
    """
    parts = [listed(runs) for runs in methods]
    tables = iter(aligned_runs([run for part in parts for run in part], names))
    aligned = [[next(tables) for _ in part] for part in parts]
    for part in aligned:
        for other in part[1:]:
            if difference := other_fold(part[0], other):
                raise InputError(
                    f"{difference}; runs of one method differ in their seed alone. Compare them as two methods."
                )
    return aligned


def other_fold(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """In words the first clip that two `aligned_runs` held out with different folds; empty where there is none."""
    other = first["fold"].to_numpy() != second["fold"].to_numpy()
    if not other.any():
        return ""
    row = int(other.argmax())
    clip = "/".join(str(first[column][row]) for column in KEY)
    return (
        f"Clip {clip} was held out with {first['fold'][row]!r} in run {first['run'][row]!r} and with "
        f"{second['fold'][row]!r} in run {second['run'][row]!r}"
    )


def mean_scores(runs: Runs, resamples: int = 2000, seed: int = 0, level: float = 0.95) -> pd.DataFrame:
    """Scores of one run, or the mean over several that differ in their seed, with intervals over persons.

    Returns:
        As `mer.evaluation.report.evaluate`: a row for all clips, then one a database when there are several.

    Raises:
        InputError: as for `aligned_methods`.
    """
    (tables,) = aligned_methods(runs)
    return _table(tables, [], BootstrapConfig(resamples, level, seed))


def paired_difference(a: Runs, b: Runs, resamples: int = 2000, seed: int = 0, level: float = 0.95) -> pd.DataFrame:
    """By how much ``a`` is better than ``b``: differences of the scores (a minus b) with paired intervals over persons.

    Args:
        a: predictions of one run, or of several that differ in their seed (the mean of their scores counts).
        b: the same for what it is compared with; the numbers of runs need not agree.
        resamples: draws of persons.
        seed: of the draws.
        level: of the intervals.

    Returns:
        Columns as `mer.evaluation.report.evaluate`; an interval that leaves out 0 is a difference that persons do not
        explain.

    Raises:
        InputError: as for `aligned_methods`; a method without a run.
    """
    first, second = aligned_methods(a, b)
    if not first or not second:
        raise InputError(
            f"{len(first)} and {len(second)} runs to compare; give at least one predictions table of each method."
        )
    return _table(first, second, BootstrapConfig(resamples, level, seed))


def _table(a: list[pd.DataFrame], b: list[pd.DataFrame], config: BootstrapConfig) -> pd.DataFrame:
    databases = list(dict.fromkeys(a[0]["database"]))
    parts = [ALL, *(databases if len(databases) > 1 else [])]
    rows = [_row(part, [_of(part, t) for t in a], [_of(part, t) for t in b], config) for part in parts]
    return pd.DataFrame(rows, columns=REPORT_COLUMNS)


def _of(part: str, table: pd.DataFrame) -> pd.DataFrame:
    return table if part == ALL else table[table["database"] == part]


def _row(part: str, a: list[pd.DataFrame], b: list[pd.DataFrame], config: BootstrapConfig) -> dict[str, object]:
    first, second = run_matrices(a), run_matrices(b)
    persons = first[0].shape[0]
    row: dict[str, object] = {"part": part, "n": len(a[0]), "subjects": persons}
    drawn_a = [resampled_matrices(matrices, config) for matrices in first]  # the same seed draws the same persons
    drawn_b = [resampled_matrices(matrices, config) for matrices in second]
    for name, metric in METRICS.items():
        value = _mean([metric(m.sum(0)) for m in first]) - _mean([metric(m.sum(0)) for m in second])
        draws = _mean([metric(m) for m in drawn_a]) - _mean([metric(m) for m in drawn_b])
        low, high = percentile_interval(draws, config.level) if persons > 1 else (np.nan, np.nan)
        row |= {name: float(value), f"{name}_low": low, f"{name}_high": high}
    return row


def listed(runs: Runs) -> list[pd.DataFrame]:
    """The tables of one method, also where a single one is given."""
    return [runs] if isinstance(runs, pd.DataFrame) else list(runs)


def run_matrices(tables: Sequence[pd.DataFrame]) -> list[np.ndarray]:
    """For each of some `aligned_runs` the confusion matrices of its persons, int64 (P, K, K), sorted by person."""
    found = []
    for table in tables:
        label, predicted, classes = label_indices(table)
        found.append(person_matrices(label, predicted, person(table).to_numpy(), len(classes))[1])
    return found


def _mean(values: list[np.ndarray]) -> np.ndarray:
    return np.asarray(np.mean(values, axis=0) if values else 0.0)


def _name(table: pd.DataFrame) -> str:
    return "a run without rows" if table.empty else f"run {table['run'].iloc[0]!r} (seed {table['seed'].iloc[0]})"


def _difference(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """In words what keeps two tables from being compared; empty where nothing does."""
    if score_classes(first) != score_classes(second):
        return f"classes {', '.join(score_classes(first))} against {', '.join(score_classes(second))}"
    keys = [set(table[list(KEY)].itertuples(index=False, name=None)) for table in (first, second)]
    if keys[0] != keys[1]:
        only = ["/".join(key) for key in sorted(keys[0] ^ keys[1])]
        more = f" and {len(only) - _SHOWN} more" if len(only) > _SHOWN else ""
        return f"{len(keys[0])} against {len(keys[1])} clips; in one alone: {', '.join(only[:_SHOWN])}{more}"
    other = first["label"].to_numpy() != second["label"].to_numpy()
    if other.any():
        clip = "/".join(first.loc[other.argmax(), list(KEY)])
        return f"{other.sum()} clips have another label, the first is {clip}"
    rules = [", ".join(dict.fromkeys(table["epoch_rule"])) for table in (first, second)]
    return f"epoch rule {rules[0]} against {rules[1]}" if rules[0] != rules[1] else ""
