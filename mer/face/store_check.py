"""Tell a whole aligned store from a damaged one: sizes and SHA-256 of its files, kept in its index."""

from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import digest, file_digest

SAMPLE_BYTES = 1 << 20  # read from each end of a file when a store is opened


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Size, SHA-256 of the whole and of both ends, of every file in a folder."""
    return {
        file.name: {"bytes": file.stat().st_size, "sha256": file_digest(file), "ends": _ends_digest(file)}
        for file in sorted(folder.iterdir())
    }


def check_files(folder: Path, expected: dict[str, dict[str, Any]], verify: bool, remedy: str) -> None:
    """Compare a folder with what `describe_files` said of it.

    Args:
        folder: the store.
        expected: file name to description.
        verify: read every file in full, not only the first and the last MiB of it.
        remedy: sentence that ends every message.

    Raises:
        InputError: a file is missing, has another size or other content; the message names it.
    """
    for name, about in expected.items():
        file = folder / name
        if not file.is_file():
            raise InputError(f"{file} is missing from the aligned store. {remedy}")
        size = file.stat().st_size
        if size != about["bytes"]:
            raise InputError(f"{file} is damaged: {size} bytes, expected {about['bytes']}. {remedy}")
        whole = file_digest(file) == about["sha256"] if verify else _ends_digest(file) == about["ends"]
        if not whole:
            raise InputError(f"{file} is damaged: its content does not match the index. {remedy}")


def _ends_digest(file: Path) -> str:
    """SHA-256 of the first and the last MiB: all of a small file, both ends of a large one."""
    with open(file, "rb") as stream:
        head = stream.read(SAMPLE_BYTES)
        stream.seek(max(len(head), file.stat().st_size - SAMPLE_BYTES))
        return digest(head, stream.read())
