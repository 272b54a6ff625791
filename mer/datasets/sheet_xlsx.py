"""The tabs of an .xlsx file as text, also when another program than Excel wrote it."""

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mer.core.errors import InputError, nearest
from mer.datasets.sheet_cells import MAX_COLUMNS, MAX_ROWS, SAVE_AGAIN, Grid, cell_text
from mer.datasets.sheet_parts import plain_parts, refuse_other_kinds

_LAST_ROW = 1_048_576  # of the format; a file that names a later row is broken
_MAX_MERGED = 5_000_000  # cells
_Range = tuple[int, int, int, int]  # first column, first row, last column, last row; the first is 1


def read_workbook(path: Path, data: bytes, tab: str | None) -> Iterator[Grid]:
    """Read the tabs of an .xlsx file one after the other, or only the tab of that name.

    Args:
        path: of the file, for messages.
        data: the file.
        tab: name of one tab, upper and lower case alike; None: all of them.

    Raises:
        InputError: the file is broken, protected or far too large, or has no such tab.
    """
    refuse_other_kinds(path, data)
    tabs = _tabs(path, data, tab)
    while True:
        try:
            with warnings.catch_warnings():  # around one step: a caller must get its own filters back
                warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know do not matter here
                grid = next(tabs, None)
        except InputError:
            raise
        except Exception as error:  # openpyxl lets through whatever a broken file makes its parts raise
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(f"{path} is not a readable .xlsx file ({reason[0]}). {SAVE_AGAIN}") from error
        if grid is None:
            return
        yield grid


def _tabs(path: Path, data: bytes, tab: str | None) -> Iterator[Grid]:
    from openpyxl import load_workbook

    # read_only streams the cells, so that one styled cell in the last column of the last row costs nothing; merged
    # ranges and formulas without a value, which it does not tell, are read from the tab's own part of the file.
    parts = plain_parts(data)
    book = load_workbook(parts, read_only=True, data_only=True, keep_links=False)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise InputError(f"{path} has no tab that can be read. {SAVE_AGAIN}")
    wanted: list[Any] = list(sheets.values())
    if tab is not None:
        alike = {name.strip().casefold(): name for name in sheets}
        name = tab if tab in sheets else alike.get(tab.strip().casefold())
        if name is None:
            raise InputError(f"{path} has no tab {tab!r}. {nearest(tab, sheets)} Adjust the layout's tab.")
        wanted = [sheets[name]]
    with zipfile.ZipFile(parts) as archive:
        for sheet in wanted:
            cells = _cells(path, sheet)
            with archive.open(sheet._worksheet_path) as part:
                merged, unstored = _marks(part)
            yield Grid(sheet.title, cells, _filled(path, cells, merged), unstored)


def _cells(path: Path, sheet: Any) -> list[list[str]]:
    """All rows up to the last one with a value."""
    sheet.reset_dimensions()  # some programs write a wrong size into the file
    rows: list[list[str]] = []
    last = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        row = [cell_text(value) for value in values]
        while row and not row[-1]:
            row.pop()
        if len(row) > MAX_COLUMNS:
            raise InputError(f"{path}, tab {sheet.title!r}: more than {MAX_COLUMNS:,} columns. Is it the right file?")
        if row:
            last = number
        if last > MAX_ROWS or number > _LAST_ROW:
            raise InputError(f"{path}, tab {sheet.title!r}: more than {MAX_ROWS:,} rows. Is it the right file?")
        rows.append(row)
    return rows[:last]


def _marks(part: IO[bytes]) -> tuple[list[_Range], frozenset[tuple[int, int]]]:
    """Merged ranges of a tab, and the formulas without a stored value as (row, column) from 0."""
    from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
    from openpyxl.xml.functions import iterparse

    merged: list[_Range] = []
    unstored: set[tuple[int, int]] = set()
    row = 0
    for _, element in iterparse(part):
        tag = element.tag.rpartition("}")[2]
        if tag == "mergeCell":
            merged.append(range_boundaries(element.get("ref")))
        elif tag == "row":
            row = int(float(element.get("r", row + 1)))
            column = 0
            for cell in element:
                reference = cell.get("r")
                column = coordinate_to_tuple(reference)[1] if reference else column + 1
                if _is_unstored(cell):
                    unstored.add((row - 1, column - 1))
            element.clear()
    return merged, frozenset(unstored)


def _is_unstored(cell: Any) -> bool:
    """Whether a cell is a formula without a value; an empty text as the value is marked by the type ``str``."""
    parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
    return "f" in parts and not parts.get("v") and cell.get("t") != "str"


def _filled(path: Path, cells: list[list[str]], merged: list[_Range]) -> list[list[str]]:
    """The rows with the value of a merged range's first cell in all its cells."""
    filled = [list(row) for row in cells]
    width = max(map(len, filled), default=0)
    count = 0
    for left, top, right, bottom in merged:
        if top > len(cells) or left > len(cells[top - 1]):
            continue
        value, columns = cells[top - 1][left - 1], range(left - 1, min(right, width))
        rows = filled[top - 1 : bottom]
        count += len(rows) * len(columns)
        if count > _MAX_MERGED:
            raise InputError(f"{path} has far too many merged cells. {SAVE_AGAIN}")
        for row in rows if value else ():
            row.extend([""] * (len(columns) + left - 1 - len(row)))
            for column in columns:
                row[column] = value
    return filled
