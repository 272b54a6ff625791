"""Tables as a reader sees them, the same words in every format: headings, three decimals, a value with its interval.

A table comes as the text of its CSV file, which is the record; LaTeX and HTML are made from it, so none can differ.
"""

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mer.core.csv_text import unguarded
from mer.core.errors import InputError, nearest
from mer.figures.style import DATABASE_NAMES, database_words

#: Which value of a column is the best one.
Best = Literal["high", "low"]

_HEADINGS = {
    "n": "clips",
    "p_holm": "p by Holm",
    "resampled": "drawn anew",
    "detectable": "detectable difference",
    "subjects": "persons",
    "error_share": "error, share of clip",
    "mean_frames": "really moved, frames",
    "mean_percent": "really moved, %",
    "clamped": "clips moved less than wanted",
}
#: Endings of columns that say whose numbers they are, or in which unit.
_ENDINGS = {
    "_ours_synthetic": " (ours, synthetic)",
    "_ours": " (ours)",
    "_paper": " (paper)",
    "_px": ", px",
    "_deg": ", degrees",
    "_frames": ", frames",
    "_ms": ", ms",
}
#: Looks of the rendered faces as rows of a table, in the words of the views.
_STYLES = {name: database_words(name) for name in (f"synthetic-{key}" for key in DATABASE_NAMES)}
_WORDS = {"uf1": "UF1", "uar": "UAR", "ece": "ECE", "nll": "NLL", "brier": "Brier"}
#: A cell that is a number, alone, with its interval or with a mark, or a dash in place of one.
_NUMBER = re.compile(r"((?:< )?[+-]?\d[\d.]*(?:e[+-]?\d+)?)( \[.*\])?[%*]?|–|")
_INTERVAL = re.compile(r"\[(\S+), (\S+)\]")
#: What bold means, for the notes of a table that has it.
BOLD_RULE = "Bold: the best of a column and all whose intervals overlap its own; none where these are most rows."
#: What counts as a number. Python's own reading takes ``014_2_3``, the name of a clip, for 1423.
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)
_STYLE = """
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, Arial, sans-serif; color: #1c2126; background: #fff; }
body { margin: 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; margin-bottom: .8rem; max-width: 50rem; color: #454d56; }
caption strong { color: #1c2126; }
.notes { max-width: 50rem; color: #454d56; font-size: .85rem; }
th, td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: top; }
thead th { border-top: 2px solid #1c2126; border-bottom: 1px solid #1c2126; }
tbody tr:last-child td { border-bottom: 2px solid #1c2126; }
.number { text-align: right; white-space: nowrap; }
thead th.number { white-space: normal; }
"""


@dataclass(frozen=True)
class PageTable:
    """A table in words.

    Attributes:
        headings: of the columns.
        numeric: whether a column holds numbers only; these stand at the right.
        rows: text of every cell.
        best: (row, column) of the cells that are printed bold.
    """

    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    best: frozenset[tuple[int, int]] = frozenset()


def page_table(text: str, best: Mapping[str, Best] | Iterable[str] = (), csv_only: Iterable[str] = ()) -> PageTable:
    """A table from the text of its CSV: columns ``x``, ``x_low`` and ``x_high`` become one, numbers get three decimals.

    Args:
        text: CSV with a row of names.
        best: columns whose best value is bold, with all that cannot be told from it (`BOLD_RULE`): names alone (the
            highest), or name to ``high`` or ``low``. Cells are compared as printed.
        csv_only: columns that are left out.

    Raises:
        InputError: a column of ``best`` or ``csv_only`` does not exist.
    """
    columns, *body = [[unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text))] or [[]]
    rows = [dict(zip(columns, row, strict=False)) for row in body]
    bounds = {f"{name}{suffix}" for name in columns for suffix in ("_low", "_high") if f"{name}_low" in columns}
    hidden = set(csv_only)
    for name in sorted(hidden - set(columns)):
        raise InputError(f"csv_only: the table has no column {name!r}. {nearest(name, columns)}")
    shown = [name for name in columns if name not in bounds | hidden]
    merged = {name for name in shown if f"{name}_low" in columns}
    words = [
        [interval(row, name) if name in merged else _cell(name, row.get(name, "")) for name in shown] for row in rows
    ]
    numeric = [bool(rows) and all(_NUMBER.fullmatch(row[at]) for row in words) for at in range(len(shown))]
    bold: set[tuple[int, int]] = set()
    for name, way in (best if isinstance(best, Mapping) else dict.fromkeys(best, "high")).items():
        if name not in shown:
            raise InputError(f"best: the table has no column {name!r}. {nearest(name, shown)}")
        column = shown.index(name)
        bold |= {(row, column) for row in _best_rows(words, column, way)}
    headings = tuple(heading(name) for name in shown)
    return PageTable(headings, tuple(numeric), tuple(tuple(row) for row in words), frozenset(bold))


