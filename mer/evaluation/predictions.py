"""The predictions table: one row a clip, run and seed; every score and comparison is computed from such tables alone.

Columns
-------
``database, subject, clip``  text, the clip's key as in the clip table (``006`` is not ``6``).
``label``                    name of the true class.
``predicted``                name of the predicted class.
``score_<class>``            probability of every class, in [0, 1], summing to 1 over the classes. Their order is the
                             order of the label space.
``fold``                     who was left out when the clip was predicted: a person, ``database/subject``, or a whole
                             database, by its name (`mer.training.protocols`); text.
``epoch_rule``               how the epoch was chosen: ``last``, ``nested`` or ``oracle``.
``run``                      name of the run; text.
``seed``                     integer.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text, read_csv_text
from mer.core.errors import InputError, MissingPath, nearest
from mer.core.files import write_text
from mer.core.finished_run import checked
from mer.core.one_run import read_one_run
from mer.manifest.clips import KEY

SCORE = "score_"
HEAD = [*KEY, "label", "predicted"]
TAIL = ["fold", "epoch_rule", "run", "seed"]
TEXT = [*HEAD, "fold", "epoch_rule", "run"]

#: How the reported epoch of a fold was chosen.
EPOCH_RULES = {
    "last": "the last epoch, fixed before the run",
    "nested": "the best epoch on some of the training persons",
    "oracle": "the best epoch on the test person: a leak, shown only to measure it",
}

#: Largest distance of a row's summed scores from 1 (scores may have been written with few decimals).
SUM_TOLERANCE = 1e-3


def score_classes(predictions: pd.DataFrame) -> tuple[str, ...]:
    """The classes of a table, in order: the names of its ``score_<class>`` columns."""
    names = (str(column) for column in predictions.columns)
    return tuple(name.removeprefix(SCORE) for name in names if name.startswith(SCORE) and name != SCORE)


def validate_predictions(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns in order and typed, or one error that lists every fault.

    The predicted class need not be the one with the highest score: published logs may break ties differently.

    Returns:
        A copy: text columns ``str``, scores float64, ``seed`` int64, index 0..n-1.

    Raises:
        InputError: a column is missing or unknown, a key is empty or stands twice in one run, epoch rule and seed, a
            label or prediction is not a class, a score is outside [0, 1], missing or does not sum to 1 with the others,
            an unknown epoch rule, a seed that is not whole.
    """
    classes = score_classes(table)
    expected = [*HEAD, *(SCORE + name for name in classes), *TAIL]
    missing = [column for column in expected if column not in table.columns]
    unknown = [str(column) for column in table.columns if column not in expected]
    twice = sorted({str(column) for column in table.columns[table.columns.duplicated()]})
    if missing or unknown or twice or not classes:
        hints = " ".join(f"{column!r}: {nearest(column, missing)}" for column in unknown if missing)
        raise InputError(
            f"Predictions table has the wrong columns: missing {missing or 'none'}, unknown {unknown or 'none'}, "
            f"twice {twice or 'none'}, classes {list(classes) or 'none'}. Expected {', '.join(HEAD)}, one "
            f"{SCORE}<class> for every class, {', '.join(TAIL)}. {hints}".rstrip()
        )
    checked = table[expected].reset_index(drop=True).copy()
    faults: list[str] = []
    for column in TEXT:
        empty = checked[column].isna() | (checked[column].astype(str).str.strip() == "")
        faults += [f"row {row}: {column} is empty" for row in checked.index[empty]]
        checked[column] = checked[column].fillna("").astype(str).astype(object)
    for column in ("label", "predicted"):
        strange = ~checked[column].isin(classes) & (checked[column].str.strip() != "")
        faults += [
            f"row {row}: {column} {checked[column][row]!r} is not a class. {nearest(checked[column][row], classes)}"
            for row in checked.index[strange]
        ]
    rules = ~checked["epoch_rule"].isin(EPOCH_RULES) & (checked["epoch_rule"].str.strip() != "")
    faults += [
        f"row {row}: epoch_rule {checked['epoch_rule'][row]!r}. {nearest(checked['epoch_rule'][row], EPOCH_RULES)}"
        for row in checked.index[rules]
    ]
    faults += _score_faults(checked, [SCORE + name for name in classes])
    seed = pd.to_numeric(checked["seed"], errors="coerce")
    broken = seed.isna() | (seed % 1).fillna(1).ne(0)
    faults += [f"row {row}: seed is {checked['seed'][row]!r}, not a whole number" for row in checked.index[broken]]
    key = [*KEY, "run", "epoch_rule", "seed"]
    faults += [
        f"row {row}: clip {'/'.join(str(checked.loc[row, column]) for column in KEY)} stands twice in run "
        f"{checked['run'][row]!r}, epoch rule {checked['epoch_rule'][row]!r}, seed {checked['seed'][row]}"
        for row in checked.index[checked.duplicated(key)]
    ]
    if faults:
        shown = "\n  ".join(faults[:50]) + (f"\n  and {len(faults) - 50} more" if len(faults) > 50 else "")
        raise InputError(f"Predictions table has {len(faults)} fault(s); correct these rows:\n  {shown}")
    checked["seed"] = seed.astype("int64")
    return checked


