"""Runs that differ in their seed alone: how far apart they are, what their ensemble gains, what their scores mean."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.calibration import calibration_scores
from mer.evaluation.ensemble import NAME, ensemble
from mer.evaluation.metrics import METRICS
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.report import ALL
from mer.evaluation.temperature import person_temperatures, with_temperature

MEAN = "mean over seeds"
#: What is added to the name of a run whose scores were tempered.
TEMPERED = ", tempered"
_BOUNDS = ("", "_low", "_high")


def by_seed(runs: Sequence[pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Predictions by ``seed <number>``, in the order of the seeds.

    Raises:
        InputError: two runs have the same seed.
    """
    named: dict[int, pd.DataFrame] = {}
    for table in runs:
        seed = int(table["seed"].iloc[0])
        if seed in named:
            raise InputError(
                f"Runs {named[seed]['run'].iloc[0]!r} and {table['run'].iloc[0]!r} both have the seed {seed}; give "
                "runs of different seeds."
            )
        named[seed] = table
    return {f"seed {seed}": named[seed] for seed in sorted(named)}


def seeds_table(seeds: Mapping[str, pd.DataFrame], resamples: int = 2000) -> pd.DataFrame:
    """Scores on all clips of every seed, of their mean and of their ensemble.

    Returns:
        Columns ``run``, every metric with its interval over persons, and ``<metric>_spread``: the sample standard
        deviation over the seeds, in the row of the mean alone.
    """
    tables = list(seeds.values())
    rows = {name: _all(mean_scores(table, resamples)) for name, table in seeds.items()}
    alone = {metric: [row[metric] for row in rows.values()] for metric in METRICS}
    rows[MEAN] = _all(mean_scores(tables, resamples))
    rows[NAME] = _all(mean_scores(ensemble(tables), resamples))
    records = []
    for name, row in rows.items():
        record: dict[str, object] = {"run": name}
        for metric in METRICS:
            record |= {f"{metric}{bound}": row[f"{metric}{bound}"] for bound in _BOUNDS}
            record[f"{metric}_spread"] = float(np.std(alone[metric], ddof=1)) if name == MEAN else np.nan
        records.append(record)
    return pd.DataFrame(records)


def gain_table(seeds: Mapping[str, pd.DataFrame], resamples: int = 2000) -> pd.DataFrame:
    """What the ensemble gains over every seed and over their mean, on all clips, with paired intervals over persons.

    Returns:
        Columns ``against`` and every metric's difference (ensemble minus the other) with its interval.
    """
    together = ensemble(list(seeds.values()))
    others: dict[str, pd.DataFrame | list[pd.DataFrame]] = {**seeds, MEAN: list(seeds.values())}
    records = []
    for name, other in others.items():
        row = _all(paired_difference(together, other, resamples))
        cells = {f"{metric}{bound}": row[f"{metric}{bound}"] for metric in METRICS for bound in _BOUNDS}
        records.append({"against": name} | cells)
    return pd.DataFrame(records)


def tempered_runs(seeds: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every seed and the ensemble as they are, then the same with the temperatures of `with_temperature`."""
    plain = {**seeds, NAME: ensemble(list(seeds.values()))}
    return plain | {f"{name}{TEMPERED}": with_temperature(table) for name, table in plain.items()}


def calibration_table(runs: Mapping[str, pd.DataFrame], bins: int = 10, resamples: int = 2000) -> pd.DataFrame:
    """Calibration of every run with intervals over persons, and the median temperature where one was fitted to it.

    Args:
        runs: from `tempered_runs`.
        bins: of the expected calibration errors.
        resamples: bootstrap draws of persons.

    Returns:
        Columns ``run``, the measures of `mer.evaluation.calibration` with intervals, ``temperature``.
    """
    records = []
    for name, table in runs.items():
        row = calibration_scores(table, bins, resamples).iloc[0].drop(["n", "subjects"])
        plain = runs.get(name.removesuffix(TEMPERED)) if name.endswith(TEMPERED) else None
        temperature = float(person_temperatures(plain).median()) if plain is not None else np.nan
        records.append({"run": name, **row.to_dict(), "temperature": temperature})
    return pd.DataFrame(records)


def _all(report: pd.DataFrame) -> pd.Series:
    return report[report["part"] == ALL].iloc[0]
