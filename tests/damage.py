"""What can happen to a file on a disk, for tests of everything that is checked when it is opened."""

import os
from collections.abc import Callable
from pathlib import Path


def _flipped(place: float) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[min(int(place * len(data)), len(data) - 1)] ^= 1
        _replace(file, bytes(data))

    return change


def _replace(file: Path, data: bytes) -> None:
    """Into a file of its own: another folder may share the old one by a hard link."""
    aside = file.with_name(f"{file.name}.new")
    aside.write_bytes(data)
    os.replace(aside, file)


#: By name, each to be applied to a file that is not empty.
DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut short": lambda file: _replace(file, file.read_bytes()[:-2]),
    "emptied": lambda file: _replace(file, b""),
    "first byte": _flipped(0),
    "middle byte": _flipped(0.5),
    "last byte": _flipped(1),
    "deleted": lambda file: file.unlink(),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path, hidden ones apart."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
