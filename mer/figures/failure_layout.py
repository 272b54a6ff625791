"""Where the parts of the figure of failures stand: a block a clip, of two rows of faces, its scores and its notes."""

from collections.abc import Sequence
from dataclasses import dataclass

from mer.figures.layout import head_space, label_space
from mer.figures.styles import as_designed, current, figure_width, highest, narrow, points, unit
from mer.figures.words import text_width

COLUMNS, _LARGEST, GAP, _HEAD, _BETWEEN = 5, 0.9, 0.04, 0.15, 0.12  # all but the first in inches at 8 points
_BARS, _NAMES, TOP, _BOTTOM = 0.85, 0.75, 0.3, 0.72  # same
_SCORES, LEGENDS = 0.62, 0.55  # of a narrow figure: height of the scores of a clip, more space for the legends
_LONGEST, _TWO_LINES = "full-face weights", 1.75  # of the heads; by how much a head broken in two is higher


@dataclass(frozen=True)
class FailurePlan:
    """Where the parts of a clip's block stand: inches from its upper edge and from the left of the figure."""

    width: float
    left: float
    side: float
    head: float
    block: float
    between: float
    bottom: float
    bars_x: float
    bars_y: float
    bars_width: float
    bars_height: float
    note_x: float
    note_y: float


def failure_plan(names: Sequence[str], notes: Sequence[str], synthetic: bool) -> FailurePlan:
    """Scores and notes at the right of the faces; in a narrow figure below them."""
    scale, width = unit(), figure_width()
    left, gap = scale * label_space(names), scale * GAP
    bars, written, largest = scale * _BARS, scale * _NAMES, scale * _LARGEST
    if not as_designed():  # the name of a class and what it is stand in one line
        written = scale * 0.12 + 1.15 * text_width("happiness (predicted)", points(6))  # some in bold letters
    edge, between, bottom = scale * 0.25, scale * _BETWEEN, scale * _BOTTOM
    if narrow():
        side, high = (width - left - gap * COLUMNS) / COLUMNS, scale * _SCORES
        upper = scale * _HEAD * _TWO_LINES
        lower = bottom + scale * LEGENDS
        room = (highest() - scale * TOP + head_space(synthetic) - lower + between) / len(names) - between
        side = min(side, (room - high - scale * 0.2) / 2 - upper)  # a page ends
        left += (width - left - COLUMNS * (side + gap)) / 2
        at = 2 * (upper + side) + scale * 0.2
        note = width - max(text_width(words, points(6)) for words in notes) - scale * 0.04
        where = {"bars_x": written, "bars_y": at + high, "bars_width": max(note - written - edge, scale * 0.2)}
        where |= {"bars_height": high, "note_x": note, "note_y": at}
        return FailurePlan(width, left, side, upper, at + high, between, lower, **where)
    side = min(largest, (width - left - written - bars - edge - gap * COLUMNS) / COLUMNS)
    upper = scale * _HEAD * (_TWO_LINES if not as_designed() and text_width(_LONGEST, points(6)) > side else 1)
    if not current().title:  # a page ends
        top = scale * TOP - head_space(synthetic)
        side = min(side, ((highest() - top - bottom + between) / len(names) - between) / 2 - upper)
    used = left + COLUMNS * (side + gap) + written + bars + edge
    width = used if current().title else width
    block = 2 * (upper + side)
    where = {"bars_x": width - bars - edge, "bars_y": upper + side, "bars_width": bars, "bars_height": side}
    where |= {"note_x": width - bars - edge - written + scale * 0.14, "note_y": block - side}
    return FailurePlan(width, left, side, upper, block, between, bottom, **where)
