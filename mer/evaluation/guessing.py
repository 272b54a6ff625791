"""What guessing reaches: the scores below which a classifier has learned nothing.

Each class is guessed with the same probability 1/K, whatever the clip. Of the n_c clips of class c then n_c / K go to
every class, and the scores are those of this expected confusion matrix. UAR is 1/K whatever the shares of the classes,
when all occur. UF1 is not: with p_c = n_c / n it is the mean of 2 p_c / (K p_c + 1), which is 1/K for equal shares and
less for others (0.314 for the shares 0.566, 0.247, 0.188 of the 442 composite clips).

Deviation from the mean over random draws: F1 is taken of the expected counts, not expected over draws; with many clips
both agree (0.001 apart for 180 clips).
"""

import numpy as np
import pandas as pd

from mer.evaluation.metrics import METRICS
from mer.evaluation.report import ALL, confusion


def guessing_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Scores of guessing every class with the same probability, of all clips and of each database.

    Args:
        predictions: table with every clip once; only its labels and the names of its classes count.

    Returns:
        One row ``all``, then one a database in order of appearance (none when there is only one): columns ``part`` and
        those of `METRICS`.
    """
    parts = {ALL: predictions}
    names = list(dict.fromkeys(predictions["database"]))
    if len(names) > 1:
        parts |= {name: predictions[predictions["database"] == name] for name in names}
    return pd.DataFrame([{"part": part} | _scores(table) for part, table in parts.items()])


def _scores(predictions: pd.DataFrame) -> dict[str, float]:
    counts = confusion(predictions).to_numpy(dtype=float).sum(axis=1)
    expected = np.repeat(counts[:, None] / len(counts), len(counts), axis=1)
    return {name: float(metric(expected)) for name, metric in METRICS.items()}
