"""``mer data corrections``: what a user corrected, and the way back."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from mer.core.errors import InputError, nearest
from mer.manifest.own_corrections import (
    CORRECTED,
    OwnCorrection,
    own_corrections_file,
    read_own_corrections,
    remove_own_corrections,
)
from mer.widgets.explorer.outcome import outcome

_WIDTH = 40  # characters of a note or reason in a list


def list_corrections(database: str | None = None, as_json: bool = False) -> str:
    """A user's own corrections: clip, column, the database's value and the user's, reason, time, and the file.

    Args:
        database: only those of its clips: its name in the clip table, or whatever `open_database` understands.
        as_json: machine-readable.

    Raises:
        InputError: the file has faults, or there is no such database.
    """
    path, every = own_corrections_file(), read_own_corrections()
    chosen = every if database is None else _of_database(every, database)
    if as_json:
        return json.dumps({"file": str(path), "corrections": [asdict(one) for one in chosen]}, indent=2)
    if not chosen:
        of = f" of {database}" if database else ""
        return f"No clip{of} is corrected. Corrections are saved in the sample explorer (01_explore), in {path}."
    rows = [
        (
            "/".join(one.clip_key),
            f"{one.column} ({one.labels})" if one.labels else one.column,
            f"{_short(one.was)} -> {_short(one.value)}",
            one.saved,
            _short(one.reason) if one.reason else "",
        )
        for one in chosen
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    ]
    count = len({one.clip_key for one in chosen})
    return "\n".join([*(line.rstrip() for line in lines), f"{len(rows)} value(s) of {count} clip(s), in {path}"])


def remove_corrections(keys: Sequence[str]) -> str:
    """Go back to the database's own values.

    Args:
        keys: each ``database/subject/clip`` or ``database/subject/clip:column``.

    Raises:
        InputError: nothing is corrected under one of them (the nearest is named); nothing is removed then.
    """
    every = read_own_corrections()
    wanted = [_parsed(key) for key in keys]
    for key, parsed in zip(keys, wanted, strict=True):
        if not any(one.key[: len(parsed)] == parsed for one in every):
            with_column = len(parsed) == 4
            known = {"/".join(one.clip_key) + f":{one.column}" * with_column for one in every}
            raise InputError(f"{own_corrections_file()} corrects nothing of {key!r}. {nearest(key, known)}")
    gone = remove_own_corrections(wanted)
    lines = [f"{one}: {_short(one.value)} is removed, the database's own value counts again." for one in gone]
    if any(one.changes_results for one in gone):
        lines.append(f"{outcome([one.column for one in gone], removed=True)} mer runs marks them.")
    lines.append(f"{len(every) - len(gone)} correction(s) remain in {own_corrections_file()}")
    return "\n".join(lines)


def _parsed(key: str) -> tuple[str, ...]:
    before, colon, column = key.rpartition(":")
    clip, more = (before, (column,)) if colon and column in CORRECTED else (key, ())
    parts = tuple(clip.split("/"))
    if len(parts) != 3 or not all(parts):
        raise InputError(f"{key!r} is no key of a clip. Write database/subject/clip, or database/subject/clip:column.")
    return parts + more


def _of_database(every: Sequence[OwnCorrection], database: str) -> tuple[OwnCorrection, ...]:
    own = {one.database for one in every} & {database}
    if not own:
        from mer.datasets.registry import database_content

        own = {key[0] for key in database_content(database)[1]}
    return tuple(one for one in every if one.database in own)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…") or "(none)"
