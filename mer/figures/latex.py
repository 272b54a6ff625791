r"""Tables as LaTeX for ``\input``, to be read in a paper of two columns: booktabs rules, escaped text, a label.

Nothing is scaled down. A table that fits one column becomes a ``table``, a wider one a ``table*``; a column that says
the same in every row is said once, in the caption; columns ``x (a)`` and ``x (b)`` stand below one heading; and what is
still too wide is broken into panels, one above the other, that begin with the same columns. A table of more rows than a
page holds becomes a ``longtable``, which is never broken into panels: a wide one runs over the edge of the page.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from mer.figures.tables import PageTable

#: Letters of a row at ``\small`` that fit into one column of a paper of two, and into both.
COLUMN_WIDTH, PAGE_WIDTH = 46, 110
_GAP = 2  # letters between two columns
_LONG = 45  # rows; more do not fit on a page
_CELL = 42  # letters; a longer text is broken into lines
_LINE = 24  # letters of such a line
_PARAGRAPH = r">{\raggedright\arraybackslash}X"
_NOTHING = ("", "–")
_GROUPED = re.compile(r"(.+) \((.+)\)")

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # after the end of a row a bracket would be read as an option of it
    "]": "{]}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
    "→": r"$\rightarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "Δ": r"$\Delta$",
    "α": r"$\alpha$",
    "λ": r"$\lambda$",
    "σ": r"$\sigma$",
    "µ": r"$\mu$",
    "μ": r"$\mu$",
    "°": r"$^{\circ}$",
    "²": r"$^{2}$",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "§": r"\S{}",
    "*": "{*}",  # at the beginning of a row it would belong to the end of the row before
    "\n": " ",
    "\r": "",
    "\t": " ",
}
_MINUS = re.compile(r"(?<![\w.\-])-(?=\.?\d)")


def escape(text: str) -> str:
    """Text that LaTeX prints as it stands here; a minus before a number becomes a true one."""
    pieces = _MINUS.split(text)
    return "$-$".join("".join(_ESCAPED.get(letter, letter) for letter in piece) for piece in pieces)


def latex_table(table: PageTable, name: str, title: str, caption: str, notes: str = "") -> str:
    r"""The table for ``\input``; its first line names the packages that it needs.

    A table of more rows than a page holds becomes a ``longtable``, which a page of one column takes only and which is
    as wide as its columns are.

    Args:
        table: in words.
        name: makes the label ``tab:<name>``.
        title: begins the caption.
        caption: what follows it; a full stop is added where it lacks one.
        notes: small type below the table.
    """
    table, same = _varying(table)
    words = escape(" ".join(filter(None, [_sentence(title), _sentence(caption), same])))
    words = rf"\caption{{{words}}}\label{{tab:{name}}}"
    below = [rf"{{\footnotesize\raggedright {escape(notes)}\par}}"] if notes else []
    form = _form(table)
    if len(table.rows) > _LONG:
        form = form.replace("X", "p{5.5cm}")
        lines = [rf"\begin{{longtable}}{{{form}}}", rf"{words} \\", *_head(table), r"\endhead", *_body(table)]
        return _with_packages("longtable array", [*lines, r"\bottomrule", r"\end{longtable}", *below])
    kind = "table*" if "X" in form or _letters(table) > COLUMN_WIDTH else "table"
    begin, end = [rf"\begin{{{kind}}}", r"\centering\small\setlength{\tabcolsep}{3pt}"], rf"\end{{{kind}}}"
    again = rf"\addtocounter{{table}}{{-1}}\caption{{{escape(title.rstrip('.'))}, continued.}}"
    panels = _panels(table)
    fits = len(panels) * len(table.rows) <= _LONG  # on one page, all panels above each other
    lines = [*begin, words]
    for at, panel in enumerate(panels):
        lines += [*([end, *begin, again] if at and not fits else []), *_tabular(panel)]
    return _with_packages("tabularx" if "X" in form else "", [*lines, *below, end])


def _letters(table: PageTable) -> int:
    """Letters of the table's widest row, gaps between columns included."""
    return sum(_widths(table)) + _GAP * (len(table.headings) - 1)


def _varying(table: PageTable) -> tuple[PageTable, str]:
    """The table without columns that say the same in all of several rows, and a sentence with what they say.

    Of a column of nothing, or of dashes in place of it, there is nothing to say.
    """
    constant = [
        at
        for at, cells in enumerate(zip(*table.rows, strict=True))
        if at > 0 and len(set(cells)) == 1 < len(cells) and not _measured(cells)
    ]
    said = [f"{table.headings[at]} {table.rows[0][at]}" for at in constant if table.rows[0][at] not in _NOTHING]
    kept = [at for at in range(len(table.headings)) if at not in constant]
    return _select(table, kept), f"In all rows: {', '.join(said)}." if said else ""


