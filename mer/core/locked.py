"""One process at a time, where a file is read, changed and written again."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mer.core.errors import InputError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the right to change ``path``; others that want it wait.

    The lock is the operating system's (``flock``) on a hidden file beside it, for the file itself is replaced when it
    is written. It ends with the process that holds it, however that process ends.

    Raises:
        InputError: the folder cannot be written.
    """
    beside = path.with_name(f".{path.name}.lock")
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        stream = open(beside, "a", encoding="utf-8")  # noqa: SIM115  closed below
    except OSError as error:
        raise InputError(
            f"Cannot write {path.parent} ({error.strerror or error}), where {path.name} is to be changed. Choose "
            "another folder, or get the right to write there."
        ) from error
    with stream:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield
