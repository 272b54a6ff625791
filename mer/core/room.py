"""Whether the disk has the room that something takes, asked before hours of work go into it."""

import os
from pathlib import Path

from mer.core.errors import InputError

#: What a user can do where the cache has no room.
CACHE_ROOM = "Free some space (mer data clean), or set MER_CACHE to a folder that has room."


def check_room(folder: Path | str, need: int, what: str, remedy: str = CACHE_ROOM) -> None:
    """Refuse to begin what the disk has no room for.

    Args:
        folder: that is written to; it need not exist yet.
        need: bytes that are written.
        what: subject of the message: ``The aligned store of casme2``.
        remedy: what a user can do, in sentences.

    Raises:
        InputError: fewer bytes are free; the message says both.
    """
    free = free_bytes(Path(folder))
    if need > free:
        raise InputError(f"{what} needs {words(need)} in {folder}, but only {words(free)} are free there. {remedy}")


def words(size: int) -> str:
    """A number of bytes as people say it: 12 kB, 3.4 MB, 5.6 GB."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{-(-size // 1000)} kB"


def free_bytes(folder: Path) -> int:
    """Bytes that this user can write where ``folder`` is or will be."""
    place = Path(os.path.abspath(folder))
    while not place.exists() and place != place.parent:
        place = place.parent
    about = os.statvfs(place)
    return about.f_bavail * about.f_frsize
