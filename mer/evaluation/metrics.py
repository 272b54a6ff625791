"""Scores of a classifier of micro-expressions, computed from counts.

The task: every clip has one true class of K, and gets one predicted class from a model that never saw its person
(leave-one-subject-out). Scores come from one confusion matrix over all folds.

Conventions
-----------
A confusion matrix holds counts, shape (K, K): rows are true classes, columns predicted ones, both in the order of the
label space. Every metric accepts leading dimensions, shape (..., K, K), so that a thousand resampled matrices cost one
call. Values are fractions in [0, 1].

A subset (one database, one bootstrap draw) may lack a class. A class that is neither among the labels nor among the
predictions has no F1 and is left out of the mean of UF1; a class without labels has no recall and is left out of the
mean of UAR. On the 442 composite clips neither happens. With no clip at all every metric is NaN.

Metrics
-------
* `f1_scores`, `recalls`: one value a class, NaN where undefined.
* `uf1`: unweighted F1, the mean of the classes' F1 (2 TP / (2 TP + FP + FN)).
* `uar`: unweighted average recall, the mean of the classes' recall (TP / n).
* `accuracy`: share of clips predicted right.
* `macro_precision`, `weighted_f1`: what others print, at times as UAR or UF1; no report of ours has them.

Source: protocol of the MEGC2019 composite database evaluation. F1 is never averaged over folds: TP, FP and FN are
summed over all folds first.
"""

import numpy as np

from mer.core.errors import InputError


def validate(confusion: np.ndarray) -> np.ndarray:
    """The counts as float64, shape (..., K, K).

    Raises:
        InputError: not square in the last two dimensions, or a count is negative or not finite.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2] or counts.shape[-1] == 0:
        raise InputError(
            f"A confusion matrix has the shape {counts.shape}; expected (..., K, K): true classes by predicted classes."
        )
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise InputError("A confusion matrix holds negative or non-finite counts; expected counts of clips, 0 or more.")
    return counts


def confusion_matrix(label_idx: np.ndarray, predicted_idx: np.ndarray, n_classes: int) -> np.ndarray:
    """Count clips by true and predicted class.

    Args:
        label_idx: integers, shape (n,), class index 0..n_classes-1 of every clip.
        predicted_idx: the same for the predictions.
        n_classes: K.

    Returns:
        int64, shape (K, K), rows true, columns predicted. No clips give zeros.

    Raises:
        InputError: different lengths, or an index outside 0..K-1.
    """
    labels, predicted = np.asarray(label_idx), np.asarray(predicted_idx)
    if labels.shape != predicted.shape or labels.ndim != 1:
        raise InputError(
            f"Labels have the shape {labels.shape}, predictions {predicted.shape}; expected one index a clip: (n,)."
        )
    for name, values in (("label", labels), ("predicted", predicted)):
        if values.size and not np.issubdtype(values.dtype, np.integer):
            raise InputError(f"{name} indices have the type {values.dtype}; expected integers 0..{n_classes - 1}.")
        if values.size and (values.min() < 0 or values.max() >= n_classes):
            raise InputError(f"{name} indices reach {values.min()}..{values.max()}; expected 0..{n_classes - 1}.")
    cells = labels.astype(np.int64) * n_classes + predicted.astype(np.int64)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def f1_scores(confusion: np.ndarray) -> np.ndarray:
    """F1 of every class: 2 TP / (2 TP + FP + FN), shape (..., K), NaN for a class neither labelled nor predicted."""
    counts = validate(confusion)
    true_positive = np.diagonal(counts, axis1=-2, axis2=-1)
    return _ratio(2 * true_positive, counts.sum(-1) + counts.sum(-2))  # 2TP+FP+FN = labelled + predicted


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of every class: TP / n, shape (..., K), NaN for a class without labels."""
    counts = validate(confusion)
    return _ratio(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(-1))


def uf1(confusion: np.ndarray) -> np.ndarray:
    """Unweighted F1: mean of `f1_scores` over the classes that have one, shape (...)."""
    return _mean_of_defined(f1_scores(confusion))


def uar(confusion: np.ndarray) -> np.ndarray:
    """Unweighted average recall: mean of `recalls` over the classes that have labels, shape (...)."""
    return _mean_of_defined(recalls(confusion))


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Share of clips on the diagonal, shape (...)."""
    counts = validate(confusion)
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def macro_precision(confusion: np.ndarray) -> np.ndarray:
    """Mean of the classes' precision, TP / predicted, shape (...).

    As in scikit-learn a class that has labels and is never predicted counts 0; one that has neither is left out.
    """
    counts = validate(confusion)
    true_positive, predicted = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(-2)
    precision = _ratio(true_positive, np.where(predicted == 0, counts.sum(-1), predicted))
    return _mean_of_defined(precision)


def weighted_f1(confusion: np.ndarray) -> np.ndarray:
    """Mean of the classes' F1 weighted by their number of labels, shape (...)."""
    counts = validate(confusion)
    labelled = counts.sum(-1)
    return _ratio((np.nan_to_num(f1_scores(counts)) * labelled).sum(-1), labelled.sum(-1))


#: The metrics that every report holds, by column name.
METRICS = {"uf1": uf1, "uar": uar, "accuracy": accuracy}


def evaluate(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of `METRICS` for one confusion matrix or a batch of them."""
    return {name: metric(confusion) for name, metric in METRICS.items()}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """``part / whole``, NaN where ``whole`` is 0."""
    part, whole = np.asarray(part), np.asarray(whole)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _mean_of_defined(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without its NaNs; NaN where all are."""
    defined = ~np.isnan(values)
    return _ratio(np.where(defined, values, 0.0).sum(-1), defined.sum(-1))
