"""Tables of a run's folder: each as CSV (the record), LaTeX and HTML, with the words that go with it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.files import read_json, write_json, write_text
from mer.figures.latex import latex_table
from mer.figures.tables import BOLD_RULE, Best, html_page, page_table

_MOST_ROWS = 60  # of a table shown on the page; the files have all
_MORE = "The CSV file has more columns."


def write_table(
    folder: Path,
    name: str,
    table: pd.DataFrame,
    title: str,
    caption: str,
    best: Mapping[str, Best] | Iterable[str] = (),
    notes: str = "",
    csv_only: Iterable[str] = (),
) -> None:
    """Write ``<folder>/<name>.{csv,tex,html,json}``, each whole or not at all.

    Args:
        folder: of the run's tables.
        name: a plain file name.
        table: its index is written when it has a name or is not a mere count.
        title: heading.
        caption: what a reader must know; it stands in LaTeX, in HTML and in the JSON file beside the CSV.
        best: columns whose best value is bold (`mer.figures.tables.page_table`); the notes then say by what rule.
        notes: sources and the like, in small type below the table, in the same places as the caption.
        csv_only: columns that only the CSV has, so that the others fit on a page; the notes then say so.
    """
    indexed = table.index.name is not None or not isinstance(table.index, pd.RangeIndex)
    text = csv_text(table, index=indexed, float_format="%.9g", lineterminator="\n")
    best = dict(best) if isinstance(best, Mapping) else dict.fromkeys(best, "high")
    csv_only = list(csv_only)
    page = page_table(text, best, csv_only)
    notes = " ".join(filter(None, [notes, BOLD_RULE if best else "", _MORE if csv_only else ""]))
    write_text(folder / f"{name}.csv", text)
    write_text(folder / f"{name}.tex", latex_table(page, name, title, caption, notes))
    write_text(folder / f"{name}.html", html_page(page, title, caption, notes))
    known = {"notes": notes, "best": best, "csv_only": csv_only}
    words = {"name": name, "title": title, "caption": caption} | {key: value for key, value in known.items() if value}
    write_json(folder / f"{name}.json", words)


def read_table(path: Path) -> dict[str, Any]:
    """A saved table for the report's page: headings, rows of text, the words that go with it, its files."""
    words = read_json(path.with_suffix(".json")) if path.with_suffix(".json").is_file() else {}
    page = page_table(path.read_text(encoding="utf-8"), words.get("best", {}), words.get("csv_only", []))
    kinds = {"CSV": ".csv", "LaTeX": ".tex", "HTML": ".html"}
    return {
        "title": words.get("title") or path.stem,
        "caption": words.get("caption", ""),
        "notes": words.get("notes", ""),
        "headings": list(page.headings),
        "numeric": list(page.numeric),
        "rows": [list(row) for row in page.rows[:_MOST_ROWS]],
        "best": page.best,
        "left_out": max(0, len(page.rows) - _MOST_ROWS),
        "files": [(kind, file) for kind, suffix in kinds.items() if (file := path.with_suffix(suffix)).is_file()],
    }
