"""Class-weighted linear ridge: the floor that every learned model has to beat.

One-versus-rest targets of +1 and -1, solved through the Gram matrix (n x n), because features outnumber clips. Clip i
of class c has the weight s_i = n / (K n_c), so that every class weighs the same; the ridge minimises

    sum_i s_i ||t_i - b - W^T x_i||^2 + lambda ||W||^2,   lambda = weight * mean_i ||x_i - mean||^2

over W (d, K) and the constant b (K,), which is not penalised. ``weight`` is thus without unit: it does not depend on
how features are scaled, nor much on how many there are.

For leave-one-subject-out the Gram matrix of all clips is computed once; a fold takes rows and columns of it. Means,
class weights and lambda of a fold come from its training persons only.
"""

from dataclasses import dataclass

import numpy as np

from mer.core.errors import InputError


@dataclass(frozen=True)
class RidgeConfig:
    """The ridge's settings.

    Attributes:
        weight: lambda in units of the mean squared distance of the training features from their mean. 1 is the round
            value, one for all folds and inputs. On the 442 motion maps 0.01 to 10 give UF1 0.67 to 0.76, and with an
            intercept 1 is the best of nine that were tried, so its figure there is a little kind.
        intercept: True fits the constant b. False centres features by their plain training mean and leaves b out, so
            the class balance of the training persons shifts the scores; kept because the reference figure of the 442
            motion maps (UF1 0.680, UAR 0.745) was computed so; see tests/models/test_ridge.py.
    """

    weight: float = 1.0
    intercept: bool = True

    def __post_init__(self) -> None:
        """Check the values."""
        if not (np.isfinite(self.weight) and self.weight > 0):
            raise InputError(f"The ridge's weight is {self.weight}; expected a positive number, such as 1.0.")


class Ridge:
    """A fitted ridge: `fit`, then `scores` or `probabilities`.

    Attributes:
        weights: float64 (d, K), W.
        offset: float64 (K,), b.
    """

    def __init__(self, config: RidgeConfig | None = None) -> None:
        """Settings; nothing is fitted yet."""
        self.config = config or RidgeConfig()
        self.weights: np.ndarray | None = None
        self.offset: np.ndarray | None = None

    def fit(self, features: np.ndarray, label_idx: np.ndarray, n_classes: int) -> "Ridge":
        """Fit to features (n, d) with class indices (n,); returns itself."""
        features = _checked_features(features)
        labels = _checked_labels(label_idx, len(features), n_classes)
        coefficients, self.offset = _solve(features @ features.T, labels, n_classes, self.config)
        self.weights = features.T @ coefficients  # dxn, nxK -> dxK
        return self

    def scores(self, features: np.ndarray) -> np.ndarray:
        """One score a class, shape (n, K): about +1 for the class, -1 for another, unbounded."""
        if self.weights is None or self.offset is None:
            raise InputError("The ridge is not fitted yet; call fit first.")
        return _checked_features(features) @ self.weights + self.offset

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """`scores_to_probabilities` of `scores`, shape (n, K)."""
        return scores_to_probabilities(self.scores(features))


def scores_to_probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax of twice the scores, so that +1 against -1 is a log-odds of 4 (0.98 between two classes).

    A least-squares score is no log-odds: the order of the classes is the model's, the probability is a monotone display
    of it and is not calibrated.
    """
    shifted = 2 * (scores - scores.max(axis=-1, keepdims=True))
    exponents = np.exp(shifted)
    return exponents / exponents.sum(axis=-1, keepdims=True)


def loso_ridge(
    features: np.ndarray,
    label_idx: np.ndarray,
    persons: np.ndarray,
    n_classes: int,
    config: RidgeConfig | None = None,
) -> np.ndarray:
    """Leave-one-subject-out probabilities: every clip scored by a ridge fitted without its person.

    Args:
        features: shape (n, d), any real type; not standardised by this function.
        label_idx: integers 0..n_classes-1, shape (n,).
        persons: the person of every clip (``database/subject``), shape (n,).
        n_classes: K.
        config: the ridge's settings, the same in all folds.

    Returns:
        float64 (n, K), rows sum to 1.

    Raises:
        InputError: shapes do not agree, features are not finite, or there is one person only.
    """
    config = config or RidgeConfig()
    features = _checked_features(features)
    labels = _checked_labels(label_idx, len(features), n_classes)
    persons = np.asarray(persons, dtype=str)
    if persons.shape != (len(features),):
        raise InputError(f"{persons.shape} persons for {len(features)} clips; expected one a clip.")
    names = np.unique(persons)
    if len(names) < 2:
        raise InputError(f"Leave-one-subject-out needs two persons or more; found {len(names)}.")
    gram = features @ features.T
    scores = np.empty((len(features), n_classes))
    for name in names:
        test = persons == name
        train = ~test
        coefficients, offset = _solve(gram[np.ix_(train, train)], labels[train], n_classes, config)
        scores[test] = gram[np.ix_(test, train)] @ coefficients + offset
    return scores_to_probabilities(scores)


def _solve(gram: np.ndarray, labels: np.ndarray, n_classes: int, config: RidgeConfig) -> tuple[np.ndarray, np.ndarray]:
    """Dual solution for training clips: coefficients (n, K) and offset (K,) with score(x) = k(x, train) @ c + offset.

    The Gram matrix is of the features as they are; centring happens in the kernel.
    """
    counts = np.bincount(labels, minlength=n_classes)
    present = counts > 0  # a class without training clips gets the target -1 everywhere
    sample = (len(labels) / (present.sum() * np.maximum(counts, 1)))[labels]  # n
    targets = np.where(np.arange(n_classes) == labels[:, None], 1.0, -1.0)  # nxK
    share = sample / sample.sum() if config.intercept else np.full(len(labels), 1 / len(labels))
    mean = gram @ share  # k(x_i, centre)
    centred = gram - mean - mean[:, None] + share @ mean
    constant = share @ targets if config.intercept else np.zeros(n_classes)
    spread = np.trace(centred) / len(labels)
    # features that are all alike leave only rounding errors in the centred kernel: any ridge then gives the constant
    ridge = config.weight * (spread if spread > 1e-12 * np.trace(gram) / len(labels) else 1.0)
    dual = np.linalg.solve(centred + np.diag(ridge / sample), targets - constant)  # nxK
    total = dual.sum(axis=0)
    return dual - np.outer(share, total), constant + (share @ mean) * total - mean @ dual


def _checked_features(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or features.size == 0:
        raise InputError(f"Features have the shape {features.shape}; expected (n, d): one row a clip.")
    if not np.isfinite(features).all():
        rows = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise InputError(
            f"Features of {len(rows)} clip(s) are not finite (first: row {rows[0]}). Leave those clips out."
        )
    return features


def _checked_labels(label_idx: np.ndarray, n: int, n_classes: int) -> np.ndarray:
    labels = np.asarray(label_idx)
    if labels.shape != (n,) or not np.issubdtype(labels.dtype, np.integer):
        raise InputError(f"Labels have shape {labels.shape} and type {labels.dtype}; expected {n} integers.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise InputError(f"Labels reach {labels.min()}..{labels.max()}; expected 0..{n_classes - 1}.")
    return labels
