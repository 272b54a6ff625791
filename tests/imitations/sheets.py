"""Workbooks as the releases have them: numbers as numbers where they are, texts where they are texts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Cell = str | int | float | None


def write_workbook(path: Path, tabs: Mapping[str, Iterable[Sequence[Cell]]]) -> None:
    """A workbook; ``tabs``: name to rows."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tabs.items():
        tab = book.create_sheet(name)
        for row in rows:
            tab.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def au_cell(text: str) -> Cell:
    """A single action unit is a number in the sheets, several are a text, none an empty cell."""
    return int(text) if text.isdecimal() else text or None


def edit(path: Path, tab: str | None = None) -> Any:
    """Open a workbook for changing cells: ``book, sheet = edit(path)``; then ``book.save(path)``."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    return book, book[tab] if tab else book.worksheets[0]
