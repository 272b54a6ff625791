"""The annotation sheet of a released database as a table of text, every fault with its place in the sheet.

Conventions: rows are counted as a spreadsheet program does, the first is 1, whatever stands in them. Headers are
compared without regard to case, blanks, line breaks and underscores. Everything stays text ("00046" is not 46): what a
text means is the business of the reader of one release.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.datasets.sheet_cells import Grid, read_grids

MISSING = ("", "/", "n/a", "na", "none", "-")
"""Cell texts that stand for "not annotated", in any case."""

_HEADER_SEARCH = 60  # rows; SAMM has 13 lines before its header
_SHOWN = 30  # headers in a message
_BLANKS = re.compile(r"[\s_]+")
_WHOLE = re.compile(r"[0-9]+(\.0*)?")
_REMEDY = "Adjust the layout's columns, or take the sheet from the release again."


@dataclass(frozen=True)
class SheetFormat:
    """Where things stand in a sheet.

    Attributes:
        columns: field to the headers that it may have, the preferred one first; without a header row to the letter of
            its column ("A", "B").
        optional: fields whose column may be absent; they are then empty.
        header: whether the sheet has a header row; it is searched in the first 60 rows.
        tab: name of the tab; None: the first that holds the header. A .csv has none, the name is then not looked at.
        missing: cell texts that mean "not annotated", in any case; they become empty.
        advice: how the user may change the columns; ends the message about columns that are not there.
    """

    columns: Mapping[str, tuple[str, ...]]
    optional: frozenset[str] = frozenset()
    header: bool = True
    tab: str | None = None
    missing: tuple[str, ...] = MISSING
    advice: str = ""

    def __post_init__(self) -> None:
        for name in self.optional:
            if name not in self.columns:
                raise InputError(f"The layout has no column for {name!r}. {nearest(name, self.columns)}")
        if "row" in self.columns:
            raise InputError("A layout's column cannot be called 'row': the row number has that name. Rename it.")
        if not self.required:
            raise InputError("A layout needs at least one column that is not optional.")
        if not self.header:
            for name in self.columns:
                _letter_columns(self, name)

    @property
    def required(self) -> tuple[str, ...]:
        """Fields whose column must be there."""
        return tuple(name for name in self.columns if name not in self.optional)


@dataclass(frozen=True)
class SheetRows:
    """What a sheet says.

    Attributes:
        path: the file.
        table: one column a field (object, all text, empty where not annotated) and ``row`` (int64, row of the sheet).
    """

    path: Path
    table: pd.DataFrame


def read_sheet(path: Path, wanted: SheetFormat) -> SheetRows:
    """Read the wanted columns of an .xlsx or .csv sheet; others are ignored, and rows without a required value skipped.

    Raises:
        MissingPath: no such file.
        InputError: the file cannot be read, a required column is missing or stands twice, a wanted cell is a formula
            whose value is not in the file, or there is no row at all.
    """
    tried = []
    for grid in read_grids(path, wanted.tab):
        tried.append(grid)
        start = _header_row(grid, wanted) if wanted.header else _start_without_header(grid, wanted)
        if start is None:
            continue
        place = _place(path, grid)
        columns = _header_columns(place, grid, start, wanted) if wanted.header else _letters(wanted)
        table = _table(place, grid, start + 1, columns, wanted)
        if table.empty:
            raise InputError(f"{place} has a header (row {start + 1}), but no row below it. {_REMEDY}")
        return SheetRows(path, table)
    raise InputError(_not_found(path, tried, wanted))


def whole_number(text: str) -> int | None:
    """The whole number that a cell's text stands for: "46", "46.0" and "00046" are 46, "not annotated" is None.

    Raises:
        InputError: the text is no whole number.
    """
    text = text.strip()
    if text.casefold() in MISSING:
        return None
    if len(text) > 18 or not _WHOLE.fullmatch(text):
        raise InputError(f"{text[:40]!r} is not a whole number.")
    return int(text.partition(".")[0])


def _place(path: Path, grid: Grid) -> str:
    return f"{path}, tab {grid.name!r}" if grid.name else str(path)


def _same(header: str) -> str:
    return _BLANKS.sub("", header).casefold()


def _names(grid: Grid, row: int) -> list[str]:
    return [_same(text) for text in grid.filled[row]]


def _found(names: Sequence[str], wanted: SheetFormat) -> list[str]:
    """Required fields that have their header among ``names``."""
    return [field for field in wanted.required if any(_same(header) in names for header in wanted.columns[field])]


def _header_row(grid: Grid, wanted: SheetFormat) -> int | None:
    """Index of the first row that holds every required header."""
    for row in range(min(_HEADER_SEARCH, len(grid.cells))):
        if len(_found(_names(grid, row), wanted)) == len(wanted.required):
            return row
    return None


def _header_columns(place: str, grid: Grid, row: int, wanted: SheetFormat) -> dict[str, int]:
    """Field to column index; of several accepted headers the one that the layout names first."""
    names = _names(grid, row)
    columns = {}
    for field, headers in wanted.columns.items():
        for header in headers:
            at = [column for column, name in enumerate(names) if name == _same(header)]
            if len(at) > 1:  # a header merged over two columns stands once
                at = [column for column in at if grid.at(row, column, filled=False)] or at[:1]
            if len(at) > 1:
                raise InputError(
                    f"{place}, row {row + 1}: the header {header!r} stands {len(at)} times (columns "
                    f"{', '.join(map(_letter, at))}). Rename or delete all but the one that is meant."
                )
            if at:
                columns[field] = at[0]
                break
    return columns


def _table(place: str, grid: Grid, start: int, columns: Mapping[str, int], wanted: SheetFormat) -> pd.DataFrame:
    for row, column in sorted(grid.unstored):
        if row >= start and column in columns.values():
            raise InputError(
                f"{place}: cell {_letter(column)}{row + 1} is a formula whose value is not in the file. "
                "Open and save it in a spreadsheet program so that values are stored."
            )
    missing = {text.casefold() for text in (*wanted.missing, "")}
    required = [columns[field] for field in wanted.required]
    header = [_same(grid.at(start - 1, column)) for column in required] if wanted.header else None
    table: dict[str, list] = {field: [] for field in wanted.columns} | {"row": []}
    for row in range(start, len(grid.cells)):
        if not any(grid.at(row, column, filled=False) for column in required):
            continue
        if header == [_same(grid.at(row, column)) for column in required]:
            continue  # the header again, as on every printed page
        for field in wanted.columns:
            text = grid.at(row, columns[field]) if field in columns else ""
            table[field].append("" if text.casefold() in missing else text)
        table["row"].append(row + 1)
    return pd.DataFrame(
        {name: pd.Series(cells, dtype="int64" if name == "row" else object) for name, cells in table.items()}
    )


def _letter_columns(wanted: SheetFormat, field: str) -> int:
    """Column index of a field of a sheet without a header."""
    letters = wanted.columns[field]
    if len(letters) != 1 or not re.fullmatch(r"[A-Za-z]{1,3}", letters[0]):
        raise InputError(f"Column {field!r} of a sheet without header is {letters}; expected one letter such as 'B'.")
    index = 0
    for letter in letters[0].upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _letters(wanted: SheetFormat) -> dict[str, int]:
    return {field: _letter_columns(wanted, field) for field in wanted.columns}


def _letter(column: int) -> str:
    """Letters of a column as a spreadsheet shows them."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _start_without_header(grid: Grid, wanted: SheetFormat) -> int | None:
    """-1 (the table starts in the first row) where every required column holds something."""
    columns = _letters(wanted)
    rows = range(len(grid.cells))
    return -1 if all(any(grid.at(row, columns[field]) for row in rows) for field in wanted.required) else None


