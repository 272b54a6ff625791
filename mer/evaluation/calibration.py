"""Whether scores mean what they say: of the clips predicted with a score of 0.8, are eight in ten right?

Conventions
-----------
Everything is computed from a predictions table of one run. The *confidence* of a clip is the score of its predicted
class, in [0, 1]. Bins are closed at the right, the first one also at the left.

Measures
--------
* ``ece``: expected calibration error, the mean over the clips of |accuracy - mean confidence| of their bin; bins of
  equal width (Guo et al., ICML 2017). ``ece_count``: bins that hold equally many clips, so that none is almost empty.
* ``classwise_ece``: the same of every class's score against how often that class is true, averaged over the classes
  (Kull et al., NeurIPS 2019); equal width.
* ``brier``: mean of the squared distance between the scores and the true class as 0 and 1, summed over the classes,
  0 to 2.
* ``nll``: mean of the negative logarithm of the true class's score; scores below 1e-12 count as 1e-12.

All are better when lower. The expected calibration error is biased upwards where bins hold few clips: with a hundred
clips even perfectly calibrated scores do not reach 0. A draw of persons holds fewer different ones, so its error is
biased further and the interval leans upwards.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, percentile_interval
from mer.evaluation.paired import aligned_runs
from mer.evaluation.predictions import SCORE
from mer.evaluation.report import label_indices
from mer.manifest.clips import person

Kind = Literal["width", "count"]
SMALLEST = 1e-12
MEASURES = ("ece", "ece_count", "classwise_ece", "brier", "nll")


@dataclass(frozen=True)
class _Scores:
    """A predictions table as arrays: n clips, K classes."""

    scores: np.ndarray  # (n, K)
    label: np.ndarray  # (n,) index of the true class
    confidence: np.ndarray  # (n,)
    right: np.ndarray  # (n,) bool
    persons: np.ndarray  # (n,) index of the person
    n_persons: int


def bin_edges(values: np.ndarray, bins: int, kind: Kind) -> np.ndarray:
    """Borders of the bins, ``bins + 1`` of them or fewer where equal values would make empty bins.

    Args:
        values: confidences, shape (n,); only used for ``count``.
        bins: how many, 1 or more.
        kind: ``width`` divides [0, 1] evenly, ``count`` so that every bin holds about as many values.

    Raises:
        InputError: bins below 1, an unknown kind.
    """
    if bins < 1:
        raise InputError(f"bins is {bins}; expected 1 or more, for instance 10.")
    if kind == "width":
        return np.linspace(0, 1, bins + 1)
    if kind != "count":
        raise InputError(f"Bins of the kind {kind!r}; expected 'width' or 'count'.")
    ordered = np.sort(values)
    cuts = [ordered[round(len(ordered) * k / bins) - 1] for k in range(1, bins)]
    return np.unique([0.0, *cuts, 1.0])


def reliability(predictions: pd.DataFrame, bins: int = 10, kind: Kind = "width") -> pd.DataFrame:
    """The reliability diagram as numbers, one row a bin.

    Returns:
        Columns ``low, high`` (borders), ``n`` (clips), ``confidence`` (mean) and ``accuracy``; the last two NaN where
        the bin is empty.

    Raises:
        InputError: the table is not valid, is empty or holds several runs.
    """
    data = _read(predictions)
    edges = bin_edges(data.confidence, bins, kind)
    inside = _bin_of(data.confidence, edges)
    count = np.bincount(inside, minlength=len(edges) - 1)
    sums = [np.bincount(inside, values, minlength=len(edges) - 1) for values in (data.confidence, data.right)]
    with np.errstate(invalid="ignore"):
        confidence, accuracy = (total / count for total in sums)
    table = {"low": edges[:-1], "high": edges[1:], "n": count, "confidence": confidence, "accuracy": accuracy}
    return pd.DataFrame(table)


def calibration_scores(
    predictions: pd.DataFrame, bins: int = 10, resamples: int = 2000, seed: int = 0, level: float = 0.95
) -> pd.DataFrame:
    """All `MEASURES` of one run with bootstrap intervals over persons.

    The borders of ``ece_count`` stay those of all clips in every draw.

    Returns:
        One row: ``n, subjects`` and each measure with ``_low`` and ``_high`` (NaN where there is one person only).

    Raises:
        InputError: as for `reliability`.
    """
    data = _read(predictions)
    config = BootstrapConfig(resamples, level, seed)
    drawn = np.random.default_rng(seed).multinomial(
        data.n_persons, np.full(data.n_persons, 1 / data.n_persons), size=config.resamples
    )
    row: dict[str, float] = {"n": len(data.label), "subjects": data.n_persons}
    for name in MEASURES:
        value = _measure(data, name, bins, np.ones((1, data.n_persons)))[0]
        draws = _measure(data, name, bins, drawn) if data.n_persons > 1 else np.array([np.nan])
        low, high = percentile_interval(draws, config.level)
        row |= {name: float(value), f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame([row])


def _measure(data: _Scores, name: str, bins: int, weights: np.ndarray) -> np.ndarray:
    """A measure for every row of ``weights``, (R, P): how often each person counts."""
    size = weights @ np.bincount(data.persons, minlength=data.n_persons)  # R
    if name in ("brier", "nll"):
        return weights @ np.bincount(data.persons, _of_clip(data, name), minlength=data.n_persons) / size
    if name == "classwise_ece":
        truth = np.eye(data.scores.shape[1])[data.label]
        parts = [
            _binned_gap(data, data.scores[:, k], truth[:, k], bin_edges(data.scores[:, k], bins, "width"), weights)
            for k in range(data.scores.shape[1])
        ]
        return np.mean(parts, axis=0) / size
    kind: Kind = "width" if name == "ece" else "count"
    edges = bin_edges(data.confidence, bins, kind)
    return _binned_gap(data, data.confidence, data.right, edges, weights) / size


def _of_clip(data: _Scores, name: str) -> np.ndarray:
    if name == "brier":
        return ((data.scores - np.eye(data.scores.shape[1])[data.label]) ** 2).sum(axis=1)
    return -np.log(np.maximum(data.scores[np.arange(len(data.label)), data.label], SMALLEST))


def _binned_gap(
    data: _Scores, said: np.ndarray, true: np.ndarray, edges: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Sum over the bins of |sum of what was said - sum of what was true|, for every row of weights: (R,)."""
    bins = len(edges) - 1
    cells = data.persons * bins + _bin_of(said, edges)
    excess = np.bincount(cells, np.asarray(true, float) - said, minlength=data.n_persons * bins)
    return np.abs(weights @ excess.reshape(data.n_persons, bins)).sum(axis=1)


def _bin_of(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(edges, values, side="left") - 1, 0, len(edges) - 2)


def _read(predictions: pd.DataFrame) -> _Scores:
    (table,) = aligned_runs([predictions])
    label, predicted, classes = label_indices(table)
    scores = table[[SCORE + name for name in classes]].to_numpy()
    names, persons = np.unique(person(table).to_numpy(dtype=str), return_inverse=True)
    return _Scores(scores, label, scores[np.arange(len(label)), predicted], label == predicted, persons, len(names))
