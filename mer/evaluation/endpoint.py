"""How well a displacement field is measured where the true one is known.

Conventions
-----------
Fields have shape (n, 2, H, W), x first, backward, in pixels of the aligned face; NaN where nothing is known, and only
pixels known in both fields count.

Metrics
-------
``error``: length of the difference of both fields (end-point error), pixels, mean over the pixels of a clip.
``angle``: angle between (x, y, 1) of both fields in degrees (Barron, Fleet, Beauchemin, IJCV 1994), mean over pixels.
``correlation``: Pearson's, of all components of a clip at once; NaN where one field is constant.

Most of the motion between onset and apex is that of the head. `expression_part` takes it away, so that the same metrics
tell how well the expression is measured.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.intervals import BootstrapConfig, percentile_interval


@dataclass(frozen=True)
class BinConfig:
    """Bins of the true displacement's length.

    Attributes:
        edges: pixels, ascending; the last bin has no upper end.
    """

    edges: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0, 2.0)

    def __post_init__(self) -> None:
        """Check the edges."""
        if not self.edges or any(b <= a for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise InputError(f"The edges of the bins are {self.edges}; expected ascending lengths in pixels.")


def lengths(difference: np.ndarray) -> np.ndarray:
    """Length of every vector: (n, 2, H, W) to float64 (n, H, W)."""
    field = difference.astype(np.float64)
    return np.hypot(field[:, 0], field[:, 1])


def clip_errors(found: np.ndarray, true: np.ndarray) -> pd.DataFrame:
    """The metrics of every clip.

    Args:
        found: the measured fields.
        true: the true ones.

    Returns:
        One row a clip: ``error, no_motion, angle, correlation, known``; ``no_motion`` is the error of a field of zeros,
        ``known`` the share of pixels compared. NaN for a clip without any.
    """
    found, true = _checked(found, true)
    known = _known(found, true)
    counts = known.sum((1, 2))

    def mean(values: np.ndarray) -> np.ndarray:
        sums = np.where(known, values, 0).sum((1, 2))
        return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)

    cosine = ((found * true).sum(1) + 1) / np.sqrt(((found**2).sum(1) + 1) * ((true**2).sum(1) + 1))
    both = known[:, None].repeat(2, axis=1).reshape(len(known), -1)
    return pd.DataFrame(
        {
            "error": mean(lengths(found - true)),
            "no_motion": mean(lengths(true)),
            "angle": mean(np.degrees(np.arccos(np.clip(cosine, -1, 1)))),
            "correlation": _correlation(found.reshape(len(found), -1), true.reshape(len(true), -1), both),
            "known": known.mean((1, 2)),
        }
    )


def binned_errors(
    found: np.ndarray, true: np.ndarray, persons: np.ndarray, bins: BinConfig, bootstrap: BootstrapConfig | None = None
) -> pd.DataFrame:
    """Mean end-point error over the pixels whose true displacement has a length within each bin.

    Args:
        found, true: the fields.
        persons: one name a clip; intervals resample persons.
        bins: of the true length.
        bootstrap: of the intervals.

    Returns:
        One row a bin: ``low_px, high_px`` (inf in the last), ``pixels``, ``length`` (mean true length in the bin),
        ``error`` and its interval ``error_low, error_high``. NaN where no pixel falls into the bin.
    """
    found, true = _checked(found, true)
    known = _known(found, true)
    length, error = lengths(true), lengths(found - true)
    edges = np.array([*bins.edges, np.inf])
    place = np.digitize(length, edges[1:-1])  # below the first edge counts into the first bin
    names, person = np.unique(np.asarray(persons, dtype=str), return_inverse=True)
    cells = (person[:, None, None] * len(bins.edges) + place)[known & (length >= bins.edges[0])]
    inside = known & (length >= bins.edges[0])

    def sums(weights: np.ndarray | None) -> np.ndarray:
        counted = np.bincount(cells, None if weights is None else weights[inside], len(names) * len(bins.edges))
        return counted.reshape(len(names), len(bins.edges))

    pixels, errors = sums(None), sums(error)
    low, high = mean_intervals(errors, pixels, bootstrap)
    return pd.DataFrame(
        {
            "low_px": edges[:-1],
            "high_px": edges[1:],
            "pixels": pixels.sum(0).astype(np.int64),
            "length": _ratio(sums(length).sum(0), pixels.sum(0)),
            "error": _ratio(errors.sum(0), pixels.sum(0)),
            "error_low": low,
            "error_high": high,
        }
    )


def mean_intervals(
    sums: np.ndarray, counts: np.ndarray, bootstrap: BootstrapConfig | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of means, resampling persons with all they have.

    Args:
        sums: (persons, k), the sum of the values of each person for each of k means.
        counts: same shape, how many values.
        bootstrap: draws, level, seed.

    Returns:
        Lower and upper bounds, float64 (k,); NaN with fewer than two persons.
    """
    config = bootstrap or BootstrapConfig()
    persons, k = sums.shape
    if persons < 2:
        return np.full(k, np.nan), np.full(k, np.nan)
    generator = np.random.default_rng(config.seed)
    drawn = generator.multinomial(persons, np.full(persons, 1 / persons), size=config.resamples)  # R x P
    means = _ratio(drawn @ sums, drawn @ counts)  # RxP, Pxk -> Rxk
    bounds = [percentile_interval(means[:, i], config.level) for i in range(k)]
    return np.array([low for low, _ in bounds]), np.array([high for _, high in bounds])


