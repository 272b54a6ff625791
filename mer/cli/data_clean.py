"""``mer data clean``: delete from the cache what no version of this suite will open again, or nobody has for long."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.kept import INDEX
from mer.core.paths import cache_dir
from mer.core.room import words
from mer.core.sealed import FORMAT, has_seal

_PART = re.compile(r"(\..+)\.[^.]+\.part")
#: Files beside which nothing lay that vouched for them.
_UNSEALED = ("headpack-*.npz", "inputs/stacks-*.npy", "planes/*.npy", "apexes/*.json")


@dataclass(frozen=True)
class Entry:
    """Something in the cache that can go: its place, why, and its bytes (what other folders share does not count)."""

    path: Path
    why: str
    size: int


def clean_cache(dry_run: bool = False, unused_days: float | None = None) -> str:
    """Delete what can go, and say what and how much.

    Args:
        dry_run: only say it.
        unused_days: also what was not opened for so many days; it is made again when it is wanted.

    Raises:
        InputError: ``unused_days`` is below 0.
    """
    if unused_days is not None and unused_days < 0:
        raise InputError(f"--unused is {unused_days:g}; expected a number of days, 0 or more.")
    lines, total = [], 0
    for entry in _entries(unused_days):
        with _free(entry.path) as free:
            if free and not dry_run:
                _delete(entry.path)
        total += entry.size if free else 0
        state = "in use, kept" if not free else "would be deleted" if dry_run else "deleted"
        lines.append(f"{entry.path.relative_to(cache_dir())}: {entry.why}, {words(entry.size)}, {state}")
    what = "would be freed" if dry_run else "freed"
    return "\n".join([*lines, f"{words(total)} {what} in {cache_dir()}."])


def _entries(unused_days: float | None) -> Iterator[Entry]:
    known = _known()
    for folder, about in known.items():
        place = cache_dir() / folder
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if _PART.fullmatch(path.name):
                yield Entry(path, "half made", _size(path))
            elif path.is_dir() and not path.name.startswith(".") and (why := _why(path, about, unused_days)):
                yield Entry(path, why, _size(path))
    for path in sorted(path for pattern in _UNSEALED for path in cache_dir().glob(pattern) if path.is_file()):
        yield Entry(path, "of an older version", _size(path))


def _known() -> dict[str, dict[str, Any]]:
    """Of every folder of the cache what the indexes there must say to be of use to this version."""
    from mer.datasets.synthetic import build, example, headpack, rendered
    from mer.face import aligned_store
    from mer.figures import kept_plane
    from mer.motion import spotted_store
    from mer.training import inputs, stacks

    assert inputs.FORMAT == stacks.FORMAT, "they lie in one folder"
    return {
        "apexes": {FORMAT: spotted_store.FORMAT},
        "databases": {FORMAT: rendered.FORMAT, "generator": build.GENERATOR},
        "examples": {FORMAT: example.FORMAT},
        "headpacks": {FORMAT: headpack.PACK_FORMAT},
        "inputs": {FORMAT: inputs.FORMAT, "code": inputs.code_key()},
        "planes": {FORMAT: kept_plane.FORMAT},
        "stores": {FORMAT: aligned_store.FORMAT},
    }


def _why(path: Path, about: dict[str, Any], unused_days: float | None) -> str:
    """Why a folder can go; empty where it cannot."""
    index = path / INDEX
    if not has_seal(index):
        return "of an older version"  # or not finished; both are made again
    found = read_json(index)
    numbers = [(found.get(name), value) for name, value in about.items() if isinstance(value, int)]
    if any(isinstance(one, int) and one > known for one, known in numbers):
        return ""  # another checkout of a newer version may share this cache
    if any(found.get(name) != value for name, value in about.items()):
        return "of an older version"
    days = (time.time() - index.stat().st_mtime) / 86400
    return f"not opened for {days:.0f} days" if unused_days is not None and days >= unused_days else ""


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    size = 0
    for file in files:
        with suppress(OSError):
            about = file.stat()
            size += about.st_size if about.st_nlink == 1 else 0
    return size


@contextmanager
def _free(path: Path) -> Iterator[bool]:
    """Whether no living process makes or uses it (`mer.core.folders`, `mer.core.kept`); none can begin inside."""
    part = _PART.fullmatch(path.name)
    name = part[1] if part else f".{path.name}"
    held: list[int] = []
    try:
        for lock in (path.with_name(f"{name}.lock"), path / INDEX if path.is_dir() else path):
            if lock.is_file():
                held.append(os.open(lock, os.O_RDONLY))
                fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except OSError:
        free = False
    try:
        yield free
    finally:
        for handle in held:
            os.close(handle)


def _delete(path: Path) -> None:
    if path.is_file():
        path.unlink()
        return
    aside = path if _PART.fullmatch(path.name) else path.with_name(f".{path.name}.cleaned.part")
    os.rename(path, aside)  # in one step: nobody opens half a folder
    shutil.rmtree(aside, ignore_errors=True)
