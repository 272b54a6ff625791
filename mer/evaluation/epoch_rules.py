"""The scores that three epoch rules give one training, and the size of the leak: ``oracle`` minus ``last``.

A training that took looks at its models (`mer.training.epochs`) has said, at each look, what it would have predicted.
From that the predictions of every rule are read off; nothing is trained here, and the looks are the same models.

Published code that chooses its epoch on the held-out person keeps, for each person, the first epoch at which most of
that person's clips were right (read in tony19980810/CausalNet ``main_train.py``): that is ``oracle`` here, over the
looks that were taken.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.metrics import confusion_matrix, uar, uf1
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.predictions import EPOCH_RULES, predictions_table
from mer.evaluation.report import ALL
from mer.training.epochs import LOOKS, NESTED

#: Pairs of rules whose difference is told, the second taken from the first.
DIFFERENCES = (("oracle", "last"), ("oracle", "nested"), ("nested", "last"))
#: Scores and bounds of a row.
CELLS = tuple(f"{name}{bound}" for name in ("uf1", "uar") for bound in ("", "_low", "_high"))


def epoch_rule_predictions(
    clips: pd.DataFrame,
    classes: Sequence[str],
    fold: Sequence[str],
    arrays: Mapping[str, np.ndarray],
    run: str,
    seed: int,
) -> pd.DataFrame:
    """One predictions table of all rules.

    Args:
        clips: the predicted clips, n rows.
        classes: in the order of the label space.
        fold: the fold of every row.
        arrays: of a training's result: ``look_probabilities`` (n, looks, classes), ``nested_look`` (n,).
        run: name of the run.
        seed: its seed.

    Raises:
        InputError: the training took no looks.
    """
    if LOOKS not in arrays or NESTED not in arrays:
        raise InputError("The training took no looks at its epochs. Run it with epochs.every set, for instance to 10.")
    looks = arrays[LOOKS]
    label_idx = clips["label"].map({name: index for index, name in enumerate(classes)}).to_numpy(dtype=np.int64)
    n = np.arange(len(looks))
    chosen = {
        "last": np.full(len(looks), looks.shape[1] - 1),
        "nested": np.asarray(arrays[NESTED]),
        "oracle": oracle_looks(looks, label_idx, fold),
    }
    tables = [predictions_table(clips, classes, looks[n, chosen[rule]], fold, rule, run, seed) for rule in EPOCH_RULES]
    return pd.concat(tables, ignore_index=True)


def oracle_looks(looks: np.ndarray, label_idx: np.ndarray, fold: Sequence[str]) -> np.ndarray:
    """For every clip the look at which most of its fold's test clips are right; of equals the first: int64 (n,).

    Args:
        looks: (n, looks, classes).
        label_idx: int64 (n,).
        fold: n names.
    """
    right = looks.argmax(axis=-1) == label_idx[:, None]  # n x looks
    names, fold_idx = np.unique(np.asarray(fold, dtype=str), return_inverse=True)
    counts = np.zeros((len(names), right.shape[1]), np.int64)
    np.add.at(counts, fold_idx, right)
    return counts.argmax(axis=1)[fold_idx]


def epoch_curve(looks: np.ndarray, label_idx: np.ndarray, steps: Sequence[int]) -> pd.DataFrame:
    """Pooled scores if every fold had stopped at the same step: ``step``, ``uf1``, ``uar``.

    Args:
        looks: (n, looks, classes).
        label_idx: int64 (n,).
        steps: of the looks.
    """
    classes = looks.shape[-1]
    matrices = np.stack([confusion_matrix(label_idx, one.argmax(axis=-1), classes) for one in looks.swapaxes(0, 1)])
    return pd.DataFrame({"step": list(steps), "uf1": uf1(matrices), "uar": uar(matrices)})


def rules_table(runs: Mapping[str, Sequence[pd.DataFrame]], resamples: int = 2000) -> pd.DataFrame:
    """Scores of every method under every rule on all clips, with intervals over persons, and what the rules differ by.

    Args:
        runs: by the method's name, tables of `epoch_rule_predictions`, one a seed.
        resamples: bootstrap draws of persons.

    Returns:
        Columns ``method``, ``rule`` (a rule, or ``<one> - <other>``), ``seeds``, and UF1 and UAR with their intervals
        (mean over the seeds).
    """
    records = []
    for method, tables in runs.items():
        by_rule = {rule: [_of(table, rule) for table in tables] for rule in EPOCH_RULES}
        rows = {rule: mean_scores(own, resamples) for rule, own in by_rule.items()}
        for one, other in DIFFERENCES:
            # `paired_difference` refuses two rules side by side, which is a mistake anywhere but here.
            first, second = ([table.assign(epoch_rule="last") for table in by_rule[rule]] for rule in (one, other))
            rows[f"{one} - {other}"] = paired_difference(first, second, resamples)
        for rule, report in rows.items():
            row = report[report["part"] == ALL].iloc[0]
            records.append(
                {"method": method, "rule": rule, "seeds": len(tables), **{name: row[name] for name in CELLS}}
            )
    return pd.DataFrame(records)


def _of(table: pd.DataFrame, rule: str) -> pd.DataFrame:
    found = table[table["epoch_rule"] == rule]
    if found.empty:
        raise InputError(f"The predictions have no epoch rule {rule!r}; expected {', '.join(EPOCH_RULES)} of each run.")
    return found