def _tabular(table: PageTable) -> list[str]:
    form = _form(table)
    kind, width = ("tabularx", r"{\linewidth}") if "X" in form else ("tabular", "")
    begin, end = rf"\begin{{{kind}}}{width}{{{form}}}", rf"\end{{{kind}}}\par\smallskip"
    return [begin, *_head(table), *_body(table), r"\bottomrule", end]


def _panels(table: PageTable) -> list[PageTable]:
    """The table itself or, where it is too wide, as few parts of its columns as fit, about equally wide.

    Each part begins with the columns that name the rows; what shares a heading stays together.
    """
    if _letters(table) <= PAGE_WIDTH:
        return [table]
    fewest = len(_split(table, PAGE_WIDTH))
    return next(parts for most in range(1, PAGE_WIDTH + 1) if len(parts := _split(table, most)) == fewest)


def _split(table: PageTable, most: int) -> list[PageTable]:
    key = list(range(_key(table)))
    heads = _heads(table.headings)
    panels = [key]
    for _, columns in groupby(range(len(key), len(heads)), lambda at: heads[at][0] or at):
        wider = [*panels[-1], *columns]
        if panels[-1] != key and _letters(_select(table, wider)) > most:
            panels.append([*key, *wider[len(panels[-1]) :]])
        else:
            panels[-1] = wider
    return [_select(table, columns) for columns in panels]


def _key(table: PageTable) -> int:
    """How many columns at the beginning name a row: as many as tell all rows apart, one where none do."""
    lengths = range(1, len(table.headings))
    return next((end for end in lengths if len({row[:end] for row in table.rows}) == len(table.rows)), 1)


def _select(table: PageTable, columns: Sequence[int]) -> PageTable:
    return PageTable(
        tuple(table.headings[at] for at in columns),
        tuple(table.numeric[at] for at in columns),
        tuple(tuple(row[at] for at in columns) for row in table.rows),
        frozenset((row, columns.index(at)) for row, at in table.best if at in columns),
    )


def _measured(cells: Sequence[str]) -> bool:
    """Whether a column holds decimals: scores, errors, times; not counts and names."""
    return any(re.match(r"[+-]?\d*\.\d", cell) for cell in cells)


def _heads(headings: Sequence[str]) -> list[tuple[str, str]]:
    """For every column the heading that it shares with its neighbours, empty for none, and its own."""
    split = [found.groups() if (found := _GROUPED.fullmatch(text)) else ("", text) for text in headings]
    shared = [name for name, columns in groupby(split, lambda pair: pair[0]) if name and len(list(columns)) > 1]
    return [(str(a), str(b)) if a in shared else ("", text) for (a, b), text in zip(split, headings, strict=True)]


def _widths(table: PageTable) -> list[int]:
    heads = [own for _, own in _heads(table.headings)]
    widths = [max([len(head), *(len(row[at]) for row in table.rows)]) for at, head in enumerate(heads)]
    return [_LINE if width > _CELL else width for width in widths]


def _form(table: PageTable) -> str:
    letters = ""
    for at, is_number in enumerate(table.numeric):
        long = any(len(row[at]) > _CELL for row in table.rows)
        letters += "r" if is_number else _PARAGRAPH if long else "l"
    return letters


def _head(table: PageTable) -> list[str]:
    """Rules and headings; those that several columns share stand above, with a rule of their own."""
    heads = _heads(table.headings)
    below = _row([escape(own) for _, own in heads])
    above, rules = [], ""
    for name, columns in groupby(range(len(heads)), lambda at: heads[at][0]):
        at = list(columns)
        above += [rf"\multicolumn{{{len(at)}}}{{c}}{{{escape(name)}}}"] if name else [""] * len(at)
        rules += rf"\cmidrule(lr){{{at[0] + 1}-{at[-1] + 1}}}" if name else ""
    return [r"\toprule", *([_row(above), rules] if rules else []), below, r"\midrule"]


def _body(table: PageTable) -> list[str]:
    rows = [
        _row([_bold(escape(text), (at, column) in table.best) for column, text in enumerate(row)])
        for at, row in enumerate(table.rows)
    ]
    return rows or [rf"\multicolumn{{{len(table.headings)}}}{{l}}{{none}} \\"]


def _with_packages(more: str, lines: list[str]) -> str:
    needed = " ".join(rf"\usepackage{{{name}}}" for name in ["booktabs", *more.split()])
    return "\n".join([f"% {needed}", *lines]) + "\n"


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _bold(text: str, best: bool) -> str:
    return rf"\textbf{{{text}}}" if best else text


def _sentence(text: str) -> str:
    """The text with a full stop, unless it is empty or ends as a sentence does."""
    text = text.rstrip()
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."
