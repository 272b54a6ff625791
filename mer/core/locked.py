"""One process at a time, where a file is read, changed and written again."""

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
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield


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
