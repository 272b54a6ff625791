"""Whether one method is better than another: their predictions exchanged person by person.

If two methods were equally good in every respect, it would not matter which of them had said what of a person. So all
predictions of a person, of all seeds together, may be exchanged between the two, for each person by itself; the
difference of the scores is counted anew for many such exchanges, and p is the share of them whose difference is at
least as large as the one found, in either direction. Clips are never exchanged one by one: those of a person resemble
each other, and the test would be far too sure.

With P persons there are 2^P exchanges. Where that is no more than ``resamples`` they are all counted; else so many are
drawn, and the exchange of nobody counts as one more: p = (1 + b) / (1 + resamples), never 0 (Phipson and Smyth,
"Permutation P-values should never be zero", Statistical Applications in Genetics and Molecular Biology 9, 2010). With
few persons p cannot be small: 1/2 with two, 1/16 with five.

Methods with several seeds are judged by the mean of their scores, as in `mer.evaluation.paired`. Seeds of the two are
put side by side in the order given; where one has fewer, they are taken again in turn, which changes no mean.

A small p found among many comparisons is no news: twenty give one below 0.05 by chance. So no p is given here without
the number of comparisons that it stands among.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

import numpy as np

from mer.core.errors import InputError, nearest
from mer.evaluation.metrics import METRICS
from mer.evaluation.paired import Runs, aligned_methods, run_matrices

_NUMBERS_AT_ONCE = 1 << 20
#: Differences closer than this are the same one, added up in another order.
_SAME = 1e-9


@dataclass(frozen=True)
class PermutationConfig:
    """How the exchanges are made.

    Attributes:
        resamples: most exchanges; all are counted where there are no more.
        seed: of the draws; the same seed exchanges the same persons in every comparison.
    """

    resamples: int = 9999
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.resamples < 1:
            raise InputError(f"resamples is {self.resamples}; expected 1 or more.")


@dataclass(frozen=True)
class PermutationTest:
    """What the exchanges say of one difference.

    Attributes:
        metric: name of the score.
        difference: of the scores as found, first minus second.
        p: two-sided, in (0, 1].
        comparisons: how many the test is one of; ``p`` is as found, not adjusted for them.
        persons: how many could be exchanged.
        permutations: exchanges that were counted.
        exact: these are all there are.
    """

    metric: str
    difference: float
    p: float
    comparisons: int
    persons: int
    permutations: int
    exact: bool

    @property
    def words(self) -> str:
        """Difference, p and the number of comparisons in words."""
        return (
            f"{metric_words(self.metric)} {self.difference:+.3f}, p = {self.p:.2g} unadjusted, "
            f"{among(self.comparisons)} ({exchange_words(self.persons, self.permutations, self.exact)})"
        )


def permutation_test(
    a: Runs, b: Runs, comparisons: int, metric: str = "uf1", config: PermutationConfig | None = None
) -> PermutationTest:
    """Whether ``a`` and ``b`` differ in a score.

    Args:
        a: predictions of one run, or of several that differ in their seed.
        b: the same for what it is compared with, on the same clips.
        comparisons: how many of them are looked at, this one included; `compare_methods` counts and adjusts by itself.
        metric: ``uf1``, ``uar`` or ``accuracy``, from counts pooled over all clips.
        config: number of exchanges and seed.

    Raises:
        InputError: runs that cannot be compared (`mer.evaluation.paired.aligned_methods`), an unknown metric, a number
            of comparisons below 1.
    """
    first, second = map(run_matrices, aligned_methods(a, b))
    found = exchange_persons(first, second, comparisons, [metric], config)
    return found[metric]


def exchange_persons(
    a: Sequence[np.ndarray],
    b: Sequence[np.ndarray],
    comparisons: int,
    metrics: Sequence[str] = ("uf1",),
    config: PermutationConfig | None = None,
) -> dict[str, PermutationTest]:
    """The test from counts, for some metrics at once.

    Args:
        a: for each seed the confusion matrices of the persons, (P, K, K).
        b: the same for the other method, persons in the same order.
        comparisons, metrics, config: as for `permutation_test`.
    """
    config = config or PermutationConfig()
    for metric in metrics:
        if metric not in METRICS:
            raise InputError(f"Metric {metric!r} is unknown. {nearest(metric, METRICS)}")
    if not len(a) or not len(b):
        raise InputError("A method has no run; give at least one predictions table of each.")
    if comparisons < 1:
        raise InputError(f"comparisons is {comparisons}; expected 1 or more, this one included.")
    persons, n_classes = a[0].shape[0], a[0].shape[-1]
    seeds = lcm(len(a), len(b))
    first, second = (
        np.concatenate([one[k % len(one)].reshape(persons, -1) for k in range(seeds)], axis=1).astype(np.float64)
        for one in (a, b)
    )  # P x SKK
    moved, whole_a, whole_b = second - first, first.sum(0), second.sum(0)
    shape = (-1, seeds, n_classes, n_classes)

    def differences(exchanged: np.ndarray) -> dict[str, np.ndarray]:
        shift = exchanged @ moved  # RxP, PxSKK -> RxSKK: whole numbers, so exact
        pooled_a, pooled_b = (whole_a + shift).reshape(shape), (whole_b - shift).reshape(shape)
        return {name: np.mean(METRICS[name](pooled_a) - METRICS[name](pooled_b), axis=1) for name in metrics}

    exact = 2**persons <= config.resamples
    total = 2**persons if exact else config.resamples
    observed = {name: float(values[0]) for name, values in differences(np.zeros((1, persons))).items()}
    as_large = dict.fromkeys(metrics, 0 if exact else 1)  # the exchange of nobody is among all, not among those drawn
    for exchanged in _exchanges(persons, total, exact, config.seed, moved.shape[1]):
        for name, values in differences(exchanged).items():
            as_large[name] += int((np.abs(values) >= abs(observed[name]) - _SAME).sum())
    counted = total if exact else total + 1
    return {
        name: PermutationTest(name, observed[name], as_large[name] / counted, comparisons, persons, total, exact)
        for name in metrics
    }


def metric_words(metric: str) -> str:
    """Name of a metric in text."""
    return metric.upper() if metric in ("uf1", "uar") else metric


def among(comparisons: int) -> str:
    """In words how many comparisons a p stands among."""
    return "the only comparison" if comparisons == 1 else f"one of {comparisons} comparisons"


def exchange_words(persons: int, permutations: int, exact: bool) -> str:
    """In words how a p was found."""
    return f"{'all ' if exact else ''}{permutations:,} {'' if exact else 'random '}exchanges of {persons} persons"


def _exchanges(persons: int, total: int, exact: bool, seed: int, cells: int) -> Iterator[np.ndarray]:
    """Who is exchanged, float64 (some, persons), 0 or 1: few enough rows at a time for them and their counts."""
    some = max(1, _NUMBERS_AT_ONCE // max(persons, cells))
    generator = np.random.default_rng(seed)
    for start in range(0, total, some):
        rows = min(some, total - start)
        if exact:
            yield ((np.arange(start, start + rows)[:, None] >> np.arange(persons)) & 1).astype(np.float64)
        else:
            octets = generator.integers(0, 256, (rows, -(-persons // 8)), dtype=np.uint8)
            yield np.unpackbits(octets, axis=1, count=persons).astype(np.float64)