def _score_faults(checked: pd.DataFrame, columns: list[str]) -> list[str]:
    """Faults of the score columns, which are turned into float64 in place."""
    faults = []
    for column in columns:
        values = pd.to_numeric(checked[column], errors="coerce").astype("float64")
        wrong = ~((values >= 0) & (values <= 1))
        faults += [
            f"row {row}: {column} is {checked[column][row]}, not a probability in [0, 1]"
            for row in checked.index[wrong]
        ]
        checked[column] = values
    total = checked[columns].sum(axis=1, skipna=False)
    off = (total - 1).abs() > SUM_TOLERANCE
    faults += [f"row {row}: the scores sum to {total[row]:.4f}, not 1" for row in checked.index[off]]
    return faults


def predictions_table(
    clips: pd.DataFrame,
    classes: Sequence[str],
    probabilities: np.ndarray,
    fold: Sequence[str] | pd.Series,
    epoch_rule: str,
    run: str,
    seed: int,
) -> pd.DataFrame:
    """Predictions table of one run.

    Args:
        clips: clip table (or its key and ``label`` columns), n rows.
        classes: K class names in the order of the label space.
        probabilities: shape (n, K), rows sum to 1. The predicted class is the most probable one, the first on a tie.
        fold: n names of folds: who was left out when the clip of that row was predicted.
        epoch_rule: ``last``, ``nested`` or ``oracle``.
        run: name of the run.
        seed: its seed.

    Raises:
        InputError: shapes do not agree, or the table is not valid (`validate_predictions`).
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.shape != (len(clips), len(classes)):
        raise InputError(
            f"Probabilities have the shape {probabilities.shape}; expected ({len(clips)}, {len(classes)}): one row a "
            "clip, one column a class."
        )
    if len(fold) != len(clips):
        raise InputError(f"{len(fold)} folds for {len(clips)} clips; expected one fold a clip.")
    table = clips[[*KEY, "label"]].reset_index(drop=True).copy()
    names = np.asarray(classes, dtype=object)
    filled = np.where(np.isnan(probabilities), -np.inf, probabilities)  # argmax would choose the NaN
    table["predicted"] = names[filled.argmax(axis=1)]
    for position, name in enumerate(classes):
        table[SCORE + name] = probabilities[:, position]
    table["fold"] = np.asarray(fold, dtype=object)
    return validate_predictions(table.assign(epoch_rule=epoch_rule, run=run, seed=seed))


def read_predictions(path: Path | str) -> pd.DataFrame:
    """Read and check a predictions table (CSV, UTF-8); keys stay text.

    Raises:
        MissingPath: there is no such file.
        InputError: it is not a CSV, or its rows have faults; the message names the file.
        Damaged: it is not as the finished run that it is of left it.
        BeingMade: its run is being made again just now.
    """
    return read_one_run(Path(path).parent, lambda: _read_predictions(checked(path)))


def _read_predictions(path: Path) -> pd.DataFrame:
    try:
        table = read_csv_text(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise MissingPath(
            f"Predictions table {path} does not exist. A finished run keeps it as predictions.csv."
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a CSV table ({error}).") from error
    try:
        return validate_predictions(table)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_predictions(predictions: pd.DataFrame, path: Path | str) -> None:
    """Check and write a predictions table as CSV, whole or not at all."""
    write_text(path, csv_text(validate_predictions(predictions)))
