"""Numbers as bars in a table that a screen reader can read: class scores, contributions, losses."""

import html
from collections.abc import Mapping, Sequence

import numpy as np

from mer.figures.style_book import AGAINST, FOR


def bars_html(
    values: Mapping[str, float],
    *,
    title: str,
    marks: Mapping[str, str] | None = None,
    colours: Mapping[str, str] | None = None,
    largest: float | None = None,
    digits: int = 2,
    note: str = "",
) -> str:
    """A table with a heading: name, bar, number. Negative values run to the left of a common zero line.

    Args:
        values: by name; NaN is shown as a dash.
        title: heading of the table, in words.
        marks: words behind a name, such as "true".
        colours: by name; by sign where not given.
        largest: value of a full bar; the largest shown where not given.
        digits: decimals.
        note: a sentence below.
    """
    known = [abs(value) for value in values.values() if np.isfinite(value)]
    full = max(largest if largest is not None else max(known, default=0.0), 1e-12)
    signed = any(value < 0 for value in values.values())
    rows = []
    for name, value in values.items():
        mark = f" <small>({html.escape(marks[name])})</small>" if marks and marks.get(name) else ""
        sign = "+" if signed else ""
        number = f"{value:{sign}.{digits}f}" if np.isfinite(value) else "–"
        colour = (colours or {}).get(name) or (AGAINST if value < 0 else FOR)
        rows.append(
            f'<tr><th scope="row" style="text-align:left;font-weight:{"600" if mark else "400"};padding:1px 8px 1px 0;'
            f'white-space:nowrap">{html.escape(name)}{mark}</th>'
            f'<td aria-hidden="true" style="width:96px">{_bar(value / full, colour, signed)}</td>'
            f'<td style="text-align:right;padding-left:8px;font-variant-numeric:tabular-nums">{number}</td></tr>'
        )
    head = f'<p style="margin:0 0 2px;font-weight:600;font-size:12px;line-height:1.3">{html.escape(title)}</p>'
    below = f'<p style="margin:2px 0 0;max-width:340px;line-height:1.35">{html.escape(note)}</p>' if note else ""
    style = "border-collapse:collapse;margin:0;font-size:12px;line-height:1.3"
    table = f'<table aria-label="{html.escape(title)}" style="{style}"><tbody>{"".join(rows)}</tbody></table>'
    return f"<div>{head}{table}{below}</div>"


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
    """A small captioned table of words; the first cell of a row is its head."""
    cell = 'style="text-align:right;padding:1px 10px 1px 0;font-weight:400"'
    top = "".join(f"<th scope='col' {cell}>{html.escape(head)}</th>" for head in heads)
    body = "".join(
        f"<tr><th scope='row' {cell.replace('right', 'left', 1)}>{html.escape(first)}</th>"
        + "".join(f"<td {cell}>{html.escape(value)}</td>" for value in rest)
        + "</tr>"
        for first, *rest in rows
    )
    caption = f'<caption style="text-align:left;font-weight:600;white-space:nowrap">{html.escape(title)}</caption>'
    style = "border-collapse:collapse;font-size:12px;line-height:1.5;font-variant-numeric:tabular-nums"
    return f'<table style="{style}">{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _bar(share: float, colour: str, signed: bool) -> str:
    """A bar of -1 to 1 of the full length; of signed values the zero line is in the middle."""
    share = float(np.clip(np.nan_to_num(share), -1, 1))
    length = abs(share) * (50 if signed else 100)
    left = 50 - length * (share < 0) if signed else 0
    line = '<div style="position:absolute;left:50%;top:-1px;bottom:-1px;border-left:1px solid #8A8A8A"></div>'
    return (
        f'<div style="position:relative;height:11px">{line if signed else ""}'
        f'<div style="position:absolute;left:{left:.1f}%;width:{length:.1f}%;height:11px;background:{colour};'
        f'box-shadow:{"0 0 0 1px #8A8A8A" if length else "none"}"></div>'
        "</div>"
    )
