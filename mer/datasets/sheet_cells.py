"""The cells of an annotation sheet as text, whatever program saved the file.

Conventions: a cell's text is what a spreadsheet program shows: a number has no ``.0`` and at most 15 significant
digits, a truth value is TRUE or FALSE, an error cell keeps its ``#N/A``. A date is ISO text, so that a frame number
which a program took for a date is found when it is read as a number. Blanks of all kinds around a text go, full-width
Latin letters and digits become plain ones where the whole text then is plain: a Chinese file name stays as it is.
"""

import csv
import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mer.core.csv_text import unguarded
from mer.core.errors import InputError, MissingPath

MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
MAX_BYTES = 256 * 2**20
"""Of a file, and of what is packed in it: far above any annotation sheet, far below the memory of a computer."""

SAVE_AGAIN = "Open it in a spreadsheet program and save it as .xlsx or .csv."
_TAKE_AGAIN = "Take the sheet from the release again."
_SHEETS = {".xlsx", ".xlsm", ".xltx", ".xltm"}
_TEXTS = {".csv", ".tsv", ".txt"}
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CARRIAGE_RETURN = re.compile(r"_x000[dD]_")  # how a spreadsheet file writes one inside a text


@dataclass(frozen=True)
class Grid:
    """One tab: all its cells as text.

    Attributes:
        name: the tab's; empty for a text file.
        cells: rows of cells as they stand in the file; rows may differ in length.
        filled: the same with the value of a merged range in each of its cells.
        unstored: (row, column), counted from 0, of formulas whose value is not in the file.
    """

    name: str
    cells: list[list[str]]
    filled: list[list[str]]
    unstored: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def at(self, row: int, column: int, *, filled: bool = True) -> str:
        """Text of a cell, counted from 0; empty outside the table."""
        cells = (self.filled if filled else self.cells)[row]
        return cells[column] if column < len(cells) else ""


def cell_text(value: object) -> str:
    """A cell's value as text (the module's conventions)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = _CARRIAGE_RETURN.sub("\n", str(value)).replace("\u00a0", " ")
    plain = text.translate(_FULL_WIDTH).replace("\u3000", " ")
    return _stripped(plain if plain.isascii() else text)


def _stripped(text: str) -> str:
    before = None
    while before != text:  # blanks and invisible characters may take turns
        before, text = text, text.strip().strip(_INVISIBLE)
    return text


def read_grids(path: Path, tab: str | None) -> Iterator[Grid]:
    """Read the tabs of a sheet one after the other, or only the tab of that name.

    A text file has no tabs: it is read once for each separator that could be meant, the likeliest first.

    Raises:
        MissingPath: no such file.
        InputError: a file of another kind, a broken or protected one, one far too large, no such tab.
    """
    data = _bytes_of(path)
    suffix = path.suffix.lower()
    if suffix in _SHEETS:
        from mer.datasets.sheet_xlsx import read_workbook

        yield from read_workbook(path, data, tab)
    elif suffix in _TEXTS:
        if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise InputError(f"{path} is a spreadsheet file or an archive, not text. {SAVE_AGAIN}")
        yield from _read_text(path, data)
    else:
        raise InputError(
            f"{path} cannot be read: sheets are .xlsx or .csv, not {suffix or 'without ending'!r}. {SAVE_AGAIN}"
        )


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(f"{path} is a folder where a sheet (.xlsx or .csv) was expected. Name the file in it.")
        if size > MAX_BYTES:
            raise InputError(f"{path} has {size:,} bytes; a sheet has at most {MAX_BYTES:,}. {_TAKE_AGAIN}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingPath(f"Sheet {path} does not exist. Name the annotation sheet of the release.") from error
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be opened ({error}). Check its name and its permissions.") from error
    if not data.strip():
        raise InputError(f"{path} is empty ({len(data)} bytes). {_TAKE_AGAIN}")
    return data


def _read_text(path: Path, data: bytes) -> Iterator[Grid]:
    text = _decoded(data)
    readings, reason = [], ""
    for separator in (",", ";", "\t", "|"):
        try:
            rows = list(_records(path, text, separator))
        except csv.Error as error:  # a quote that is never closed would swallow the rest of the file
            reason = reason or str(error)
            continue
        readings.append(rows)
    if not readings:
        raise InputError(f"{path} is not a readable .csv ({reason}). {SAVE_AGAIN}")
    # The separator that is meant cuts the lines into the most cells; a caller takes the first that fits its columns.
    readings.sort(key=lambda rows: -sum(len(row) for row in rows))
    for rows in readings:
        if max(map(len, rows), default=0) > MAX_COLUMNS:
            raise InputError(f"{path} has more than {MAX_COLUMNS:,} columns. {_TAKE_AGAIN}")
        yield Grid("", rows, rows)


def _records(path: Path, text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for count, record in enumerate(reader, start=1):
        if count > MAX_ROWS:
            raise InputError(f"{path} has more than {MAX_ROWS:,} rows. {_TAKE_AGAIN}")
        yield [cell_text(unguarded(cell)) for cell in record]


def _decoded(data: bytes) -> str:
    """Text of a .csv: Unicode where it is, else the Chinese code page (two releases are from China), else Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # "Unicode text" of Excel
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
