"""The part of "try your own" that says how far the class hangs on the choice of the apex: a row of scores a class."""

import html
from typing import TYPE_CHECKING

from mer.figures.style import MARK_COLOURS

if TYPE_CHECKING:
    from mer.training.predict import ClipPrediction

_CELL = "text-align:right;padding:1px 5px;font-weight:400"
_LEADS = "font-weight:700;text-decoration:underline"
_OWN = f"border-left:2px solid {MARK_COLOURS['apex']};border-right:2px solid {MARK_COLOURS['apex']}"


def moved_html(found: "ClipPrediction") -> str:
    """A sentence and a captioned table, classes by frames; nothing where the apex was not moved, as in two images.

    The apex of the prediction stands between two lines, and the leading score of each frame is bold and underlined.
    """
    moved = found.moved
    if moved is None:
        return ""

    def cell(tag: str, words: str, chosen: bool, more: str = "") -> str:
        scope = ' scope="col"' if tag == "th" else ""
        return f'<{tag}{scope} style="{_CELL};{_OWN if chosen else ""};{more}">{words}</{tag}>'

    own = [frame == moved.chosen for frame in moved.frames]
    heads = "".join(
        cell("th", f"{frame}{' (apex)' if mine else ''}", mine) for frame, mine in zip(moved.frames, own, strict=True)
    )
    body, leading = [], moved.predicted
    for place, name in enumerate(moved.classes):
        cells = "".join(
            cell("td", f"{score:.2f}", mine, _LEADS if leads == name else "")
            for score, mine, leads in zip(moved.scores[:, place], own, leading, strict=True)
        )
        body.append(
            f'<tr><th scope="row" style="text-align:left;padding-right:8px">{html.escape(name)}</th>{cells}</tr>'
        )
    caption = "Scores with the apex at other frames"
    return (
        '<div style="max-width:640px;overflow-x:auto" tabindex="0" role="region" '
        f'aria-label="{caption}"><table style="border-collapse:collapse;font-size:12px;line-height:1.35;'
        'font-variant-numeric:tabular-nums"><caption style="text-align:left;font-weight:600;white-space:nowrap">'
        f'{caption}</caption><thead><tr><th scope="col" style="text-align:left;font-weight:400">frame</th>{heads}</tr>'
        f"</thead><tbody>{''.join(body)}</tbody></table></div>"
        f'<p style="font-size:12px;line-height:1.4;max-width:640px;margin:2px 0 6px">{html.escape(moved.words)} Asked '
        f"about: {html.escape(moved.which)}. Bold and underlined: the class that "
        "leads.</p>"
    )
