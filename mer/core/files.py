"""Files that are either whole or absent: written under a temporary name, then renamed."""

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from mer.core.errors import InputError, MissingPath
from mer.core.writing import FILE_MODE, writing

#: Leavings are looked for until so many numbers in a row are not used: the first may be free, and later ones left.
_UNUSED = 4
_BLOCK = 1 << 18  # bytes read at once


@contextmanager
def atomic_write(path: Path | str) -> Iterator[BinaryIO]:
    """Binary file that takes the name ``path`` only when the block ends without an error.

    Its rights are those that the user's umask leaves. What a killed process left of ``path``, half written, goes.

    Raises:
        InputError: nothing could be written (disk full, folder read-only); the message names the path. A file that
            stood at ``path`` before is untouched.
    """
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = _held_part(path)
        with os.fdopen(handle, "wb") as stream:
            try:
                yield stream
                stream.flush()
                os.fsync(handle)
                os.fchmod(handle, FILE_MODE)
                os.replace(temporary, path)  # while it is held: nobody takes it for a leaving
            except BaseException:
                with suppress(OSError):
                    _unlink_own(handle, temporary)
                raise


def _held_part(path: Path) -> tuple[int, str]:
    """A new file beside ``path`` under a lock that ends with this process: as long as it is held, it is being written.

    The names are numbered, so that leavings are found by name: to list a folder of thousands of files takes longer
    than to write one.

    Returns:
        Its handle and its name.
    """
    _remove_abandoned(path)
    for number in count():
        temporary = _part(path, number)
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue  # somebody writes ``path`` too
        with suppress(OSError):  # a file system without locks: leavings are then told from nothing, and stay
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, temporary
        os.close(handle)  # another process took it for a leaving in the instant before it was held
    raise AssertionError("numbers end nowhere")


def _remove_abandoned(path: Path) -> None:
    """Delete what processes left that were killed while they wrote ``path``."""
    numbers, unused = count(), 0
    while unused < _UNUSED:
        part = _part(path, next(numbers))
        try:
            handle = os.open(part, os.O_WRONLY | os.O_NOFOLLOW)
        except OSError:  # there is none
            unused += 1
            continue
        with suppress(OSError), os.fdopen(handle, "wb"):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _unlink_own(handle, part)


def _unlink_own(handle: int, name: str) -> None:
    """Delete a file by its name, unless the name is another one's by now; only who holds its lock may."""
    if os.path.samestat(os.fstat(handle), os.lstat(name)):
        os.unlink(name)


def _part(path: Path, number: int) -> str:
    return os.path.join(path.parent, f".{path.name}.{number}.part")


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all."""
    with atomic_write(path) as stream:
        stream.write(data)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 ``text`` to ``path``, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path | str, value: Any) -> None:
    """Write ``value`` as readable JSON, whole or not at all."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """What `write_json` writes."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_jsonable) + "\n"


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files that belong together, the last of which tells of the others: all, or none where one cannot be.

    A process that is killed in the instant in which they take their places leaves none that tells: the old one of the
    last is deleted before, the new one comes after all others.
    """
    with ExitStack() as held:
        for path, data in reversed(tuple(contents.items())):  # the one held last takes its place first
            stream = held.enter_context(atomic_write(path))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())  # room that is missing is noticed before any file is replaced
        if contents:
            list(contents)[-1].unlink(missing_ok=True)


def read_json(path: Path | str) -> Any:
    """Read a JSON file.

    Raises:
        MissingPath: there is no such file.
        InputError: it is not JSON.
    """
    path = Path(path)
    try:
        if not stat.S_ISREG((found := os.stat(path)).st_mode) and not stat.S_ISDIR(found.st_mode):
            raise InputError(f"{path} is no regular file. Delete it and run again.")  # reading a pipe may never end
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingPath(f"{path} does not exist.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON ({error}). Delete it and run again.") from error


def read_mapping(path: Path | str, **fields: type | tuple[type, ...]) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Args:
        path: of the file.
        fields: the keys that must be there, each with the type or types of its value (``type(None)`` for null).

    Raises:
        MissingPath: there is no such file.
        InputError: it is not JSON, no object, or a key is missing or of another type.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}, expected an object. Delete it and run again.")
    for name, kinds in fields.items():
        if name not in content:
            raise InputError(f"{path} has no {name!r}. Delete it and run again.")
        if not _is_of(content[name], kinds):
            wanted = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
            found = f"{content[name]!r:.60} ({type(content[name]).__name__})"
            raise InputError(f"{path}: {name!r} is {found}, expected {wanted}. Delete it and run again.")
    return content


def _is_of(value: Any, kinds: type | tuple[type, ...]) -> bool:
    """As `isinstance`, but true and false are no numbers."""
    if isinstance(value, bool):
        return bool in (kinds if isinstance(kinds, tuple) else (kinds,))
    return isinstance(value, kinds)


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
    state = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:  # for thousands of small files half as long as `hashlib.file_digest`
        while data := stream.read(_BLOCK):
            state.update(data)
    return state.hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
