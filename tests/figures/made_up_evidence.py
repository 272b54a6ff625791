"""Comparisons and epoch rules with made-up numbers, as their modules make the tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mer.evaluation.comparisons import COLUMNS
from mer.evaluation.epoch_rules import CELLS, DIFFERENCES
from mer.evaluation.predictions import EPOCH_RULES

METHODS = ("Transformer Fusion", "residual network on flow maps", "Bi-WOOF (upright) and linear SVM", "majority class")


def comparisons(methods: Sequence[str] = METHODS, metrics: Sequence[str] = ("uf1",)) -> pd.DataFrame:
    """Every method against the ridge: the first is surely better, the others ever less so."""
    rows = []
    for k, method in enumerate(methods):
        for m, metric in enumerate(metrics):
            value, p = 0.08 - 0.05 * k + 0.01 * m, 0.0012 * 5**k
            count = len(methods) * len(metrics)
            cells = (value, value - 0.04, value + 0.05, p, count, min(1.0, p * (count - k)), 68, 9999, False)
            rows.append((method, "ridge with intercept", metric, *cells))
    return pd.DataFrame(rows, columns=COLUMNS)


def rules(methods: Sequence[str] = METHODS[:3]) -> pd.DataFrame:
    """Every method under all rules: nested a little above last, oracle far above."""
    rows = []
    for k, method in enumerate(methods):
        found = {rule: 0.7 - 0.05 * k + 0.06 * place for place, rule in enumerate(EPOCH_RULES)}
        found |= {f"{one} - {other}": found[one] - found[other] for one, other in DIFFERENCES}
        for rule, value in found.items():
            bounds = np.array([value, value - 0.03, value + 0.02])
            rows.append((method, rule, 3 - k, *bounds, *(bounds + 0.004 * (k + 1))))
    return pd.DataFrame(rows, columns=["method", "rule", "seeds", *CELLS])
