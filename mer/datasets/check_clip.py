"""Whether a clip's key frames and its frames on disk fit together; all that is wrong, without decoding images."""

from collections.abc import Mapping, Sequence

from mer.core.problems import Problem
from mer.datasets.frames import FrameSource

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
        gaps: whether frames may be missing between those that are there.
    """
    onset, apex, offset = numbers["onset"], numbers["apex"], numbers["offset"]
    place = sheet or shown

    def problem(what: str, remedy: str) -> Problem:
        return Problem(place, row, what, remedy, clip)

    if onset > offset:
        return [problem(f"onset {onset} is after offset {offset}.", f"Correct the numbers; {_LEAVE_OUT}")]
    found = []
    if not onset <= apex <= offset:
        found.append(problem(f"apex {apex} is outside {onset}..{offset}.", f"Correct the numbers; {_LEAVE_OUT}"))
    wanted = range(onset, offset + 1)
    there = set(source.numbers)
    missing = [number for number in wanted if number not in there]
    if missing and not (gaps and len(missing) < len(wanted)):
        found.append(
            Problem(
                shown,
                ranges(missing),
                f"{len(missing)} of the {len(wanted)} frames {onset} to {offset} have no file; the folder has "
                f"{source.describe()}.",
                f"Copy them there again; {_LEAVE_OUT}",
                clip,
            )
        )
    for name, what, remedy in source.faults(wanted):
        found.append(Problem(f"{shown}/{name}", "", f"it {what}.", remedy, clip))
    return found


def ranges(numbers: Sequence[int], most: int = 4) -> str:
    """Ascending numbers in short: ``frames 3, 7-9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    words = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    shown = ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
    return f"frame {shown}" if len(numbers) == 1 else f"frames {shown}"
