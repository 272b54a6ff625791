"""The table of anyone's own data: a CSV (or .xlsx) with a row a clip, read to text; only what is needed must be there.

Columns (upper and lower case are one, their order is free)
-----------------------------------------------------------
``subject, clip, frames``          needed. ``frames``: a folder of numbered images, a video, or ``onset.png|apex.png``.
``onset_image, apex_image``        instead of ``frames``: a list of image pairs; ``subject`` and ``clip`` may then lack.
``onset, apex, offset``            frame numbers as in the files' names; of a video from 0, its first frame is number 0.
``database, fps, emotion, action_units, label, apex_source, note``   as in the clip table (`mer.manifest.clips`).

Paths are relative to the folder of the table, with ``/`` or ``\\`` between their parts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from mer.core.errors import InputError, MissingPath
from mer.core.problems import Problem, ProblemsFound
from mer.datasets.sheet_cells import Grid, read_grids
from mer.datasets.video import VIDEO_SUFFIXES
from mer.manifest.clips import COLUMNS

PAIR = ("onset_image", "apex_image")
_KNOWN = (*COLUMNS, *PAIR)
_TEXTS = {".csv", ".tsv", ".txt"}
_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
_CLOSE = 0.75  # likeness from which a name counts as misspelt; "age" is none of ours, "onst" is


@dataclass(frozen=True)
class OwnTable:
    """What the table says, as text.

    Attributes:
        path: the file.
        columns: known columns that it has.
        rows: row as a spreadsheet counts it, and the cells by column: all of `COLUMNS` and the two of a pair, empty
            where the column is absent.
        remarks: columns that are not used.
        problems: rows that cannot be read; they are not in ``rows``.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    remarks: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def pairs(self) -> bool:
        """Whether it lists pairs of images."""
        return "frames" not in self.columns


def read_own_table(path: Path) -> OwnTable:
    """Read the table; empty rows are passed over.

    Raises:
        MissingPath: no such file.
        ProblemsFound: columns are missing, misspelt or stand twice, there is no header, or no row can be read.
        InputError: the file is no table, or has no row.
    """
    if not path.exists():
        raise MissingPath(
            f"Clip table {path} does not exist. Give the path of a CSV; it needs the columns {_needed()}."
        )
    best: tuple[Grid, int, list[str]] | None = None
    for grid in read_grids(path, None):  # every tab, or the text cut by every separator that could be meant
        header = next((row for row, cells in enumerate(grid.cells) if any(map(_has_letters, cells))), None)
        if header is None:
            continue
        names = [_plain(text) for text in grid.cells[header]]
        if best is None or len(set(names) & set(_KNOWN)) > len(set(best[2]) & set(_KNOWN)):
            best = grid, header, names
    if best is None:
        raise InputError(f"{path} has no cell with a value. It needs the columns {_needed()}.")
    if problems := _no_header(path.name, *best) or _column_problems(path.name, best[1] + 1, best[2]):
        raise ProblemsFound(f"{path} cannot be used as a clip table:", problems)
    return _table(path, *best)


def _needed() -> str:
    return f"subject, clip and frames, or {' and '.join(PAIR)}"


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _plain(header: str) -> str:
    return "_".join(header.casefold().replace("_", " ").split())


def _no_header(file: str, grid: Grid, row: int, names: Sequence[str]) -> list[Problem]:
    """A problem where the first row is a clip already: no column name, but a file, a place or a number."""
    cells = [cell.casefold() for cell in grid.cells[row] if cell]
    pictures = sum(cell.endswith(_PICTURES) and "|" not in cell for cell in cells)
    places = any("/" in cell or "\\" in cell or cell.endswith(tuple(VIDEO_SUFFIXES)) for cell in cells)
    if set(names) & set(_KNOWN) or not (pictures or places or any(map(str.isdecimal, cells))):
        return []
    header = "onset_image,apex_image,label" if pictures > 1 else "subject,clip,frames,label"
    return [Problem(file, "", f"row {row + 1} looks like data:", f"add a header such as {header}")]


def _column_problems(file: str, row: int, names: Sequence[str]) -> list[Problem]:
    wanted = PAIR if not set(names).isdisjoint(PAIR) and "frames" not in names else ("subject", "clip", "frames")
    absent = [name for name in _KNOWN if name not in names]
    problems = []
    hinted = set()
    for name in filter(None, names):
        close = [] if name in _KNOWN else get_close_matches(name, absent, n=1, cutoff=_CLOSE)
        if close:
            hinted.add(close[0])
            what = f"the column {name!r} is unknown."
            remedy = f"Did you mean {close[0]!r}? A column that is meant for something else needs another name."
            problems.append(Problem(file, str(row), what, remedy))
    for name in wanted:
        if name not in names and name not in hinted:
            remedy = f"Add it; the columns are {', '.join(filter(None, names))}, needed are {_needed()}."
            problems.append(Problem(file, str(row), f"the column {name!r} is missing.", remedy))
    for name, count in Counter(names).items():
        if count > 1 and name in _KNOWN:
            what = f"the column {name!r} stands {count} times."
            problems.append(Problem(file, str(row), what, "Rename or delete all but the one that is meant."))
    if "frames" in names and not set(names).isdisjoint(PAIR):
        what = f"there are the columns 'frames' and {' and '.join(repr(name) for name in PAIR if name in names)}."
        problems.append(Problem(file, str(row), what, "Keep one kind; a pair may stand in 'frames' as onset|apex."))
    return problems


def _table(path: Path, grid: Grid, header: int, names: Sequence[str]) -> OwnTable:
    rows, problems = [], []
    width = max(column for column, name in enumerate(names) if name) + 1
    for row in range(header + 1, len(grid.cells)):
        cells = dict.fromkeys(_KNOWN, "") | {
            name: grid.at(row, column) for column, name in enumerate(names) if name in _KNOWN
        }
        # A workbook's cells beside the table are notes; in a text the row is shifted, nobody knows from where on.
        used = max((column for column, text in enumerate(grid.cells[row]) if text), default=-1) + 1
        if used > width and path.suffix.lower() in _TEXTS:
            what = f"{used} cells, the header has {width}; a comma too many, or a comma inside a value without quotes."
            key = (cells["database"] or path.resolve().parent.name, cells["subject"], cells["clip"] or f"row {row + 1}")
            problems.append(Problem(path.name, str(row + 1), what, "", key))
        elif any(cells.values()):
            rows.append((row + 1, cells))
    if problems and not rows:
        raise ProblemsFound(f"{path}: no row can be read.", problems)
    if not rows:
        raise InputError(f"{path} has a header (row {header + 1}), but no clip below it. Add a row for each clip.")
    strange = [name for name in names if name and name not in _KNOWN]
    remarks = (f"{path.name}: columns that are not used: {', '.join(strange)}.",) if strange else ()
    return OwnTable(path, tuple(name for name in _KNOWN if name in names), tuple(rows), remarks, tuple(problems))
