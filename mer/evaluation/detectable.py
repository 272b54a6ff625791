"""How large a difference between two methods must be for the persons there are to show it.

A two-sided test at level alpha finds a true difference d with the probability (power) wanted if

    d = (z(1 - alpha / 2) + z(power)) * SE,

where z are quantiles of the normal distribution and SE is the standard error of the difference over persons (the sample
size formula of any textbook solved for d). With alpha 0.05 and power 0.8 that is 2.80 SE. A smaller difference may be
real and is often missed: that nothing was found among these persons is no word against it.

Assumed:

* Persons are independent and alike: more of them would be drawn as these were. SE then goes with 1 / sqrt(persons).
* The difference is nearly normal over draws of persons; of a few persons it is not.
* Its standard error at the true difference is the one found here. It is estimated from the same persons: with 68 of
  them it, and the detectable difference with it, is known to about a tenth.
* The persons are all that varies: of several seeds the mean score counts, other seeds are not drawn.

SE is the standard deviation of the paired bootstrap over persons (`mer.evaluation.paired`). It depends on how much the
two methods agree, since what is hard for both cancels out. Where there is only one method yet, an agreement is assumed:
the correlation r of the two scores over draws of persons, and the other method as variable as the one there is:
SE = SE(one) * sqrt(2 (1 - r)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from mer.core.errors import InputError, nearest
from mer.evaluation.intervals import BootstrapConfig, resampled_matrices
from mer.evaluation.metrics import METRICS
from mer.evaluation.paired import Runs, aligned_methods, run_matrices

#: Standard errors below are those of rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class DetectableConfig:
    """What is asked of the test.

    Attributes:
        alpha: chance of calling a difference real where there is none.
        power: chance of finding the difference where there is one.
        comparisons: how many the comparison is one of; each is then tested at ``alpha / comparisons`` (Bonferroni).
    """

    alpha: float = 0.05
    power: float = 0.8
    comparisons: int = 1

    def __post_init__(self) -> None:
        """Check the values."""
        for name, value in (("alpha", self.alpha), ("power", self.power)):
            if not 0 < value < 1:
                raise InputError(f"{name} is {value}; expected a share between 0 and 1.")
        if self.power < 0.5:
            raise InputError(f"power is {self.power}; expected 0.5 or more: less is found by tossing a coin.")
        if self.comparisons < 1:
            raise InputError(f"comparisons is {self.comparisons}; expected 1 or more, this one included.")


def detectable_difference(standard_error: float, config: DetectableConfig | None = None) -> float:
    """The smallest true difference that is found with the power wanted, in the unit of the standard error."""
    config = config or DetectableConfig()
    quantiles = norm.ppf(1 - config.alpha / (2 * config.comparisons)) + norm.ppf(config.power)
    return float(quantiles * standard_error)


def standard_error(
    a: Runs, b: Runs | None = None, metric: str = "uf1", bootstrap: BootstrapConfig | None = None
) -> tuple[float, float]:
    """Standard error over persons of a score, or of the difference of two, and how much the two agree.

    Args:
        a: predictions of one run, or of several that differ in their seed.
        b: of the other method, on the same clips; None: of the score of ``a`` alone.
        metric: ``uf1``, ``uar`` or ``accuracy``.
        bootstrap: draws and seed.

    Returns:
        The standard error, NaN for one person; the correlation of the two scores over draws of persons, NaN with one
        method alone or where a score is the same in all draws.

    Raises:
        InputError: a method without a run, runs that cannot be compared (`mer.evaluation.paired.aligned_methods`), or
            an unknown metric.
    """
    if metric not in METRICS:
        raise InputError(f"Metric {metric!r} is unknown. {nearest(metric, METRICS)}")
    first, second = aligned_methods(a, [] if b is None else b)
    if not first or (b is not None and not second):
        raise InputError("A method has no run; give at least one predictions table of each.")
    matrices = run_matrices([*first, *second])
    if matrices[0].shape[0] < 2:
        return np.nan, np.nan
    drawn = [METRICS[metric](resampled_matrices(one, bootstrap or BootstrapConfig())) for one in matrices]
    own = np.mean(drawn[: len(first)], axis=0)
    if not second:
        return float(own.std(ddof=1)), np.nan
    other = np.mean(drawn[len(first) :], axis=0)
    varies = min(np.ptp(own), np.ptp(other)) > 0
    return float((own - other).std(ddof=1)), float(np.corrcoef(own, other)[0, 1]) if varies else np.nan


def detectable_table(
    a: Runs,
    against: Runs | None = None,
    agreement: float | None = None,
    persons: Sequence[int] = (),
    metrics: Sequence[str] = ("uf1", "uar"),
    config: DetectableConfig | None = None,
    bootstrap: BootstrapConfig | None = None,
) -> pd.DataFrame:
    """The detectable difference for the persons there are, and for other numbers of them.

    Args:
        a: predictions of one method.
        against: of another method on the same clips.
        agreement: in place of ``against``: the correlation in [0, 1) that is assumed between the two.
        persons: numbers of persons beside the one there is; none: twice and four times as many.
        metrics: of ``uf1``, ``uar``, ``accuracy``.
        config: level, power and number of comparisons.
        bootstrap: of the standard errors.

    Returns:
        A row a metric and number of persons: ``metric, subjects, standard_error, agreement, detectable, alpha, power,
        comparisons``; the first of each metric is for the persons there are. Standard error and detectable difference
        are NaN for one person, and where the two differ by the same in all draws: then nothing tells how they vary.

    Raises:
        InputError: both or neither of ``against`` and ``agreement``, values out of range, a method without a run,
            runs that cannot be compared.
    """
    config = config or DetectableConfig()
    if (against is None) == (agreement is None):
        raise InputError("Give the predictions of the other method (against) or an assumed agreement, one of the two.")
    if agreement is not None and not 0 <= agreement < 1:
        raise InputError(f"agreement is {agreement}; expected a correlation from 0 to below 1.")
    if wrong := [number for number in persons if number < 2]:
        raise InputError(f"persons holds {wrong[0]}; expected 2 or more.")
    here = run_matrices(aligned_methods(a)[0])[0].shape[0]
    records = []
    for metric in metrics:
        error, found = standard_error(a, against, metric, bootstrap)
        if agreement is not None:
            error, found = error * np.sqrt(2 * (1 - agreement)), agreement
        error = error if error > _NOTHING else np.nan
        for number in (here, *(persons or (2 * here, 4 * here))):
            scaled = error * np.sqrt(here / number)
            row = {"metric": metric, "subjects": int(number), "standard_error": scaled, "agreement": found}
            row |= {"detectable": detectable_difference(scaled, config), "alpha": config.alpha}
            records.append(row | {"power": config.power, "comparisons": config.comparisons})
    return pd.DataFrame(records)
