"""CSV text of which no cell is a formula: a spreadsheet that opens it computes nothing and asks no server.

Excel and LibreOffice take a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line's end for a formula,
quoted or not (OWASP, "CSV Injection"). Names of clips and words of a coding sheet come from elsewhere, so a text that
begins so and is no plain number gets one ``'`` before it, as a person would type it; so does a text with nothing but
``'`` before such a sign, so that reading can take away exactly one. All else is written as it is. Names of columns are
cells too.

All tables of the suite are written by `csv_text` and read by `read_csv_text`; what comes back is what was written.
"""

import csv
import re
from numbers import Number
from pathlib import Path
from typing import IO, Any, cast

import pandas as pd

#: A text that a spreadsheet computes; the wide signs are those of East Asian keyboards, which Excel takes as well.
_FORMULA = "'*[=+\\-@\t\r\n＝＋－＠]"
_NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf)\Z"
_WRITTEN = re.compile(f"(?!{_NUMBER}){_FORMULA}")
_READ = re.compile(f"'{_FORMULA}")


def guarded(cell: str) -> str:
    """The text as it stands in a file."""
    return f"'{cell}" if _WRITTEN.match(cell) else cell


def unguarded(cell: str) -> str:
    """The text that stands in a file as it was."""
    return cell[1:] if _READ.match(cell) else cell


def csv_text(table: pd.DataFrame, *, index: bool = False, **options: Any) -> str:
    """The table as CSV in which no cell is a formula.

    Args:
        table: any; numbers stay numbers.
        index: whether its index is written.
        options: of `pandas.DataFrame.to_csv`.
    """
    table = table.copy(deep=False)
    if index:
        names = [name if name is not None else "" for name in table.index.names]
        if names == [""] and not isinstance(table.index, pd.MultiIndex):
            names = ["index"] if "index" not in table.columns else ["level_0"]
            table = table.reset_index(names=names[0]).rename(columns={names[0]: ""})
        else:
            table = table.reset_index(names=names, allow_duplicates=True)
    broken = False
    for position, kind in enumerate(table.dtypes):
        if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
            continue
        column = table.iloc[:, position].astype(object)
        # A line's end without the other half stands between rows unless it is quoted, and Python's writer quotes it not
        broken = broken or any("\r" in cell for cell in column if isinstance(cell, str))
        table.isetitem(position, column.map(_guarded_value).array)
    table.columns = pd.Index([_guarded_value(name) for name in table.columns], dtype=object)
    broken = broken or any("\r" in str(name) for name in table.columns)
    quoting = csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL
    return cast(str, table.to_csv(index=False, **({"quoting": quoting} | options)))


def read_csv_text(source: Path | str | IO[str], **options: Any) -> pd.DataFrame:
    """A table that `csv_text` wrote, from its file.

    Args:
        source: path, or a stream of text.
        options: of `pandas.read_csv`.

    Raises:
        OSError, ValueError: as `pandas.read_csv`; `pandas.errors.ParserError` and ``EmptyDataError`` are ValueErrors.
    """
    table = cast(pd.DataFrame, pd.read_csv(source, **options))
    for position, kind in enumerate(table.dtypes):
        if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
            continue
        column = table.iloc[:, position]
        kept = column.astype(object).map(lambda cell: isinstance(cell, str) and bool(_READ.match(cell)))
        if kept.any():
            table.isetitem(position, column.where(~kept.astype(bool), column.str[1:]).array)
    names = [unguarded(name) if isinstance(name, str) else name for name in table.columns]
    if names != list(table.columns):
        table.columns = pd.Index(names)
    return table


def _guarded_value(value: Any) -> Any:
    if isinstance(value, str):
        return guarded(value)
    if value is None or isinstance(value, Number):
        return value
    return guarded(text) if _WRITTEN.match(text := str(value)) else value
