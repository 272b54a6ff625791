"""Tables of predictions with few or many columns: those of others, and this suite's own.

Five columns are needed: ``database, subject, clip, label, predicted``, in any order, with commas, semicolons or tabs
between them; what else there is is passed over. Columns ``run``, ``epoch_rule`` and ``seed`` tell runs apart; ``fold``
says what the mean of folds is over. A table that also has a score for every class is one of this suite's and is checked
as such (`validate_predictions`).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.clip_rows import COLUMNS, audited_rows
from mer.evaluation.audit.file_lines import cells_of, delimiter_of, fault, raise_faults
from mer.evaluation.predictions import TAIL, score_classes, validate_predictions
from mer.evaluation.report import RUN_KEY
from mer.evaluation.run_protocol import protocol_of_folds, run_protocol

_LEAK = (
    "the epoch rule 'oracle' chooses the epoch that does best on the test subjects' own clips, so these scores are too "
    "high."
)


def is_table(text: str) -> bool:
    """Whether the first line is a header with two of the five columns."""
    head = _first_line(text)
    return len(set(_names(head.split(delimiter_of(head)))) & set(COLUMNS)) >= 2


def read_table(text: str, file: str, given: Sequence[str] | None = None) -> list[Audited]:
    """The runs of a table.

    Raises:
        InputError: a column is missing or stands twice, there is no row, or rows have faults (`audited_rows`).
    """
    lines, records = cells_of(text, delimiter_of(_first_line(text)), file)
    header = _names(records[0])
    missing = [name for name in COLUMNS if name not in header]
    twice = [name for name in (*COLUMNS, *RUN_KEY) if header.count(name) > 1]
    if missing or twice:
        near = [f"{name!r}: {nearest(name, missing)}" for name in header if missing and name not in COLUMNS and name]
        faults = [f"there is no column {name}" for name in missing]
        faults += [f"the column {name} stands twice" for name in twice]
        hints = " ".join(hint for hint in near if "Did you mean" in hint)
        raise InputError(
            f"{file}, line {lines[0]}: {', '.join(faults)}. Expected {', '.join(COLUMNS)}. {hints}".rstrip()
        )
    short = [
        fault(file, line, f"{len(record)} cells, expected {len(header)} as in the header.")
        for line, record in zip(lines[1:], records[1:], strict=True)
        if len(record) != len(header)
    ]
    raise_faults(file, short)
    table = pd.DataFrame(records[1:], columns=pd.RangeIndex(len(header)), dtype=object)
    kept = [place for place, name in enumerate(header) if name and header.index(name) == place]
    table = table[kept].set_axis([header[place] for place in kept], axis=1).assign(line=lines[1:])
    classes = score_classes(table)
    own = bool(classes) and set(TAIL) <= set(header)
    runs = [name for name in RUN_KEY if name in header]
    form = "predictions" if own else "table"
    blank = Audited(file, form, ())
    cells = table
    if "fold" in header and (table["fold"].str.strip() == "").any():
        cells = table.drop(columns="fold")
        blank = replace(blank, notes=("The column fold has empty cells, so it is not used.",))
    found = audited_rows(blank, cells, classes if own else given, runs)
    if own:
        _check_own(table, classes, file)
        found = [_with_protocol(one, table) for one in found]
    return [replace(one, leak=_LEAK) if one.about.get("epoch_rule") == "oracle" else one for one in found]


def _with_protocol(one: Audited, table: pd.DataFrame) -> Audited:
    """Folds are named after subjects as the file spells them, so the rows are looked at as they are written."""
    written = table[table["line"].isin(_rows(one)["line"])]
    path = Path(one.file)
    kept = path.name == "predictions.csv"  # what lies beside the predictions of a run is not this run's
    protocol = run_protocol(path.parent, written) if kept else protocol_of_folds(written)
    return replace(one, about={**one.about, "protocol": protocol}) if protocol else one


def _rows(one: Audited) -> pd.DataFrame:
    assert one.rows is not None, "a table has rows"
    return one.rows


def _check_own(table: pd.DataFrame, classes: Sequence[str], file: str) -> None:
    columns = [*COLUMNS, *(f"score_{name}" for name in classes), *TAIL]
    try:
        validate_predictions(table[columns])
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _first_line(text: str) -> str:
    return next(line for line in text.splitlines() if line.strip())


def _names(cells: Sequence[str]) -> list[str]:
    """Column names without capitals around them; names of scores keep theirs, for they hold class names."""
    plain = [cell.strip().strip('"').strip() for cell in cells]
    return [name if name.startswith("score_") else name.casefold() for name in plain]
