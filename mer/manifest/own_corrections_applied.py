"""A clip table with a user's own corrections in it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError
from mer.manifest.clips import FRAME_NUMBERS, KEY
from mer.manifest.key_frames import middle_frame
from mer.manifest.own_correction import CORRECTED, OwnCorrection, own_corrections_file


def corrections_of(
    clips: pd.DataFrame, corrections: Iterable[OwnCorrection], labels: str | None = None
) -> tuple[OwnCorrection, ...]:
    """The corrections that change one of these clips, with the value that it has now as ``was``.

    Args:
        clips: a clip table, uncorrected.
        corrections: of any databases.
        labels: name of the label space; those of other label spaces change nothing. None takes all of them.
    """
    place = _places(clips)
    mine = [
        one for one in corrections if one.clip_key in place and (one.column != "label" or labels in (None, one.labels))
    ]
    now = (replace(one.plain(), was=_text(clips[one.column].iloc[place[one.clip_key]])) for one in mine)
    return tuple(one for one in now if one.value != one.was)


def apply_own_corrections(
    clips: pd.DataFrame,
    corrections: Iterable[OwnCorrection],
    labels: str,
    columns: Collection[str] = CORRECTED,
    path: Path | None = None,
    part: bool = False,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The clip table with the values that a user wants.

    A corrected apex counts as annotated. An apex that nobody annotated is the middle frame of the corrected clip.

    Args:
        clips: a checked clip table; it is not changed.
        corrections: all of the file, in its order; those of other databases are passed over.
        labels: name of the label space that ``label`` is of; corrections of others are passed over.
        columns: which to apply; the others wait.
        path: the file, for messages.
        part: whether the table is a choice of a database's clips: a correction of another clip is then no remark.

    Returns:
        The table, and a sentence on every correction whose clip is not there or whose value has changed since.

    Raises:
        InputError: key frames are out of order then; all such clips are listed with the rows of the file.
    """
    path = path or own_corrections_file()
    place, databases = _places(clips), set(clips["database"])
    new = {column: clips[column].tolist() for column in [*CORRECTED, "apex_source"]}
    remarks: list[str] = []
    rows: dict[int, list[str]] = {}  # position of a clip to the rows of the file that set a key frame of it
    for row, one in enumerate(
        (one.plain() for one in corrections), start=2
    ):  # as a spreadsheet counts: the header is row 1
        if one.database not in databases or one.column not in columns or (one.labels not in ("", labels)):
            continue
        if one.clip_key not in place:
            if not part:
                remarks.append(f"{one} is corrected in {path.name}, but there is no such clip (any more).")
            continue
        at = place[one.clip_key]
        now = _text(clips[one.column].iloc[at])
        if now not in (one.was, one.value):
            remarks.append(
                f"{one} was {one.was or 'empty'} when it was corrected to {one.value or 'empty'}; the database has "
                f"{now or 'none'} now. The correction counts; look at it again ({path.name})."
            )
        new[one.column][at] = int(one.value) if one.column in FRAME_NUMBERS else one.value
        if one.column in FRAME_NUMBERS:
            rows.setdefault(at, []).append(str(row))
        if one.column == "apex":
            new["apex_source"][at] = "annotated"
    for at in rows:
        if new["apex_source"][at] == "middle":
            new["apex"][at] = middle_frame(new["onset"][at], max(new["onset"][at], new["offset"][at]))
    _check_order(clips, new, rows, path)
    numbers = {column: pd.array(new.pop(column), "Int64") for column in FRAME_NUMBERS}
    return clips.assign(**numbers, **{name: pd.Series(new[name], clips.index, object) for name in new}), tuple(remarks)


def corrected_words(corrections: Sequence[OwnCorrection], what: str = "clip") -> str:
    """How much is corrected, in a sentence: its clips, or its values too (``what`` is ``value``)."""
    count = len({one.clip_key for one in corrections})
    clips = f"{count} clip{'s' * (count != 1)}"
    name = own_corrections_file().name
    if what == "clip":
        return f"{clips} corrected by the user ({name})."
    values = f"{len(corrections)} value{'s' * (len(corrections) != 1)}"
    verb = "is" if len(corrections) == 1 else "are"
    return f"{values} of {clips} {verb} corrected by the user's own {name} (mer data corrections lists them)."


def _check_order(clips: pd.DataFrame, new: dict[str, list], rows: dict[int, list[str]], path: Path) -> None:
    """Raise InputError with every clip whose corrected key frames are out of order."""
    faults = []
    for at, own in sorted(rows.items()):
        onset, apex, offset = (new[column][at] for column in FRAME_NUMBERS)
        if onset > offset or (not pd.isna(apex) and not onset <= apex <= offset):
            key = "/".join(clips[KEY].iloc[at])
            where = f"row{'s' * (len(own) > 1)} {', '.join(own)}"
            faults.append(f"{where}: {key}: onset {onset}, apex {_text(apex) or 'none'}, offset {offset}")
    if faults:
        raise InputError(
            f"{path} puts the key frames of {len(faults)} clip(s) out of order (onset <= apex <= offset). Correct the "
            "rows, or take them away (mer data corrections --remove DATABASE/SUBJECT/CLIP):\n  " + "\n  ".join(faults)
        )


def _text(value: object) -> str:
    """A value of a clip table as the file has it."""
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _places(clips: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    return {key: at for at, key in enumerate(clips[KEY].itertuples(index=False, name=None))}
