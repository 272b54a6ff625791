"""Two runs on the same clips: which clips one gets right and the other wrong, and whether chance explains it.

McNemar's exact test (McNemar, Psychometrika 1947; the binomial form) looks at the clips on which the runs disagree:
were both equally good, each would win such a clip with probability one half. It takes clips as independent, which clips
of one person are not, so its p is too small; `mer.evaluation.paired` has intervals that respect persons.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.predictions import SCORE, score_classes
from mer.manifest.clips import KEY

#: Cells of the table of agreement, in the order of `Agreement.counts`: rows the first run, columns the second.
VERDICTS = ("right", "wrong")


@dataclass(frozen=True)
class CommonClips:
    """Clips that two runs both predicted.

    Attributes:
        first, second: their rows of both tables, in one order (that of the first table), index 0..n-1.
        first_rows, second_rows: int64 (n,), positions of these rows in the tables given.
        only_first, only_second: how many clips the other run lacks.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    first_rows: np.ndarray
    second_rows: np.ndarray
    only_first: int
    only_second: int


@dataclass(frozen=True)
class Agreement:
    """Right and wrong of two runs.

    Attributes:
        counts: int64 (2, 2), rows first run right, wrong; columns second run right, wrong.
        cell: int64 (n,), 0 both right, 1 only the first right, 2 only the second right, 3 both wrong.
        p: two-sided p of McNemar's exact test; 1 where the runs never disagree.
    """

    counts: np.ndarray
    cell: np.ndarray
    p: float


def common_clips(first: pd.DataFrame, second: pd.DataFrame, names: tuple[str, str] = ("A", "B")) -> CommonClips:
    """Rows of two predictions tables for the clips that both hold.

    Args:
        first, second: checked tables, each of one run and seed.
        names: what to call them in messages.

    Raises:
        InputError: a table holds clips twice, the classes differ, no clip is common, or common clips differ in label.
    """
    for table, name in ((first, names[0]), (second, names[1])):
        if table.duplicated(KEY).any():
            raise InputError(f"{name} holds several runs or seeds. Give a run that predicts every clip once.")
    classes = [score_classes(table) for table in (first, second)]
    if set(classes[0]) != set(classes[1]):
        listed = f"{', '.join(classes[0])} ({names[0]}) and {', '.join(classes[1])} ({names[1]})"
        raise InputError(f"The runs tell other classes apart: {listed}. Choose two runs of one label space.")
    keys = [pd.MultiIndex.from_frame(table[list(KEY)]) for table in (first, second)]
    place = keys[1].get_indexer(keys[0])
    first_rows = np.flatnonzero(place >= 0)
    second_rows = place[first_rows].astype(np.int64)
    if not len(first_rows):
        raise InputError(
            f"{names[0]} and {names[1]} have no clip in common: {len(first)} and {len(second)} clips. Choose two runs "
            "on one database."
        )
    one, two = first.iloc[first_rows].reset_index(drop=True), second.iloc[second_rows].reset_index(drop=True)
    other = one["label"].to_numpy() != two["label"].to_numpy()
    if other.any():
        row = int(other.argmax())
        clip = "/".join(str(one[column].iat[row]) for column in KEY)
        raise InputError(
            f"{int(other.sum())} of {len(one)} common clips have another label in {names[1]} than in {names[0]}; the "
            f"first is {clip}: {one['label'][row]!r} and {two['label'][row]!r}. Choose two runs with the same labels."
        )
    columns = [*one.columns[:5], *(SCORE + name for name in classes[0]), *one.columns[5 + len(classes[0]) :]]
    lost = (len(first) - len(one), len(second) - len(one))
    return CommonClips(one, two[columns], first_rows, second_rows, *lost)


def agreement(first: pd.DataFrame, second: pd.DataFrame) -> Agreement:
    """Right and wrong of two tables whose rows are the same clips."""
    right = [(table["label"] == table["predicted"]).to_numpy() for table in (first, second)]
    cell = 2 * ~right[0] + 1 * ~right[1]
    counts = np.bincount(cell, minlength=4).reshape(2, 2)
    return Agreement(counts, cell, mcnemar_exact(int(counts[0, 1]), int(counts[1, 0])))


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test.

    Args:
        only_first: clips that the first run alone gets right.
        only_second: clips that the second alone gets right.

    Returns:
        p in (0, 1]; 1 where there is no such clip.

    Raises:
        InputError: a count is negative.
    """
    from scipy.stats import binomtest

    if min(only_first, only_second) < 0:
        raise InputError(f"Counts of clips are {only_first} and {only_second}; expected 0 or more.")
    total = only_first + only_second
    return float(binomtest(only_first, total, 0.5).pvalue) if total else 1.0