def mean_over_clips(
    values: np.ndarray, persons: np.ndarray, bootstrap: BootstrapConfig | None = None
) -> tuple[float, float, float]:
    """Mean of one value a clip and its interval over persons; NaN values are left out."""
    values, persons = np.asarray(values, dtype=np.float64), np.asarray(persons, dtype=str)
    finite = np.isfinite(values)
    if not finite.any():
        return np.nan, np.nan, np.nan
    names, person = np.unique(persons[finite], return_inverse=True)
    sums = np.bincount(person, values[finite], len(names))[:, None]
    counts = np.bincount(person, minlength=len(names))[:, None]
    low, high = mean_intervals(sums, counts, bootstrap)
    return float(values[finite].mean()), float(low[0]), float(high[0])


def expression_part(field: np.ndarray) -> np.ndarray:
    """A field minus the shift, scaling and rotation of the whole face that fits it best where it is known.

    As `mer.models.head_motion.without_head_motion`, for fields with unknown pixels.
    """
    field = field.astype(np.float64)
    count, _, height, width = field.shape
    known = np.isfinite(field).all(axis=1)
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    one, zero = np.ones_like(x), np.zeros_like(x)
    basis = np.stack([np.stack(pair) for pair in ((one, zero), (zero, one), (x, y), (-y, x))]).reshape(4, -1)  # 4 x 2HW
    mask = known[:, None].repeat(2, axis=1).reshape(count, -1)  # n x 2HW
    values = np.where(mask, field.reshape(count, -1), 0)
    products = (basis[:, None] * basis[None]).reshape(16, -1)
    normal = (mask @ products.T).reshape(count, 4, 4)
    fitted = np.einsum("nij,nj->ni", np.linalg.pinv(normal), values @ basis.T) @ basis
    return np.where(mask, values - fitted, np.nan).reshape(field.shape)


def _checked(found: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if found.shape != true.shape or found.ndim != 4 or found.shape[1] != 2:
        raise InputError(f"Fields of shape {found.shape} and {true.shape}; expected (n, 2, H, W), both the same.")
    return found.astype(np.float64), true.astype(np.float64)


def _known(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.isfinite(found).all(axis=1) & np.isfinite(true).all(axis=1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _correlation(first: np.ndarray, second: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Pearson's correlation row by row where ``mask``; NaN where a row is constant."""
    counts = mask.sum(1, keepdims=True)

    def centred(values: np.ndarray) -> np.ndarray:
        values = np.where(mask, values, 0)
        return np.where(mask, values - _ratio(values.sum(1, keepdims=True), counts), 0)

    first, second = centred(first), centred(second)
    spread = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    enough = spread > 1e-9
    return np.divide((first * second).sum(1), spread, out=np.full(len(first), np.nan), where=enough)
