"""One row of a user's own table, made a row of the clip table: gaps filled from the frames, faults collected."""

import math
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.machine_fault import MachineFault
from mer.core.problems import Problem
from mer.datasets.check_clip import clip_problems
from mer.datasets.frames import FrameSource, open_frames
from mer.datasets.image_pair import SEPARATOR
from mer.datasets.sheet import MISSING, whole_number
from mer.manifest.action_units import normal_text
from mer.manifest.clips import APEX_SOURCES, FRAME_NUMBERS, KEY, name_fault
from mer.manifest.key_frames import middle_frame

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


class _Fault(Exception):
    """What is wrong, and what to do."""


def own_clip(cells: Mapping[str, str], root: Path, file: str, line: int) -> OwnClip:
    """A clip from its cells and its frames.

    Absent onset and offset become the first and last frame, an absent apex the middle one (of a pair: its second
    image).

    Args:
        cells: text by column of the clip table.
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
        elif fault := name_fault(cells[column]):
            add(f"{column} {cells[column]!r} {fault}.", "Write another name")
    annotated: dict[str, int | None] = {}
    for column in FRAME_NUMBERS:
        try:
            annotated[column] = whole_number(cells[column])
        except InputError:
            add(f"{column} is {cells[column]!r}, expected a frame number (0 or above).", "Correct the cell")
    fps = frame_rate(cells["fps"])
    if fps is None:
        add(f"fps is {cells['fps']!r}, expected a positive number.", "Correct the cell, or leave it empty")
    apex_source = cells["apex_source"].casefold()
    if apex_source not in APEX_SOURCES:
        names = sorted(APEX_SOURCES - {""})
        add(f"apex_source is {cells['apex_source']!r}. {nearest(apex_source, names)}", "Correct or empty the cell")
    frames = cells["frames"].replace("\\", "/")
    try:
        frames, source = _frames(frames, root)
    except _Fault as fault:
        add(*fault.args)
        return OwnClip(None, tuple(problems))
    if len(annotated) < len(FRAME_NUMBERS):
        return OwnClip(None, tuple(problems))
    if not len(source.numbers):
        problems += [
            Problem(f"{frames}/{name}", "", f"it {what}.", remedy, key) for name, what, remedy in source.faults([])
        ]
        if not any(problem.file.startswith(frames) for problem in problems):
            add(f"frames {frames!r} holds {source.describe()}.", "Copy them there")
        return OwnClip(None, tuple(problems))
    key_frames = _filled(annotated, source, pair=SEPARATOR in frames)
    problems += clip_problems(key, key_frames, source, frames, sheet=file, row=str(line))
    if problems:
        return OwnClip(None, tuple(problems))
    kept = {name: cells[name] for name in (*KEY, "emotion", "label", "note")}
    kept["action_units"] = normal_text(cells["action_units"])
    has_apex = annotated["apex"] is not None or SEPARATOR in frames
    origin = (apex_source or "annotated") if has_apex else "middle"
    listing = source.listing(range(key_frames["onset"], key_frames["offset"] + 1))
    return OwnClip(kept | {"frames": frames, "fps": fps, "apex_source": origin, **key_frames}, (), tuple(listing))


def frame_rate(text: str) -> float | None:
    """Frames a second in a cell, NaN where nobody knows it, None where it is no frame rate."""
    if text.casefold() in (*MISSING, "nan", "unknown", "?"):
        return math.nan
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < 1e6 else None


def _filled(annotated: Mapping[str, int | None], source: FrameSource, pair: bool) -> dict[str, int]:
    """The key frames with their gaps filled."""
    onset, apex, offset = (annotated[name] for name in FRAME_NUMBERS)
    if onset is None:  # of a pair whatever is there: a missing image is a fault, not a shorter clip
        onset = 0 if pair else source.numbers[0]
    if offset is None:
        offset = 1 if pair else source.numbers[-1]
    if apex is None:
        apex = middle_frame(onset, max(onset, offset))  # of a pair its second image
    return {"onset": onset, "apex": apex, "offset": offset}


def _frames(frames: str, root: Path) -> tuple[str, FrameSource]:
    """The place of a clip's frames as it is on disk (accents may be in another Unicode form there), and they.

    Raises:
        _Fault: there are none, or they lie outside the root.
    """
    if not frames:
        raise _Fault("frames is empty.", "Fill in a folder, a video, or a pair onset.png|apex.png")
    for part in map(str.strip, frames.split(SEPARATOR)):
        if Path(part).is_absolute() or PureWindowsPath(part).is_absolute() or ".." in Path(part).parts:
            raise _Fault(
                f"frames {frames!r} leaves the root, the folder of the table.",
                "Copy the frames below it and write their place relative to it",
            )
    try:
        frames = _on_disk(frames, root)
        return frames, open_frames(root / frames, root)
    except MissingPath:
        raise _Fault(f"frames {frames!r} does not exist.", _alike(root, frames)) from None
    except MachineFault:
        raise
    except InputError as error:
        raise _Fault(str(error).replace(f"{root}{os.sep}", ""), "Correct the cell") from None
    except (OSError, ValueError) as error:  # a name too long, a zero character in it
        raise _Fault(
            f"frames {frames[:80]!r} cannot be looked up ({getattr(error, 'strerror', error)}).", "Correct the cell"
        ) from None


def _on_disk(frames: str, root: Path) -> str:
    """The place as written, or in that Unicode form in which all of it exists."""
    forms = (frames, *(unicodedata.normalize(form, frames) for form in ("NFC", "NFD")))
    return next((one for one in forms if all((root / part.strip()).exists() for part in one.split(SEPARATOR))), frames)


def _alike(root: Path, frames: str) -> str:
    """What to do about a path that does not exist: the name close to the part of it that fails, if there is one."""
    place = root
    for part in Path(frames).parts:
        if not (place / part).exists():
            names = [entry.name for entry in place.iterdir()] if place.is_dir() else []
            hint = nearest(part, names) if names else ""
            found = f" (there: {hint.removeprefix('Did you mean ').removesuffix('?')})" if "Did you" in hint else ""
            return f"Correct {part!r}{found} in the cell, or copy the frames there"
        place = place / part
    return "Correct the cell, or copy the frames there"
