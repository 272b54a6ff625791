"""A user's own corrections of key frames, emotions, labels and notes: a file of their own; no database is changed.

``corrections.csv`` of the project folder, a row a value (`mer.manifest.own_correction`). A row is found by its clip's
key; all is text, ``006`` is not ``6``. (Known errors of a release, the same for everybody, are in
``data_manifests/corrections.csv``: `mer.manifest.corrections`.)
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mer.core.csv_text import guarded, unguarded
from mer.core.errors import InputError
from mer.core.files import write_text
from mer.core.locked import locked
from mer.manifest.clips import KEY
from mer.manifest.own_correction import CORRECTED, OwnCorrection, check_corrections, own_corrections_file
from mer.manifest.own_corrections_applied import apply_own_corrections, corrected_words, corrections_of

__all__ = [
    "CORRECTED",
    "OwnCorrection",
    "apply_own_corrections",
    "corrected_words",
    "corrections_of",
    "own_corrections_file",
    "own_corrections_text",
    "read_own_corrections",
    "remove_own_corrections",
    "save_own_corrections",
    "write_own_corrections",
]

#: Of the file, in this order.
COLUMNS = [*KEY, "column", "labels", "value", "was", "reason", "saved"]


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
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header, *rows = [[unguarded(cell) for cell in row] for row in reader if row] or [[]]
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
        for one in (one.plain() for one in wished):
            earlier = kept.get(one.key)
            if earlier is not None and one.was == earlier.plain().value:
                one = replace(one, was=earlier.was)
            if one.value == one.was:
                kept.pop(one.key, None)
            else:
                kept[one.key] = replace(one, saved=one.saved or moment)
        write_own_corrections(kept.values(), path)
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
            write_own_corrections([one for one in found if one not in gone], path)
    return gone


def own_corrections_text(corrections: Iterable[OwnCorrection]) -> str:
    """The file that holds these corrections, as text."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([COLUMNS, *([guarded(getattr(one, column)) for column in COLUMNS] for one in corrections)])
    return stream.getvalue()


def write_own_corrections(corrections: Iterable[OwnCorrection], path: Path) -> None:
    """Write a file that holds these corrections and no others; a user's own is changed by `save_own_corrections`."""
    write_text(path, own_corrections_text(corrections))
