"""Saved tables and scores as a reader sees them: headings in words, three decimals, a value with its interval."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer.core.files import read_json

_HEADINGS = {"uf1": "UF1", "uar": "UAR", "n": "clips", "epoch_rule": "epoch rule", "subjects": "persons"}
_MOST_ROWS = 60  # of a table shown on the page; the file has all


def interval(row: Mapping[str, Any], name: str) -> str:
    """``0.812 [0.745, 0.871]``, ``0.812`` where there is no interval, nothing where there is no value."""
    value, low, high = (number(row.get(f"{name}{suffix}")) for suffix in ("", "_low", "_high"))
    if value is None:
        return ""
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def read_table(path: Path) -> dict[str, Any]:
    """A saved table for the page: headings, rows of text, the words that go with it.

    Columns ``x``, ``x_low`` and ``x_high`` become one; numbers get three decimals.
    """
    words = read_json(path.with_suffix(".json")) if path.with_suffix(".json").is_file() else {}
    with open(path, encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), list(reader.fieldnames or [])
    bounds = {f"{name}{suffix}" for name in columns for suffix in ("_low", "_high") if f"{name}_low" in columns}
    shown = [name for name in columns if name not in bounds]
    body = [[interval(row, name) if f"{name}_low" in columns else cell(row[name]) for name in shown] for row in rows]
    return {
        "title": words.get("title") or path.stem,
        "caption": words.get("caption", ""),
        "headings": [heading(name) for name in shown],
        "numeric": [
            bool(rows) and all(number(row[name]) is not None or not row[name] for row in rows) for name in shown
        ],
        "rows": body[:_MOST_ROWS],
        "left_out": max(0, len(body) - _MOST_ROWS),
        "file": path,
    }


def heading(column: str) -> str:
    """A column's name in words."""
    return _HEADINGS.get(column, column.replace("_", " "))


def cell(text: str) -> str:
    """A cell's text: whole numbers and words as they are, other numbers with three decimals."""
    value = number(text)
    if value is None or re.fullmatch(r"[+-]?\d+", text):
        return text
    return f"{value:.3f}" if abs(value) < 1000 and (abs(value) >= 0.001 or value == 0) else f"{value:.3g}"


def number(value: Any) -> float | None:
    """The value as a number; None for text, nothing, yes/no and NaN."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return None if found != found else found