def _best_rows(words: Sequence[Sequence[str]], column: int, way: str) -> list[int]:
    values = {row: value for row, cells in enumerate(words) if (value := leading_number(cells[column])) is not None}
    if not values:
        return []
    bounds = {row: _bounds(words[row][column], value) for row, value in values.items()}
    low, high = bounds[(max if way == "high" else min)(values, key=values.__getitem__)]
    alike = [row for row, (lowest, highest) in bounds.items() if lowest <= high and highest >= low]
    return alike if 2 * len(alike) <= len(values) else []  # bold in most rows would say nothing


def _bounds(text: str, value: float) -> tuple[float, float]:
    """Interval of a cell as printed; the value itself where it has none."""
    found = _INTERVAL.search(text)
    low, high = (number(found[1]), number(found[2])) if found else (None, None)
    return (value if low is None else low, value if high is None else high)


def interval(row: Mapping[str, Any], name: str) -> str:
    """``0.812 [0.745, 0.871]``, ``0.812`` where there is no interval, nothing where there is no value."""
    value, low, high = (number(row.get(f"{name}{suffix}")) for suffix in ("", "_low", "_high"))
    if value is None:
        return ""
    return _three(value) if low is None or high is None else f"{_three(value)} [{_three(low)}, {_three(high)}]"


def heading(column: str) -> str:
    """A column's name in words."""
    if column in _HEADINGS:
        return _HEADINGS[column]
    ending = next((one for one in _ENDINGS if column.endswith(one) and column != one), "")
    return " ".join(_WORDS.get(word, word) for word in column.removesuffix(ending).split("_")) + _ENDINGS.get(
        ending, ""
    )


def cell(text: str) -> str:
    """A cell's text: whole numbers and words as they are, other numbers with three decimals, styles by their names."""
    if text in _STYLES:
        return _STYLES[text]
    value = number(text)
    if value is None or re.fullmatch(r"[+-]?\d+", text):
        return text
    return _three(value) if abs(value) < 1000 and (abs(value) >= 0.001 or value == 0) else f"{value:.3g}"


def _cell(name: str, text: str) -> str:
    """As `cell`; seconds too small for three decimals are said to be that."""
    value = number(text) if "seconds" in name.split("_") else None
    return "< 0.001" if value is not None and 0 < value < 0.001 else cell(text)


def _three(value: float) -> str:
    """Three decimals; no minus before a zero."""
    return f"{value:.3f}".replace("-0.000", "0.000")


def number(value: Any) -> float | None:
    """The value as a number; None for text, nothing, yes/no and NaN."""
    if isinstance(value, bool) or value is None or (isinstance(value, str) and not _PLAIN.fullmatch(value.strip())):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if found != found else found


def leading_number(text: str) -> float | None:
    """The number of a cell that may go on with an interval; None where it does not begin with one."""
    return number(text.partition(" ")[0])


def html_page(table: PageTable, title: str, caption: str, notes: str = "") -> str:
    """The table as a page of its own that needs nothing else."""
    head = "".join(
        f'<th scope="col"{_class(is_number)}>{html.escape(name)}</th>'
        for name, is_number in zip(table.headings, table.numeric, strict=True)
    )
    body = "\n".join(
        "<tr>" + "".join(_html_cell(table, row, column) for column in range(len(table.headings))) + "</tr>"
        for row in range(len(table.rows))
    )
    words = f"<strong>{html.escape(title)}</strong>" + (f"<br>{html.escape(caption)}" if caption else "")
    below = f'<p class="notes">{html.escape(notes)}</p>\n' if notes else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f"<style>{_STYLE}</style></head>\n<body>\n<table>\n<caption>{words}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n{below}</body>\n</html>\n"
    )


def _html_cell(table: PageTable, row: int, column: int) -> str:
    words = html.escape(table.rows[row][column])
    words = f"<strong>{words}</strong>" if (row, column) in table.best else words
    return f"<td{_class(table.numeric[column])}>{words}</td>"


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""
