"""Text files as lines and cells that know where they stand."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from mer.core.csv_text import unguarded
from mer.core.errors import InputError, MissingPath
from mer.core.problems import Problem, ProblemsFound

DELIMITERS = (",", ";", "\t")


def read_text(path: Path) -> str:
    """The text of a file, UTF-8 with or without a byte order mark.

    Raises:
        MissingPath: there is no such file.
        InputError: it is not UTF-8, or empty.
    """
    if not path.is_file():
        raise MissingPath(
            f"{path} does not exist. Give a file with predictions, or a run's folder, which keeps predictions.csv."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error}). Save it as CSV in UTF-8.") from error
    if not text.strip():
        raise InputError(f"{path} is empty; expected predictions, a log or a confusion matrix.")
    return text


def delimiter_of(line: str) -> str:
    """The one of `DELIMITERS` that stands most often in a line; a comma where none does."""
    return max(DELIMITERS, key=line.count)


def cells_of(text: str, delimiter: str, file: str) -> tuple[list[int], list[list[str]]]:
    """The records of a CSV and the lines that they begin on (the first line is 1); blank lines are left out.

    Raises:
        InputError: a quotation mark that is never closed, or another fault of the CSV; the message has the line.
    """
    # A stray quotation mark would swallow the rest of the file unseen; strict makes it a fault.
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    lines, records, begin = [], [], 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                lines.append(begin)
                records.append([unguarded(cell) for cell in record])
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{file}, line {begin}: not a CSV record ({error}). Correct the quotation marks.") from error
    return lines, records


def raise_faults(file: str, faults: Sequence[Problem]) -> None:
    """One error that lists these faults, the first fifty in full, in the order of their lines; nothing where none is.

    Raises:
        ProblemsFound: there is a fault.
    """
    if faults:
        ordered = sorted(faults, key=lambda fault: int(fault.row.removeprefix("line ") or 0))
        raise ProblemsFound(f"{file} has {len(faults)} fault(s) (line 1 is the first of the file):", ordered)


def fault(file: str, line: int, what: str, remedy: str = "") -> Problem:
    """A fault in a line of a file."""
    return Problem(Path(file).name, f"line {line}", what, remedy)
