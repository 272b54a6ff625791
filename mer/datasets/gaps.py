"""Frames of a clip that are not on disk: counted, named, and stood in for where a release is known to lack some.

Only frames that are there are ever gone through, so that a mistyped offset of ten million costs nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

#: Share of a clip's frames that others may stand for; with more of them missing there is no movement left to look at.
MOST_MISSING = 0.2
_FAR = 10


def inside(numbers: Sequence[int], onset: int, offset: int) -> Sequence[int]:
    """Those of the ascending ``numbers`` that lie in onset..offset."""
    return numbers[bisect_left(numbers, onset) : bisect_right(numbers, offset)]


def missing_runs(numbers: Sequence[int], onset: int, offset: int) -> list[tuple[int, int]]:
    """First and last number of each run in onset..offset that the ascending ``numbers`` lack, in order."""
    edges = [onset - 1, *inside(numbers, onset, offset), offset + 1]
    return [(left + 1, right - 1) for left, right in pairwise(edges) if right - left > 1]


def stand_in(there: Sequence[int], number: int) -> int:
    """The frame shown for ``number``: itself, else the nearest before it, else the first of ``there``.

    Args:
        there: frames of the clip that are there (`inside`), at least one.
        number: of onset..offset.
    """
    return there[max(0, bisect_right(there, number) - 1)]


def gap_note(numbers: Sequence[int], onset: int, offset: int) -> str:
    """What a reader should know of a clip with frames stood in for; empty where all frames are there."""
    count, missing = offset - onset + 1, offset - onset + 1 - len(inside(numbers, onset, offset))
    return f"{missing} of {count} frames are missing, the one before each stands in for it" if missing else ""


def apart(numbers: Sequence[int]) -> Sequence[int]:
    """The few numbers that lie far from all the others, ten times as far as these reach; mostly none.

    A screenshot's date among frames 46 to 86 makes a clip of millions of missing frames.
    """
    if len(numbers) < 3:
        return ()
    gap, place = max((right - left, at + 1) for at, (left, right) in enumerate(pairwise(numbers)))
    few, many = sorted((numbers[:place], numbers[place:]), key=len)
    if len(few) == len(many) or gap <= _FAR * (many[-1] - many[0] + 1):
        return ()
    return sorted((*few, *apart(many)))


def ranges(runs: Sequence[tuple[int, int]], most: int = 4) -> str:
    """Runs of numbers in short: ``frames 3, 7-9``."""
    words = [f"{first}-{last}" if last > first else f"{first}" for first, last in runs]
    shown = ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
    return f"frame {shown}" if len(runs) == 1 and runs[0][0] == runs[0][1] else f"frames {shown}"
