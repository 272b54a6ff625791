r"""Tables as LaTeX for ``\input``: booktabs rules, escaped text, caption and label."""

import re

from mer.figures.tables import PageTable

_LONG = 45  # rows; more do not fit on a page
_WIDE = 92  # letters of a row; more do not fit between the margins
_CELL = 42  # letters; a longer text is broken into lines
_PARAGRAPH = r">{\raggedright\arraybackslash}p{5.5cm}"

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
    "\n": " ",
    "\r": "",
    "\t": " ",
}
_MINUS = re.compile(r"(?<![\w.\-])-(?=\.?\d)")


def escape(text: str) -> str:
    """Text that LaTeX prints as it stands here; a minus before a number becomes a true one."""
    pieces = _MINUS.split(text)
    return "$-$".join("".join(_ESCAPED.get(letter, letter) for letter in piece) for piece in pieces)


def latex_table(table: PageTable, name: str, title: str, caption: str) -> str:
    r"""The table for ``\input``; its first line names the packages that it needs.

    A table of more rows than a page holds becomes a ``longtable``, one wider than the margins is scaled down, and long
    texts are broken into lines.

    Args:
        table: in words.
        name: makes the label ``tab:<name>``.
        title: begins the caption.
        caption: what follows it.
    """
    widths = [max([len(head), *(len(row[at]) for row in table.rows)]) for at, head in enumerate(table.headings)]
    paragraph = [not is_number and width > _CELL for is_number, width in zip(table.numeric, widths, strict=True)]
    form = "".join(
        _PARAGRAPH if long else "r" if is_number else "l"
        for long, is_number in zip(paragraph, table.numeric, strict=True)
    )
    head = _row([escape(text) for text in table.headings])
    body = [
        _row([_bold(escape(text), (at, column) in table.best) for column, text in enumerate(row)])
        for at, row in enumerate(table.rows)
    ] or [rf"\multicolumn{{{len(widths)}}}{{l}}{{none}} \\"]
    words = rf"\caption{{{escape(_sentence(title))}{' ' + escape(caption) if caption else ''}}}\label{{tab:{name}}}"
    if len(table.rows) > _LONG:
        lines = [rf"\begin{{longtable}}{{{form}}}", rf"{words} \\", r"\toprule", head, r"\midrule", r"\endhead"]
        lines += [*body, r"\bottomrule", r"\end{longtable}"]
        return _with_packages(["booktabs", "longtable", *(["array"] if any(paragraph) else [])], lines)
    tabular = [rf"\begin{{tabular}}{{{form}}}", r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    wide = sum(min(width, _CELL) + 2 for width in widths) > _WIDE
    if wide:
        tabular = [r"\resizebox{\linewidth}{!}{%", *tabular[:-1], tabular[-1] + "}"]
    packages = ["booktabs", *(["graphicx"] if wide else []), *(["array"] if any(paragraph) else [])]
    return _with_packages(packages, [r"\begin{table}", r"\centering", words, *tabular, r"\end{table}"])


def _with_packages(packages: list[str], lines: list[str]) -> str:
    needed = " ".join(rf"\usepackage{{{name}}}" for name in packages)
    return "\n".join([f"% {needed}", *lines]) + "\n"


def _row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _bold(text: str, best: bool) -> str:
    return rf"\textbf{{{text}}}" if best else text


def _sentence(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else f"{title}."
