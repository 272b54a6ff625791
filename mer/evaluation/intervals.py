"""How sure a score is: percentile bootstrap that resamples persons.

Clips of one person resemble each other, and a few persons give many of the clips (four of the composite database's 68
give a quarter of them). So a resample draws persons with replacement, each with all their clips, not clips.

A person's clips enter any metric through their confusion matrix alone. A resample is then a row of counts (how often
each person was drawn), and all resampled matrices are one matrix product.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mer.core.errors import InputError
from mer.evaluation.metrics import confusion_matrix

_COUNTS_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class BootstrapConfig:
    """How intervals are made.

    Attributes:
        resamples: draws of as many persons as there are.
        level: share of the draws that lies inside the interval.
        seed: of the draws; the same seed draws the same persons for every metric.
    """

    resamples: int = 2000
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if self.resamples < 1:
            raise InputError(f"resamples is {self.resamples}; expected 1 or more.")
        if not 0 < self.level < 1:
            raise InputError(f"level is {self.level}; expected a share between 0 and 1, such as 0.95.")


def person_matrices(
    label_idx: np.ndarray, predicted_idx: np.ndarray, persons: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """One confusion matrix a person.

    Returns:
        names: the persons, sorted, shape (P,); matrices: int64, shape (P, K, K), summing to the pooled matrix.
    """
    names, person_idx = np.unique(np.asarray(persons, dtype=str), return_inverse=True)
    label_idx, predicted_idx = np.asarray(label_idx), np.asarray(predicted_idx)
    pooled = confusion_matrix(label_idx, predicted_idx, n_classes)  # checks the indices
    cells = (person_idx * n_classes + label_idx) * n_classes + predicted_idx
    matrices = np.bincount(cells, minlength=len(names) * pooled.size).reshape(len(names), n_classes, n_classes)
    return names, matrices


def resampled_matrices(matrices: np.ndarray, config: BootstrapConfig) -> np.ndarray:
    """Pooled confusion matrices of bootstrap draws of persons.

    Args:
        matrices: shape (P, K, K), one a person.
        config: number of draws and seed.

    Returns:
        int64, shape (resamples, K, K).
    """
    persons, n_classes = matrices.shape[0], matrices.shape[-1]
    generator = np.random.default_rng(config.seed)
    share, flat = np.full(persons, 1 / persons), matrices.reshape(persons, -1)
    pooled = np.empty((config.resamples, flat.shape[1]), np.result_type(np.int64, flat))
    some = max(1, _COUNTS_AT_ONCE // persons)  # draws at a time: with thousands of persons all of them fill the memory
    for first in range(0, config.resamples, some):
        drawn = generator.multinomial(persons, share, size=min(some, config.resamples - first))  # R x P
        pooled[first : first + len(drawn)] = drawn @ flat  # RxP, PxKK -> RxKK
    return pooled.reshape(-1, n_classes, n_classes)


def percentile_interval(values: np.ndarray, level: float) -> tuple[float, float]:
    """Bounds between which the middle ``level`` of the draws lies; NaNs (undefined draws) are left out."""
    values = values[~np.isnan(values)]
    if values.size == 0:
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bootstrap_intervals(
    matrices: np.ndarray,
    metrics: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    config: BootstrapConfig | None = None,
) -> dict[str, tuple[float, float]]:
    """Interval of every metric, from one set of draws.

    Args:
        matrices: shape (P, K, K), one confusion matrix a person (`person_matrices`).
        metrics: functions of (..., K, K) counts, by name.
        config: draws, level, seed.

    Returns:
        (low, high) by metric name. With fewer than two persons both are NaN: one person says nothing about how persons
        differ. Two or three persons give an interval, but a wide and coarse one; reports show the number of persons.
    """
    config = config or BootstrapConfig()
    if matrices.shape[0] < 2:
        return dict.fromkeys(metrics, (np.nan, np.nan))
    drawn = resampled_matrices(matrices, config)
    return {name: percentile_interval(metric(drawn), config.level) for name, metric in metrics.items()}
