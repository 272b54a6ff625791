"""Folders that are either whole or absent, each made once: filled under a temporary name, then renamed."""

import fcntl
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mer.core.errors import InputError
from mer.core.locked import open_lock, take_lock
from mer.core.writing import FOLDER_MODE, ROOM, writing


def made_once(path: Path, make: Callable[[Path], None], whole: Callable[[Path], bool] = Path.is_dir) -> bool:
    """See to it that the folder ``path`` is there and whole: made by this call, or found.

    Of several processes that want it at once one makes it, the others wait and find it. What a killed process left
    half made goes, and the lock (``flock``, on a hidden file beside it) ends with its process. A damaged folder is
    replaced in one step: who has its files open reads on.

    Args:
        path: of the folder.
        make: fills the empty folder that it is given, which then takes the name ``path``.
        whole: whether what lies at ``path`` can be used; asked again once the lock is held.

    Returns:
        Whether ``make`` was called.

    Raises:
        InputError: nothing can be written there, or ``make`` could not write.
    """
    if whole(path):
        _tidy(path)
        return False
    with writing(path), open_lock(path.with_name(f".{path.name}.lock"), ROOM) as lock:
        _wait(lock.fileno(), path)
        if whole(path):
            return False
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is a file, expected a folder that this suite makes. Move it out of the way.")
        _remove_parts(path)
        work = _empty(path)
        try:
            make(work)
            work.chmod(FOLDER_MODE)
            if os.path.lexists(path):
                # Under a name of the kind that the next call removes, should this process be killed in between.
                os.rename(path, _empty(path) / path.name)
            os.rename(work, path)
        finally:
            _remove_parts(path)
    return True


def _wait(handle: int, path: Path) -> None:
    if not take_lock(handle, wait=False):
        print(f"Waiting: another process is making {path} just now.", file=sys.stderr, flush=True)
        take_lock(handle)


def _empty(path: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))


def _tidy(path: Path) -> None:
    """Delete what a process left that was killed just after it had put the new folder in the place of a damaged one."""
    with suppress(OSError):  # a folder that may only be read; no locks; somebody makes it anew just now
        if not _parts(path):
            return
        with open(path.with_name(f".{path.name}.lock"), "r+b") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_parts(path)


def _remove_parts(path: Path) -> None:
    """Delete what is half made; only who holds the lock may."""
    for part in _parts(path):
        shutil.rmtree(part, ignore_errors=True)


def _parts(path: Path) -> list[Path]:
    part = re.compile(rf"\.{re.escape(path.name)}\.[^.]+\.part")  # not those of ``path.name`` with an ending
    return [path.parent / name for name in os.listdir(path.parent) if part.fullmatch(name)]