def _not_found(path: Path, grids: Sequence[Grid], wanted: SheetFormat) -> str:
    """Message about the columns that no tab has, after the row that comes closest."""
    filled = [grid for grid in grids if any(map(any, grid.cells))]
    if not filled:
        return f"{path} has no cell with a value. Take the sheet from the release again."
    if not wanted.header:
        lost = sorted(f"{wanted.columns[field][0]} ({field})" for field in wanted.required)
        text = f"{_place(path, filled[0])}: not all of the columns {', '.join(lost)} have values. {_REMEDY}"
        return f"{text} {wanted.advice}".rstrip()
    grid, row = max(
        ((grid, row) for grid in filled for row in range(min(_HEADER_SEARCH, len(grid.cells)))),
        key=lambda at: (len(_found(_names(*at), wanted)), len(set(filter(None, at[0].cells[at[1]])))),
    )
    there = _found(_names(grid, row), wanted)
    taken = {_same(header) for field in there for header in wanted.columns[field]}
    texts = [text for text in dict.fromkeys(grid.filled[row]) if text][:_SHOWN]
    absent = [field for field in wanted.required if field not in there]
    columns = "; ".join(f"{field} ({' or '.join(map(repr, wanted.columns[field]))})" for field in absent)
    free = [text for text in texts if _same(text) not in taken]
    hints = [f"{field}: {nearest(wanted.columns[field][0], free)}" for field in absent]
    hints = [hint for hint in hints if "Did you mean" in hint]  # else it lists the headers again
    return (
        f"{_place(path, grid)}: no column for {columns}. Row {row + 1} comes closest to a header, with "
        f"{', '.join(map(repr, texts))}. {' '.join([*hints, _REMEDY, wanted.advice]).rstrip()}"
    )
