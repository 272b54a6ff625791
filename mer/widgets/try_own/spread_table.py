"""Numbers with their range over the models, as bars in a table that a screen reader can read."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from mer.core.rounded import rounded

_WIDTH = 170  # of the bars, CSS px
_BAR = "top:0;height:13px;background:"
_INK, _PAPER = "var(--jp-ui-font-color1,#222)", "var(--jp-layout-color0,#fff)"  # of the page's theme, light or dark
_LINE = f"top:5px;height:3px;background:{_INK};outline:1px solid {_PAPER};min-width:2px"


@dataclass(frozen=True)
class Spread:
    """One row.

    Attributes:
        name: its head; a second line in small letters after a line break.
        mean: over the models.
        span: lowest and highest of a single model; None where there is one model alone.
        colour: of the bar.
    """

    name: str
    mean: float
    span: tuple[float, float] | None
    colour: str


def spread_table(
    rows: Sequence[Spread], *, title: str, heads: tuple[str, str], largest: float = 1.0, signed: bool = False
) -> str:
    """A captioned table: name, bar with a line for the range, mean, range in numbers with two decimals.

    Args:
        rows: values from 0, or of either sign where ``signed``: then zero is in the middle of the bars.
        title: caption.
        heads: of the names and of the means.
        largest: size of the value that fills a bar, or half of one where ``signed``.
        signed: numbers bear their sign.
    """
    form, full = "+.2f" if signed else ".2f", max(largest, 1e-12)
    body = []
    for row in rows:
        first, _, small = row.name.partition("\n")
        name = html.escape(first) + (f' <small style="font-weight:400">{html.escape(small)}</small>' if small else "")
        mean, span = row.mean / full, "one model"
        shown = _range(min(0.0, mean), max(0.0, mean), signed, _BAR + row.colour)
        if row.span is not None:
            low, high = row.span
            shown += _range(low / full, high / full, signed, _LINE)
            span = f"{rounded(low):{form}} to {rounded(high):{form}}"
        axis = '<div style="position:absolute;left:50%;top:-2px;bottom:-2px;border-left:1px solid #8A8A8A"></div>'
        body.append(
            f'<tr><th scope="row" style="text-align:left;font-weight:600;padding:1px 10px 1px 0">{name}</th>'
            f'<td aria-hidden="true" style="width:{_WIDTH}px;padding:2px 0"><div style="position:relative;height:13px;'
            f'background:var(--jp-layout-color2,#eee)">{axis if signed else ""}{shown}</div></td>'
            f'<td style="text-align:right;padding:0 10px"><b>{rounded(row.mean):{form}}</b></td>'
            f'<td style="white-space:nowrap">{span}</td></tr>'
        )
    head = "".join(
        f'<th scope="col" style="text-align:left;font-weight:400;padding:0 {pad}px">{html.escape(words)}</th>'
        for words, pad in ((heads[0], 0), ("", 0), (heads[1], 10), ("models from, to", 0))
    )
    caption = f'<caption style="text-align:left;font-weight:600">{html.escape(title)}</caption>'
    return (
        '<table style="border-collapse:collapse;font-size:13px;line-height:1.35;font-variant-numeric:tabular-nums">'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _range(low: float, high: float, signed: bool, style: str) -> str:
    """A block from low to high, shares of the full value, in percent of the bar's width."""
    start, end = ((50 + 50 * value if signed else 100 * value) for value in (low, high))
    return f'<div style="position:absolute;left:{start:.1f}%;width:{max(0.0, end - start):.1f}%;{style}"></div>'
