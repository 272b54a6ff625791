"""Folders of the cache: made once, sealed, and made again by themselves where they are damaged.

What is kept can be made again from something else, so that nobody has to be asked: a folder that was cut short,
altered, deleted in part or swapped with another is named in one line and replaced, and so is one of an older version.
A process holds what it has opened (a shared ``flock`` on the index), so that `mer data clean` leaves it alone.
"""

import fcntl
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_json
from mer.core.folders import made_once
from mer.core.machine_fault import cause_in_machine, raise_machine_fault
from mer.core.room import CACHE_ROOM, check_room
from mer.core.sealed import FORMAT, Damaged, OtherFormat, seal, unsealed
from mer.core.writing import writing

INDEX = "index.json"
#: In every index: the folder's name, where no other key is given. It holds a digest of what the folder was made of.
KEY = "key"
_AGAIN = "Building it again."
#: Folders that a process holds at a time; far more than one run opens.
_MOST_HELD = 64
_HELD: OrderedDict[Path, int] = OrderedDict()
_HOLDING = Lock()


def kept_folder(
    path: Path,
    format: int,
    make: Callable[[Path], None],
    about: Mapping[str, Any] | None = None,
    index: str = INDEX,
    key: str = "",
    need: int = 0,
    instead_of: int | None = None,
    digests: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """See to it that a folder of the cache is there and whole, and hold it; of several processes one makes it.

    Args:
        path: of the folder.
        format: version of what it holds.
        make: fills the empty folder that it is given; all files that it leaves there are sealed.
        about: what else is to stand in the index.
        index: name of the index.
        key: says, to the last setting, what the folder is made of; by default its name.
        need: bytes that ``make`` writes; 0 where that is not known.
        instead_of: inode of a folder that is to be replaced although it is whole.
        digests: SHA-256 (hex) of files, by path, that ``make`` puts there where it knows them: these files are not read
            for the seal, only when the folder is opened.

    Returns:
        The index (`mer.core.sealed.unsealed`).

    Raises:
        OtherFormat: what lies there was made by a newer version.
        InputError: there is no room for it, or it cannot be written; the message names the folder.
    """
    found: dict[str, Any] = {}
    key = key or path.name
    why = ""

    def whole(folder: Path) -> bool:
        nonlocal why
        try:
            if os.stat(folder).st_ino == instead_of:
                return False
            found.update(_held(folder, format, index, key, _AGAIN))
            return True
        except OtherFormat as error:
            if is_newer(folder / index, format):
                raise
            why = str(error)
        except Damaged as error:
            if fault := cause_in_machine(error):  # it may well be whole
                raise_machine_fault(fault, folder)
            why = str(error)
        except (FileNotFoundError, NotADirectoryError):
            begun = folder.is_dir() and any(folder.iterdir())
            why = f"{folder} is not finished (no {index}). {_AGAIN}" if begun else ""
        return False

    def fill(work: Path) -> None:
        if why:
            print(why, file=sys.stderr, flush=True)
        with writing(path, CACHE_ROOM):
            check_room(path.parent, need, path.name)
            make(work)
            files = [file.relative_to(work).as_posix() for file in work.rglob("*") if file.is_file()]
            seal(work, index, format, {KEY: key, **(about or {})}, files, digests)

    if made_once(path, fill, whole):
        found.update(_held(path, format, index, key, _AGAIN))
    return found


def open_kept(path: Path, format: int, remedy: str, index: str = INDEX) -> dict[str, Any]:
    """The index of a folder of the cache that is whole, by its path alone; the folder is held.

    It waits where another process is just replacing the folder.

    Args:
        path: the folder; under another name than it was made it is not opened.
        format: version of what it holds.
        remedy: how it is made again, in sentences.
        index: name of the index.

    Raises:
        MissingPath: there is no index.
        OtherFormat: it is of another version.
        Damaged: a file is not as it was made, or the folder is another one; the message names it.
    """
    try:
        return _held(path, format, index, path.name, remedy)
    except (Damaged, MissingPath):
        if not _settled(path):
            raise
    return _held(path, format, index, path.name, remedy)


def is_whole(path: Path, format: int, index: str = INDEX) -> bool:
    """Whether a folder of the cache is there, whole and of this version."""
    try:
        _held(path, format, index, path.name, _AGAIN)
    except (InputError, OSError):
        return False
    return True


def is_newer(index: Path, format: int) -> bool:
    """Whether an index says that a newer version has made it."""
    try:
        found = read_json(index)
    except InputError:
        return False
    number = found.get(FORMAT) if isinstance(found, dict) else None
    return isinstance(number, int) and number > format


def _held(path: Path, format: int, index: str, key: str, remedy: str) -> dict[str, Any]:
    _hold(path / index)  # first: what is held is not deleted before it is read
    return unsealed(path, index, format, remedy, expected={KEY: key})


def _hold(index: Path) -> None:
    """Keep others from deleting the folder while this process lives, and note that it was used now."""
    with _HOLDING, suppress(OSError):
        there = os.stat(index).st_ino
        known = _HELD.pop(index, None)
        if known is not None and os.fstat(known).st_ino != there:
            os.close(known)
            known = None
        if known is None:
            known = os.open(index, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(known, fcntl.LOCK_SH)
        _HELD[index] = known
        while len(_HELD) > _MOST_HELD:
            os.close(_HELD.popitem(last=False)[1])
        os.utime(index)


def _settled(path: Path) -> bool:
    """Wait until nobody makes the folder; False where it was never made here."""
    try:
        with open(path.with_name(f".{path.name}.lock"), "rb") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_SH)
            return True
    except OSError:
        return False
