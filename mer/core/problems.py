"""Faults of a user's data, collected: all of them are shown at once, each with its place and its remedy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from mer.core.errors import InputError

_SHOWN = 50  # in a message; the table has them all


@dataclass(frozen=True)
class Problem:
    """One fault.

    Attributes:
        file: file or folder, relative to what the user gave where that is possible.
        row: row of a sheet as a spreadsheet counts it (the first is 1), frames in words (``frames 3-5``), or empty.
        what: what was found and what was expected.
        remedy: what to do.
        clip: database, subject and clip that cannot be used because of it; None when it concerns the whole.
    """

    file: str
    row: str
    what: str
    remedy: str
    clip: tuple[str, str, str] | None = None

    @property
    def place(self) -> str:
        """File and row, for a message."""
        return self.file + (f", {'row ' if self.row.isdecimal() else ''}{self.row}" if self.row else "")

    def __str__(self) -> str:
        """One line for a message."""
        key = f" ({'/'.join(self.clip)})" if self.clip else ""
        return f"{self.place}{key}: {self.what} {self.remedy}".rstrip()


class ProblemsFound(InputError):
    """Data that cannot be used as it is. ``problems`` has every fault, the message the first fifty (or ``most``)."""

    def __init__(self, heading: str, problems: Sequence[Problem], most: int | None = _SHOWN) -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:most]]
        more = len(self.problems) - len(shown)
        lines = [heading, *shown, *([f"and {more} more"] if more else [])]
        super().__init__("\n  ".join(lines))


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """The faults as a table: file, row, database, subject, clip, problem, remedy; all text."""
    columns = ["file", "row", "database", "subject", "clip", "problem", "remedy"]
    rows = [(found.file, found.row, *(found.clip or ("", "", "")), found.what, found.remedy) for found in problems]
    return pd.DataFrame(rows, columns=columns, dtype=object)
