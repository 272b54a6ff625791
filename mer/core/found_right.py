"""Large files that were read whole and found right, so that gigabytes are not read each time.

Noted are inode, size and times of change, in a hidden file beside the index that vouches for the files
(`mer.core.sealed`); of a folder that this user may only read, in a small file of the user's own cache. While they
stand, nobody has written to the file nor put another in its place. What they cannot tell is a disk that gives back
other bytes than were written.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import digest, read_json, write_json

#: Inode, size in bytes, and the times of change of content and of the entry, in nanoseconds.
State = list[int]
_SUFFIX = ".checked.json"
#: Bytes; smaller files are read each time.
_LARGE = 1 << 20
#: A file changed more recently than this might be changed again without its times telling: clocks of file systems tick.
_TICK_NS = 100_000_000


def file_state(file: Path | str) -> State:
    """What tells a file from one that was put in its place, or written to.

    Raises:
        OSError: there is none.
    """
    found = os.stat(file)
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def is_settled(state: State) -> bool:
    """Whether the last change is long enough ago for the next one to have another time."""
    return state[3] < time.time_ns() - _TICK_NS


def found_right(folder: Path, index: str) -> dict[str, State]:
    """The states in which files of a folder were found right, by name; none where nothing readable is noted."""
    found: dict[str, State] = {}
    for place in (_beside,) if _may_write(folder) else (_beside, _elsewhere):
        with suppress(InputError, RuntimeError):  # not there, not readable; a user without a home
            content = read_json(place(folder, index))
            known = content.items() if isinstance(content, dict) else ()
            found |= {name: state for name, state in known if _is_state(state)}  # it is a file like any other
    return found


def note_right(folder: Path, index: str, states: Mapping[str, State]) -> None:
    """Note the states of files that were found right, of the large and settled ones; where nothing can be noted they
    are read again next time."""
    noted = {name: state for name, state in states.items() if state[1] >= _LARGE and is_settled(state)}
    if noted:
        with suppress(InputError, RuntimeError):
            write_json((_beside if _may_write(folder) else _elsewhere)(folder, index), noted)


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK)


def _beside(folder: Path, index: str) -> Path:
    return folder / f".{index}{_SUFFIX}"


def _elsewhere(folder: Path, index: str) -> Path:
    """In the cache of the user, not of the suite: that may be the folder which may only be read."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "mer", "found-right", f"{digest(str(folder.absolute()), index)[:32]}.json")


def _is_state(found: Any) -> bool:
    return isinstance(found, list) and len(found) == 4 and all(isinstance(number, int) for number in found)
