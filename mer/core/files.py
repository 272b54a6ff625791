"""Files that are either whole or absent: written under a temporary name, then renamed."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from mer.core.errors import InputError, MissingPath


@contextmanager
def atomic_write(path: Path | str) -> Iterator[BinaryIO]:
    """Binary file that takes the name ``path`` only when the block ends without an error.

    Raises:
        InputError: nothing could be written (disk full, folder read-only); the message names the path. A file that
            stood at ``path`` before is untouched.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)  # mkstemp gives 0600; results are meant to be read by others
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}. Free some space or choose a folder you may write to; "
            "earlier results are unchanged."
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all."""
    with atomic_write(path) as stream:
        stream.write(data)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 ``text`` to ``path``, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path | str, value: Any) -> None:
    """Write ``value`` as readable JSON, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, default=_jsonable) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file.

    Raises:
        MissingPath: there is no such file.
        InputError: it is not JSON.
    """
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingPath(f"{path} does not exist.") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path} is not valid JSON ({error}). Delete it and run again.") from error


def write_with(path: Path | str, save: Callable[[BinaryIO], Any]) -> None:
    """Let ``save`` (for instance ``numpy.save`` with its array bound) write to ``path``, whole or not at all."""
    with atomic_write(path) as stream:
        save(stream)


def digest(*parts: bytes | str) -> str:
    """SHA-256 (hex) of the parts in order, each with its length so that no two splits collide."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def file_digest(path: Path | str) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
