"""One process at a time, where a file is read, changed and written again."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mer.core.errors import InputError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the right to change ``path``; others that want it wait.

    The lock is the operating system's (``flock``) on a hidden file beside it, for the file itself is replaced when it
    is written. It ends with the process that holds it, however that process ends.

    Raises:
        InputError: the folder cannot be written.
    """
    remedy = f"{path.name} is to be changed there: choose another folder, or get the right to write there."
    with open_lock(path.with_name(f".{path.name}.lock"), remedy) as stream:
        take_lock(stream.fileno())
        yield


def take_lock(handle: int, wait: bool = True, shared: bool = False) -> bool:
    """Take the operating system's lock on an open file; it ends when the file is closed, or its process ends.

    Where the file system knows no such locks nobody can be kept out, and all goes on as if nobody were there.

    Args:
        handle: of the file. On network file systems one opened to be written.
        wait: until it is free.
        shared: others may have it shared too.

    Returns:
        False if another has it, and ``wait`` is off.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True


def open_lock(path: Path, remedy: str) -> TextIO:
    """Open a lock file to be read and added to; it and its folder are made where they are not there.

    Args:
        path: of the lock file.
        remedy: what a user can do where that fails, in sentences.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "a+", encoding="utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {path.parent}: {error.strerror or error}. {remedy}") from error
