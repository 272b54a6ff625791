"""Places of processes that compute side by side: each holds a number of its own, for instance for the GPU it uses."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mer.core.locked import take_lock

_PREFIX, _HELD = "mer-places-", "held"

_last = 0  # the place that this process holds, or held last


def place() -> int:
    """Number of the place that this process computes in, from 0; 0 where it computes alone."""
    return _last


@contextmanager
def places_folder() -> Iterator[Path]:
    """A folder for the places of the processes that this one starts."""
    remove_left_places()
    while True:
        with (
            tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder,
            open(Path(folder) / _HELD, "wb") as stream,
        ):
            take_lock(stream.fileno())
            if os.fstat(stream.fileno()).st_nlink:  # not taken for left in the instant before it was held
                yield Path(folder)
                return


def remove_left_places() -> None:
    """Remove what killed processes left of the folders of their places."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), open(left / _HELD, "r+b") as stream:  # else somebody else's, or just being made
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)  # without locks: an error, and it stays
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def taken_place(folder: Path, count: int) -> Iterator[int]:
    """Hold one of ``count`` places: the one held last if it is free, so that a process stays with its GPU.

    A lock of the operating system holds it, so that a process that is killed frees it.

    Args:
        folder: the same for all processes that share the places.
        count: places, as many as processes that compute side by side; a process beyond that waits.
    """
    global _last
    while True:
        for number in (_last, *range(count)):
            if number >= count:
                continue
            handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT)
            if not take_lock(handle, wait=False):
                os.close(handle)
                continue
            _last = number
            try:
                yield number
            finally:
                os.close(handle)
            return
        time.sleep(0.05)
