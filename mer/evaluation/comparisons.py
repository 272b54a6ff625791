"""A family of comparisons between methods: every difference with its interval, its p, and p adjusted for all of them.

The adjustment is Holm's ("A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
6, 1979): of m sorted p the k-th is multiplied by m - k + 1, and none may fall below one before it. Whoever calls a
difference real where the adjusted p is at most 0.05 errs in any of them in at most one of twenty families, however
the comparisons depend on each other.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from mer.core.errors import InputError, nearest
from mer.evaluation.intervals import BootstrapConfig, percentile_interval, resampled_matrices
from mer.evaluation.metrics import METRICS
from mer.evaluation.paired import Runs, aligned_methods, listed, run_matrices
from mer.evaluation.permutation import PermutationConfig, among, exchange_persons, exchange_words, metric_words

COLUMNS = [
    "method",
    "against",
    "metric",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "comparisons",
    "p_holm",
    "subjects",
    "permutations",
    "exact",
]


def compare_methods(
    methods: Mapping[str, Runs],
    against: str | None = None,
    metrics: Sequence[str] = ("uf1",),
    permutations: PermutationConfig | None = None,
    bootstrap: BootstrapConfig | None = None,
) -> pd.DataFrame:
    """Methods compared two by two on the same clips.

    Args:
        methods: name to predictions of one run, or of several that differ in their seed (their mean score counts).
        against: the method that all others are compared with; None compares each with each.
        metrics: of ``uf1``, ``uar``, ``accuracy``. Each is a comparison more: name only those that are asked about.
        permutations: of the test (`mer.evaluation.permutation`).
        bootstrap: of the paired intervals over persons (`mer.evaluation.paired`), which are not adjusted.

    Returns:
        A row a pair and metric, columns `COLUMNS`: ``difference`` is the score of ``method`` minus that of ``against``,
        ``comparisons`` the number of rows, ``p_holm`` is adjusted for all of them. Bounds are NaN for one person.

    Raises:
        InputError: fewer than two methods, an unknown name or metric, no metric, runs that cannot be compared.
    """
    names, bootstrap = list(methods), bootstrap or BootstrapConfig()
    if against is not None and against not in methods:
        raise InputError(f"against is {against!r}, which is none of the methods. {nearest(against, names)}")
    if len(names) < 2 or not metrics:
        raise InputError(f"{len(names)} method(s) and {len(metrics)} metric(s); expected 2 or more, and 1 or more.")
    for metric in metrics:
        if metric not in METRICS:
            raise InputError(f"Metric {metric!r} is unknown. {nearest(metric, METRICS)}")
    counts = _counts(methods)
    drawn = {name: _drawn(of, metrics, bootstrap) for name, of in counts.items()}
    pairs = list(combinations(names, 2)) if against is None else [(name, against) for name in names if name != against]
    comparisons = len(pairs) * len(metrics)
    rows = []
    for one, other in pairs:
        tests = exchange_persons(counts[one], counts[other], comparisons, metrics, permutations)
        for metric, test in tests.items():
            low, high = np.nan, np.nan
            if test.persons > 1:
                low, high = percentile_interval(drawn[one][metric] - drawn[other][metric], bootstrap.level)
            cells = (one, other, metric, test.difference, low, high, test.p, test.comparisons, np.nan)
            rows.append((*cells, test.persons, test.permutations, test.exact))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(p_holm=_holm(table["p"].to_numpy()))


def comparison_words(row: pd.Series) -> str:
    """A row of `compare_methods` in words: difference, interval, p with the number of comparisons, adjusted p."""
    bounds = f" [{row['difference_low']:.3f}, {row['difference_high']:.3f}]" if pd.notna(row["difference_low"]) else ""
    adjusted = "" if row["comparisons"] == 1 else f", {row['p_holm']:.2g} adjusted by Holm"
    how = exchange_words(int(row["subjects"]), int(row["permutations"]), bool(row["exact"]))
    return (
        f"{row['method']} against {row['against']}: {metric_words(row['metric'])} {row['difference']:+.3f}{bounds}, "
        f"p = {row['p']:.2g}, {among(int(row['comparisons']))}{adjusted} ({how})"
    )


def _counts(methods: Mapping[str, Runs]) -> dict[str, list[np.ndarray]]:
    """For each method and seed the confusion matrices of the persons, all on the same clips."""
    runs = [(name, table) for name, of in methods.items() for table in listed(of)]
    for name in methods:
        if name not in {one for one, _ in runs}:
            raise InputError(f"Method {name!r} has no run; give at least one predictions table.")
    called = [f"{name!r}, {_called(table)}" for name, table in runs]
    aligned = aligned_methods(*methods.values(), names=called)
    return {name: run_matrices(tables) for name, tables in zip(methods, aligned, strict=True)}


def _called(table: pd.DataFrame) -> str:
    return f"seed {table['seed'].iloc[0]}" if "seed" in table and len(table) else "a run without rows"


def _drawn(matrices: Sequence[np.ndarray], metrics: Sequence[str], config: BootstrapConfig) -> dict[str, np.ndarray]:
    """Mean over the seeds of each score in every draw of persons; the same seed draws the same persons for all."""
    pooled = [resampled_matrices(one, config) for one in matrices]
    return {name: np.mean([METRICS[name](one) for one in pooled], axis=0) for name in metrics}


def _holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p, in the order given."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted
