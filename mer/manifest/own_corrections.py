"""A user's own corrections of key frames, emotions, labels and notes: a file of their own; no database is changed.

``corrections.csv`` of the project folder, a row a value (`mer.manifest.own_correction`). A row is found by its clip's
key; all is text, ``006`` is not ``6``. (Known errors of a release, the same for everybody, are in
``data_manifests/corrections.csv``: `mer.manifest.corrections`.)
"""

import csv
import io
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError
from mer.core.files import write_text
from mer.core.locked import locked
from mer.core.paths import project_dir
from mer.manifest.clips import FRAME_NUMBERS, KEY
from mer.manifest.key_frames import middle_frame
from mer.manifest.own_correction import CORRECTED, OwnCorrection, check_corrections

__all__ = [
    "CORRECTED",
    "OwnCorrection",
    "apply_own_corrections",
    "corrections_of",
    "own_corrections_file",
    "read_own_corrections",
    "remove_own_corrections",
    "save_own_corrections",
]

FILE_NAME = "corrections.csv"
#: Of the file, in this order.
COLUMNS = [*KEY, "column", "labels", "value", "was", "reason", "saved"]


def own_corrections_file() -> Path:
    """``$MER_CORRECTIONS``, else ``corrections.csv`` of the project folder."""
    chosen = os.environ.get("MER_CORRECTIONS")
    return Path(chosen).expanduser().resolve() if chosen else project_dir() / FILE_NAME


def read_own_corrections(path: Path | None = None) -> tuple[OwnCorrection, ...]:
    """All corrections in the order of the file; none where there is no file.

    Raises:
        InputError: the file is no such table, or rows have faults; all are listed.
    """
    path = path or own_corrections_file()
    if not path.exists():
        return ()
    try:
        text = path.read_bytes().decode("utf-8-sig")
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV table ({error}). Mend it, or move it away to begin anew.") from error
    if header != COLUMNS:
        raise InputError(
            f"{path} has the columns {', '.join(header) or 'none'}; expected {', '.join(COLUMNS)}. Mend its first "
            "line, or move the file away to begin anew."
        )
    if wrong := [str(number) for number, row in enumerate(rows, start=2) if len(row) != len(COLUMNS)]:
        raise InputError(
            f"{path} has rows of other than {len(COLUMNS)} cells: {', '.join(wrong[:50])}. Put text with a comma in it "
            "between double quotes."
        )
    found = tuple(OwnCorrection(**dict(zip(COLUMNS, row, strict=True))) for row in rows)
    check_corrections(found, str(path))
    return found


def save_own_corrections(corrections: Iterable[OwnCorrection], path: Path | None = None) -> Path:
    """Add corrections to the file, which is made where there is none; nothing else in it changes.

    One with the key of an earlier one takes its place; where it was made on top of that (its ``was`` is the earlier
    value), it keeps the database's own value as ``was``. One whose value is that of the database removes the row. Two
    processes that save at the same time wait for each other.

    Returns:
        The file.

    Raises:
        InputError: a correction has faults, or the file has, or it cannot be written; the file is then as it was.
    """
    path = path or own_corrections_file()
    wished = tuple(corrections)
    check_corrections(wished, "The corrections to be saved")
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    with locked(path):
        kept = {one.key: one for one in read_own_corrections(path)}
        for one in (_plain(one) for one in wished):
            earlier = kept.get(one.key)
            if earlier is not None and one.was == _plain(earlier).value:
                one = replace(one, was=earlier.was)
            if one.value == one.was:
                kept.pop(one.key, None)
            else:
                kept[one.key] = replace(one, saved=one.saved or moment)
        _write(path, kept.values())
    return path


def remove_own_corrections(keys: Iterable[Sequence[str]], path: Path | None = None) -> tuple[OwnCorrection, ...]:
    """Go back to the database's own values.

    Args:
        keys: each the beginning of an `OwnCorrection.key`: (database, subject, clip) removes all of a clip,
            (database, subject, clip, column) one column in all label spaces.
        path: the file.

    Returns:
        Those that were removed; none where no row has such a key.
    """
    path = path or own_corrections_file()
    wanted = [tuple(key) for key in keys]
    if not path.exists():
        return ()
    with locked(path):
        found = read_own_corrections(path)
        gone = tuple(one for one in found if any(one.key[: len(key)] == key for key in wanted))
        if gone:
            _write(path, (one for one in found if one not in gone))
    return gone


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
    now = (replace(_plain(one), was=_text(clips[one.column].iloc[place[one.clip_key]])) for one in mine)
    return tuple(one for one in now if one.value != one.was)


def apply_own_corrections(
    clips: pd.DataFrame,
    corrections: Iterable[OwnCorrection],
    labels: str,
    columns: Collection[str] = CORRECTED,
    path: Path | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The clip table with the values that a user wants.

    A corrected apex counts as annotated. An apex that nobody annotated is the middle frame of the corrected clip.

    Args:
        clips: a checked clip table; it is not changed.
        corrections: all of the file, in its order; those of other databases are passed over.
        labels: name of the label space that ``label`` is of; corrections of others are passed over.
        columns: which to apply; the others wait.
        path: the file, for messages.

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
    own_apex: set[int] = set()
    for row, one in enumerate(map(_plain, corrections), start=2):  # as a spreadsheet counts: the header is row 1
        if one.database not in databases or one.column not in columns or (one.labels not in ("", labels)):
            continue
        if one.clip_key not in place:
            remarks.append(f"{one} is corrected in {path.name}, but this database does not have the clip.")
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
            own_apex.add(at)
    for at in rows.keys() - own_apex:
        if new["apex_source"][at] == "middle":
            new["apex"][at] = middle_frame(new["onset"][at], max(new["onset"][at], new["offset"][at]))
    _check_order(clips, new, rows, path)
    numbers = {column: pd.array(new.pop(column), "Int64") for column in FRAME_NUMBERS}
    return clips.assign(**numbers, **{name: pd.Series(new[name], clips.index, object) for name in new}), tuple(remarks)


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


def _plain(one: OwnCorrection) -> OwnCorrection:
    """The same, a key frame written without leading zeros: ``0012`` is frame 12."""
    if one.column not in FRAME_NUMBERS:
        return one
    return replace(one, value=str(int(one.value)), was=str(int(one.was)) if one.was.isdecimal() else one.was)


def _text(value: object) -> str:
    """A value of a clip table as the file has it."""
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _places(clips: pd.DataFrame) -> dict[tuple[str, str, str], int]:
    return {key: at for at, key in enumerate(clips[KEY].itertuples(index=False, name=None))}


def _write(path: Path, corrections: Iterable[OwnCorrection]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([COLUMNS, *([getattr(one, column) for column in COLUMNS] for one in corrections)])
    write_text(path, stream.getvalue())
