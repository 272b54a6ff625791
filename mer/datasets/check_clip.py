"""Whether a clip's key frames and its frames on disk fit together; all that is wrong, without decoding images."""

from collections.abc import Mapping

from mer.core.problems import Problem
from mer.datasets.frames import FrameSource
from mer.datasets.gaps import MOST_MISSING, apart, inside, missing_runs, ranges, stand_in
from mer.manifest.clips import LARGEST_NUMBER

_LEAVE_OUT = "with --allow-missing the clip is left out."


def clip_problems(
    clip: tuple[str, str, str],
    numbers: Mapping[str, int],
    source: FrameSource,
    shown: str,
    *,
    sheet: str = "",
    row: str = "",
    gaps: bool = False,
) -> list[Problem]:
    """Faults of one clip.

    Args:
        clip: its key.
        numbers: frame numbers ``onset``, ``apex`` and ``offset``.
        source: its frames.
        shown: where they lie, for messages.
        sheet: where the key frames stand, for messages; default the frames' place.
        row: row there.
        gaps: whether up to `MOST_MISSING` of the frames may be missing, others of the clip standing in for them.
    """
    onset, apex, offset = numbers["onset"], numbers["apex"], numbers["offset"]
    place = sheet or shown

    def problem(what: str, remedy: str) -> Problem:
        return Problem(place, row, what, remedy, clip)

    there = inside(source.numbers, onset, offset)
    lone = apart(there)
    for name, number in numbers.items():
        if number >= LARGEST_NUMBER and not lone:
            words = f"frame number {number} ({name}) has more than 15 digits."
            return [problem(words, f"Give the frames shorter numbers; {_LEAVE_OUT}")]
    if onset > offset:
        return [problem(f"onset {onset} is after offset {offset}.", f"Correct the numbers; {_LEAVE_OUT}")]
    found = []
    if not onset <= apex <= offset:
        found.append(problem(f"apex {apex} is outside {onset}..{offset}.", f"Correct the numbers; {_LEAVE_OUT}"))
    wanted = range(onset, offset + 1)  # never gone through: an offset may be mistyped
    missing = len(wanted) - len(there)
    if lone:
        files = ", ".join(name for name, _ in source.listing(lone)[:3])
        found.append(
            problem(
                f"frame number {lone[0]} stands alone, far from the other frames ({files}).",
                f"Remove that file or give onset and offset; {_LEAVE_OUT}",
            )
        )
    elif missing and not (gaps and missing <= MOST_MISSING * len(wanted)):
        most = f" (at most {MOST_MISSING:.0%} of a clip may be missing here)" if gaps else ""
        found.append(
            Problem(
                shown,
                ranges(missing_runs(source.numbers, onset, offset)),
                f"{missing} of the {len(wanted)} frames {onset} to {offset} have no file{most}; the folder has "
                f"{source.describe()}.",
                f"Copy them there again; {_LEAVE_OUT}",
                clip,
            )
        )
    elif missing and onset < apex <= offset and stand_in(there, onset) == stand_in(there, apex):
        found.append(
            Problem(
                shown,
                ranges(missing_runs(source.numbers, onset, apex)),
                f"onset {onset} and apex {apex} would be one picture, frame {stand_in(there, apex)}: no motion.",
                f"Copy the missing frames there again; {_LEAVE_OUT}",
                clip,
            )
        )
    for name, what, remedy in source.faults(wanted):
        found.append(Problem(f"{shown}/{name}", "", f"it {what}.", remedy, clip))
    return found
