"""Confusion matrices: counts of clips, rows the true class, columns the predicted one.

A file holds one matrix, or one a database under a line with the database's name; the class names may stand above and
before the counts. Cells are parted by commas, semicolons, tabs or blanks, or are plain rows of LaTeX::

    casme2                          83 5 0      CASME II:
    ,negative,positive,surprise     12 19 1     83 & 5 & 0 \\\\
    negative,83,5,0                 2 0 23      12 & 19 & 1 \\\\ \\hline
    positive,12,19,1                            2 & 0 & 23
    surprise,2,0,23
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mer.core.errors import InputError
from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.class_names import class_names
from mer.evaluation.audit.file_lines import fault, raise_faults
from mer.evaluation.audit.names import LISTED, database_name
from mer.evaluation.report import ALL
from mer.manifest.labels import COMPOSITE

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?%?")
#: What a matrix looks like, for errors.
MATRIX_FORM = (
    "A confusion matrix has a line of counts for every true class, as 83,5,0 or negative,83,5,0 (blanks and 83 & 5 & 0 "
    "\\\\ will do), and above it, where there are several, a line with the database's name."
)
_LATEX = re.compile(r"\\\\.*|\\(?:hline|toprule|midrule|bottomrule)\b|\\(?:begin|end)\{.*")
_DIGITS = 12  # of a count, at most: sums of such counts are exact
_WHOLE = {"all", "full", "whole", "total", "composite", "megc2019", "3db", "cde"}


@dataclass
class _Block:
    """Lines of one matrix as they were found."""

    title: str
    line: int
    header: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    counts: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def is_matrix(text: str) -> bool:
    """Whether at least two lines hold two or more numbers, with or without a name before them."""
    rows = _split(text)
    return sum(_named_counts(cells) is not None for cells in rows if cells) >= 2


def read_matrices(text: str, file: str, given: Sequence[str] | None = None) -> list[Audited]:
    """The matrices of a file as one audit; the whole is the sum of the databases.

    Raises:
        InputError: a matrix is not square, a count is not a whole number (a matrix of shares), names of rows and
            columns differ, a database stands twice, or the whole that the file gives is not the sum of its databases.
    """
    blocks = _blocks(text, file)
    untitled = [block for block in blocks if not block.title]
    titles = [block.title for block in blocks]
    if (untitled and len(blocks) > 1) or len(set(titles)) < len(titles):
        raise InputError(f"{file} holds {len(blocks)} matrices; put the name of its database on a line above each.")
    matrices: dict[str, np.ndarray] = {}
    classes: tuple[str, ...] | None = None
    for block in blocks:
        found, counts = _square(file, block, given)
        if classes is not None and found != classes:
            raise InputError(f"{file}, line {block.line}: classes {', '.join(found)} after {', '.join(classes)}.")
        classes, matrices[block.title or ALL] = found, counts
    parts = {name: counts for name, counts in matrices.items() if name != ALL}
    total = np.sum(list(parts.values()), axis=0) if parts else matrices[ALL]
    if not np.array_equal(matrices.get(ALL, total), total):
        raise InputError(
            f"{file}: the matrix of all clips ({matrices[ALL].sum()}) is not the sum of those of "
            f"{', '.join(parts)} ({total.sum()}). Correct it, or leave out the parts."
        )
    if not total.sum():
        raise InputError(f"{file} has no clip in any cell; there is nothing to audit.")
    return [Audited(file, "matrix", classes or (), matrices={ALL: total, **parts})]


def _split(text: str) -> list[list[str]]:
    """The cells of every line, without brackets and empty ones at its end; blanks part them where nothing else does."""
    delimiter = next((one for one in ("&", ";", "\t", ",") if one in text), None)
    rows = []
    for line in text.split("\n"):
        line = _LATEX.sub("", line) if delimiter == "&" else line
        bare = re.sub(r"[\[\]]", " ", line).strip(" \r")
        title = database_name(bare.strip("#: ")) in LISTED  # CASME II is one name
        title = title or bare.endswith(":")
        cells = bare.split() if delimiter is None and not title else bare.split(delimiter or "\n")
        cells = [cell.strip().strip("\"'") for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        rows.append(cells)
    return rows


def _named_counts(cells: Sequence[str]) -> tuple[str, list[str]] | None:
    """Name (or "") and numbers of a row of counts; None for another line."""
    if len(cells) > 1 and all(map(_NUMBER.fullmatch, cells)):
        return "", list(cells)
    if len(cells) > 2 and cells[0] and all(map(_NUMBER.fullmatch, cells[1:])):
        return cells[0].removesuffix(":"), list(cells[1:])
    return None


def _blocks(text: str, file: str) -> list[_Block]:
    blocks: list[_Block] = []
    faults = []
    for line, cells in enumerate(_split(text), 1):
        row = _named_counts(cells)
        if not cells:
            continue
        if any("\\" in cell for cell in cells):  # \textbf{83} is neither a count nor a name
            faults.append(fault(file, line, f"{', '.join(cells)[:60]!r} is no row of counts.", MATRIX_FORM))
        elif row is not None:
            if not blocks:
                blocks.append(_Block("", line))
            blocks[-1].names.append(row[0])
            blocks[-1].counts.append(row[1])
            blocks[-1].lines.append(line)
        elif len(cells) == 1 and not _NUMBER.fullmatch(cells[0]):
            title = cells[0].strip("#: ")
            blocks.append(_Block(ALL if title.casefold() in _WHOLE else database_name(title), line))
        elif cells[0] == "" or not any(map(_NUMBER.fullmatch, cells)):
            if not blocks or blocks[-1].counts:
                blocks.append(_Block("", line))
            blocks[-1].header = cells
        else:
            faults.append(fault(file, line, f"{', '.join(cells)[:60]!r} is no row of counts.", MATRIX_FORM))
    raise_faults(file, faults)
    if len(blocks) > 1 and not blocks[0].counts and not blocks[0].header:
        blocks = blocks[1:]  # a heading above everything
    return blocks


def _square(file: str, block: _Block, given: Sequence[str] | None) -> tuple[tuple[str, ...], np.ndarray]:
    """Classes of one block and its counts in their order."""
    size = len(block.counts)
    wrong = [
        fault(file, line, f"{len(cells)} counts, expected {size}, for there are {size} rows.", MATRIX_FORM)
        for line, cells in zip(block.lines, block.counts, strict=True)
        if len(cells) != size
    ]
    wrong += [
        fault(file, line, f"{cell!r} is no count.", "Give counts of clips, not shares of them.")
        for line, cells in zip(block.lines, block.counts, strict=True)
        for cell in cells
        if not (cell.isdecimal() and len(cell) <= _DIGITS)
    ]
    if any(block.names):
        wrong += [
            fault(file, line, "has no name of a class before its counts, other rows have.", MATRIX_FORM)
            for line, name in zip(block.lines, block.names, strict=True)
            if not name
        ]
    if size < 2:
        wrong.append(fault(file, block.line, f"{size} row(s) of counts, expected one a class."))
    raise_faults(file, wrong)
    counts = np.array(block.counts, dtype=np.int64)
    columns = block.header[1:] if len(block.header) == size + 1 else block.header
    rows = block.names if any(block.names) else columns
    columns = columns or rows
    if not rows:
        plain = given or (COMPOSITE.classes if size == len(COMPOSITE.classes) else [f"class {n}" for n in range(size)])
        rows = columns = list(plain)
    names = class_names([*rows, *columns], given)
    found = [[names.index.get(one, -1) for one in side] for side in (rows, columns)]  # -1: a cell without a name
    if -1 in found[0] + found[1] or names.faults or sorted(found[0]) != sorted(found[1]):
        said = "; ".join(f"{cell!r} {words}" for cell, words in names.faults.items())
        raise InputError(
            f"{file}, line {block.line}: rows are named {', '.join(rows)}, columns {', '.join(columns)}; expected the "
            f"same {size} classes. {said}".rstrip()
        )
    known = set(map(names.index.__getitem__, rows))
    if len(rows) != size or len(known) != size or len(names.classes) != size:
        raise InputError(
            f"{file}, line {block.line}: {size} rows for the classes {', '.join(names.classes)}. Give the names of the "
            "classes above and before the counts, or with --classes."
        )
    full = np.zeros_like(counts)
    full[np.ix_([names.index[one] for one in rows], [names.index[one] for one in columns])] = counts
    return names.classes, full
