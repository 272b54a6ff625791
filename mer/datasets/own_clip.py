"""One row of a user's own table, made a row of the clip table: gaps filled from the frames, faults collected."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.problems import Problem
from mer.datasets.check_clip import clip_problems
from mer.datasets.frames import FrameSource, open_frames
from mer.datasets.image_pair import SEPARATOR
from mer.datasets.key_frames import middle_frame
from mer.datasets.sheet import MISSING, whole_number
from mer.manifest.clips import APEX_SOURCES, FRAME_NUMBERS, KEY

_LEAVE_OUT = "with --allow-missing the clip is left out."


@dataclass(frozen=True)
class OwnClip:
    """What became of one row.

    Attributes:
        row: of the clip table; None where there are problems.
        problems: all that is wrong.
        listing: name and size of the files that hold its frames.
    """

    row: dict[str, Any] | None
    problems: tuple[Problem, ...]
    listing: tuple[tuple[str, int], ...] = ()


def own_clip(cells: Mapping[str, str], root: Path, file: str, line: int) -> OwnClip:
    """A clip from its cells and its frames.

    Absent onset and offset become the first and last frame, an absent apex the middle one (of a pair: its second
    image).

    Args:
        cells: text by column of the clip table, ``database``, ``subject`` and ``clip`` filled in.
        root: folder that ``frames`` is relative to and may not leave.
        file: the table, for messages.
        line: row there, as a spreadsheet counts it.
    """
    key = (cells["database"], cells["subject"], cells["clip"])
    problems: list[Problem] = []

    def add(what: str, remedy: str) -> None:
        problems.append(Problem(file, str(line), what, f"{remedy}; {_LEAVE_OUT}", key))

    for column in KEY:
        if not cells[column]:
            add(f"{column} is empty.", "Fill in the cell")
    numbers: dict[str, int | None] = {}
    for column in FRAME_NUMBERS:
        try:
            numbers[column] = whole_number(cells[column])
        except InputError:
            add(f"{column} is {cells[column]!r}, expected a frame number (0 or above).", "Correct the cell")
    fps = _frames_a_second(cells["fps"])
    if fps is None:
        add(f"fps is {cells['fps']!r}, expected a positive number.", "Correct the cell, or leave it empty")
    apex_source = cells["apex_source"].casefold()
    if apex_source not in APEX_SOURCES:
        names = sorted(APEX_SOURCES - {""})
        add(f"apex_source is {cells['apex_source']!r}. {nearest(apex_source, names)}", "Correct or empty the cell")
    frames = cells["frames"].replace("\\", "/")
    source = None
    try:
        source = _opened(frames, root)
    except InputError as error:
        what, _, remedy = str(error).partition(" ; ")
        add(what, remedy or "Correct the cell or copy the frames there")
    if source is None or any(column not in numbers for column in FRAME_NUMBERS):
        return OwnClip(None, tuple(problems))
    if not len(source.numbers):
        faults = source.faults([])
        found = [Problem(f"{frames}/{name}", "", f"it {what}.", remedy, key) for name, what, remedy in faults]
        none = Problem(file, str(line), f"frames {frames!r} holds {source.describe()}.", f"Copy them; {_LEAVE_OUT}", key)
        return OwnClip(None, (*problems, *(found or [none])))
    pair = SEPARATOR in frames
    onset = source.numbers[0] if numbers["onset"] is None else numbers["onset"]
    offset = source.numbers[-1] if numbers["offset"] is None else numbers["offset"]
    given = numbers["apex"]
    apex = given if given is not None else 1 if pair else middle_frame(onset, max(onset, offset))
    placed = {"onset": onset, "apex": apex, "offset": offset}
    if pair:
        placed = {"onset": 0, "apex": 1, "offset": 1} | {name: n for name, n in numbers.items() if n is not None}
    problems += clip_problems(key, placed, source, frames, sheet=file, row=str(line))
    if problems:
        return OwnClip(None, tuple(problems))
    kept = {name: cells[name] for name in (*KEY, "emotion", "action_units", "label", "note")}
    origin = (apex_source or "annotated") if pair or given is not None else "middle"
    listing = source.listing(range(placed["onset"], placed["offset"] + 1))
    return OwnClip(kept | {"frames": frames, "fps": fps, "apex_source": origin, **placed}, (), tuple(listing))


def _frames_a_second(text: str) -> float | None:
    """Number in a cell, NaN where nobody knows it, None where it is no frame rate."""
    if text.casefold() in (*MISSING, "nan", "unknown", "?"):
        return math.nan
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < 1e6 else None


def _opened(frames: str, root: Path) -> FrameSource:
    """The frames; where there are none the error's text is "what ; remedy"."""
    if not frames:
        raise InputError("frames is empty. ; Fill in a folder, a video, or a pair onset.png|apex.png")
    for part in frames.split(SEPARATOR):
        path = Path(part.strip())
        if path.is_absolute() or PureWindowsPath(part.strip()).is_absolute() or ".." in path.parts:
            raise InputError(
                f"frames {frames!r} leaves the root, the folder of the table. ; Copy the frames below it and write "
                "their place relative to it"
            )
    try:
        return open_frames(root / frames, root)
    except MissingPath:
        raise MissingPath(f"{frames} does not exist. ; {_alike(root, frames)}") from None
    except OSError as error:  # a name too long, for instance
        raise InputError(f"frames {frames!r} cannot be looked up ({error.strerror or error}).") from error
    except InputError as error:
        raise InputError(str(error).replace(f"{root}/", "")) from None


def _alike(root: Path, frames: str) -> str:
    """What may be meant by a path that does not exist: the part that fails, and a name there that is close to it."""
    place = root
    for part in Path(frames).parts:
        if (place / part).exists():
            place = place / part
            continue
        shown = place.relative_to(root).as_posix()
        here = "the folder of the table" if shown == "." else shown
        if not place.is_dir():
            break
        hint = nearest(part, (entry.name for entry in place.iterdir()))
        hint = f"{hint[:-1].removesuffix('?')}?" if hint.startswith("Did you mean") else f"There is no {part!r} in {here}."
        return f"{hint} Correct the cell or copy the frames to {here}"
    return "Correct the cell or copy the frames there"
