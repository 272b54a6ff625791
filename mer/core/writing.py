"""Failures to write, in words: which path, why, and what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mer.core.errors import InputError
from mer.core.room import free_bytes, words

_UMASK = os.umask(0)  # can only be read by setting it; at import there is one thread
os.umask(_UMASK)
#: Rights of new files and folders: those that the user's umask leaves. ``mkstemp`` and ``mkdtemp`` give fewer.
FILE_MODE = 0o666 & ~_UMASK
FOLDER_MODE = 0o777 & ~_UMASK

ROOM = "Free some space or choose a folder you may write to; earlier results are unchanged."


@contextmanager
def writing(path: Path | str, remedy: str = ROOM) -> Iterator[None]:
    """Within the block ``path`` is written.

    Args:
        path: named in the message.
        remedy: what a user can do where it fails, in sentences.

    Raises:
        InputError: the disk is full (it says what is free there), the folder read-only, the limit of open files
            reached. An `InputError` of the block itself passes as it is, and so does an `OSError` that names a file
            which does not lie at or below the folder of ``path``: something else could not be read.
    """
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        named = error.filename
        if isinstance(named, str | bytes) and not _near(Path(os.fsdecode(named)), Path(path)):
            raise
        said = f"Cannot write {path}: {error.strerror or error}. {remedy}"
        raise InputError(f"{said}{_room_left(error, Path(path))}") from error


def _room_left(error: OSError, path: Path) -> str:
    """What is free where a disk is full; some is where one large file did not fit."""
    if error.errno != errno.ENOSPC:
        return ""
    try:
        return f" {words(free_bytes(path.parent))} are free there."
    except OSError:
        return ""


def _near(named: Path, path: Path) -> bool:
    """Whether a failure at ``named`` is one of writing ``path``: its folder, a folder above, or anything beside it."""
    named, path = Path(os.path.abspath(named)), Path(os.path.abspath(path))
    return named in path.parents or named.is_relative_to(path.parent)
