"""How sure a score is of persons, of seeds, and of both: three bootstraps side by side.

An interval over persons says what other people would have done to the score of the models that were trained; one over
seeds what other trainings would have done on these people. Whoever asks how the method does at all, trained once more
for other people, has to let both vary: persons and seeds are drawn with replacement, independently of each other, and
every clip counts as often as its person and its run were drawn (Owen, "The pigeonhole bootstrap", Annals of Applied
Statistics 1, 2007, who shows that this errs a little to the wide side).

With few seeds the interval over seeds alone is too narrow: S seeds vary as S - 1, by a factor of sqrt(2/3) with three.
"""

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, percentile_interval, resampled_matrices
from mer.evaluation.metrics import METRICS
from mer.evaluation.paired import Runs, aligned_methods, run_matrices

PERSONS, SEEDS, BOTH = "persons", "seeds", "seeds and persons"


def sources_table(runs: Runs, against: Runs | None = None, config: BootstrapConfig | None = None) -> pd.DataFrame:
    """The mean score over the seeds, or by how much it is better than another method's, with three intervals.

    Args:
        runs: predictions of one method, tables that differ in their seed.
        against: the same for another method on the same clips; the persons drawn are the same for both, the seeds are
            drawn for each by itself.
        config: draws, level and seed.

    Returns:
        Three rows. ``resampled`` is `PERSONS`, `SEEDS` or `BOTH`, ``seeds`` the number of seeds (the smaller one of
        two methods), ``subjects`` that of persons, then every metric with its bounds. Bounds are NaN where what is
        resampled is there only once: one seed says nothing of how seeds differ.

    Raises:
        InputError: a method without a run, or runs that cannot be compared (`mer.evaluation.paired.aligned_methods`).
    """
    config = config or BootstrapConfig()
    first, second = aligned_methods(runs, [] if against is None else against)
    if not first or (against is not None and not second):
        raise InputError("A method has no run; give at least one predictions table of each.")
    matrices = run_matrices([*first, *second])
    persons = matrices[0].shape[0]
    drawn = [resampled_matrices(one, config) for one in matrices]  # the same seed draws the same persons
    plain, weights = _weights(len(first), len(second), config)
    seeds = min(len(first), len(second) or len(first))
    rows: dict[str, dict[str, object]] = {
        name: {"resampled": name, "seeds": seeds, "subjects": persons} for name in (PERSONS, SEEDS, BOTH)
    }
    for metric, function in METRICS.items():
        found = np.array([function(one.sum(0)) for one in matrices])  # S
        values = np.stack([function(one) for one in drawn], axis=1)  # RxS
        draws = {PERSONS: values @ plain, SEEDS: weights @ found, BOTH: (values * weights).sum(axis=1)}
        for name, row in rows.items():
            known = (persons > 1 or name == SEEDS) and (seeds > 1 or name == PERSONS)
            low, high = percentile_interval(draws[name], config.level) if known else (np.nan, np.nan)
            row |= {metric: float(found @ plain), f"{metric}_low": low, f"{metric}_high": high}
    return pd.DataFrame(list(rows.values()))


def _weights(first: int, second: int, config: BootstrapConfig) -> tuple[np.ndarray, np.ndarray]:
    """What every run counts in the mean, (S,), and in every draw of seeds, (R, S); those of ``second`` below 0."""
    generator = np.random.default_rng((config.seed, 1))  # not the stream that draws the persons
    plain, drawn = [], []
    for sign, seeds in ((1, first), (-1, second)):
        if seeds:
            share = np.full(seeds, 1 / seeds)
            plain.append(sign * share)
            drawn.append(sign * generator.multinomial(seeds, share, size=config.resamples) / seeds)
    return np.concatenate(plain), np.concatenate(drawn, axis=1)
