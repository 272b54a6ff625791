"""Seals: an index, written last, that vouches for every file of a folder, and for itself.

A store, a fold, a finished run each have one: a JSON object that says what was made and of what, with the size and the
SHA-256 of each file, and the SHA-256 of all that. Whoever opens the folder checks it, so that what was cut short,
emptied, altered, deleted or swapped is named, and never used.

Gigabytes are not read each time: which large files were found right is noted (`mer.core.found_right`).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mer.core.errors import InputError
from mer.core.files import digest, file_digest, read_json, write_json
from mer.core.found_right import file_state, found_right, is_settled, note_right

FORMAT, FILES, SEAL = "format", "files", "seal"
#: Indexes read last, with the states that their files had.
_READ: dict[tuple[Path, int], tuple[list[int], dict[str, Any]]] = {}
_MOST_READ = 16


class Damaged(InputError):
    """A file is not what its index says; or the index itself is not."""


class OtherFormat(InputError):
    """What lies there was made by an older or a newer version of this suite."""


def seal(
    folder: Path | str,
    index: str,
    format: int,
    about: Mapping[str, Any],
    files: Iterable[str],
    digests: Mapping[str, str] | None = None,
) -> None:
    """Vouch for the files of a folder: write its index, last and whole.

    Args:
        folder: that holds the files.
        index: name of the index in it; it is replaced.
        format: version of the layout of folder and index, 1 or more; see `unsealed`.
        about: what else stands in the index, as JSON: what was made, and of what.
        files: relative paths (POSIX) of the files vouched for.
        digests: SHA-256 (hex) of files, by path, where it is known; these files are read when the folder is opened.

    Raises:
        InputError: the index cannot be written.
        OSError: a file cannot be read.
    """
    folder = Path(folder)
    described, read = {}, {}
    for name in sorted(files):
        state = file_state(folder / name)
        if (sha256 := (digests or {}).get(name)) is None:
            read[name], sha256 = state, file_digest(folder / name)
        described[name] = {"bytes": state[1], "sha256": sha256}
    content = {FORMAT: format, **about, FILES: described}
    write_json(folder / index, {**content, SEAL: _seal_of(content)})
    note_right(folder, index, read)


def unsealed(
    folder: Path | str,
    index: str,
    format: int,
    remedy: str,
    files: Iterable[str] | None = None,
    every: bool = False,
    expected: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Read an index and check that the files it vouches for are as they were.

    Args:
        folder: the folder.
        index: name of the index in it.
        format: that this program reads.
        remedy: what a user can do, in sentences: how it is made again. It ends every message.
        files: check only these; None for all.
        every: read the files whole, also those that were found right before and not touched since.
        expected: values that must stand in the index: a folder swapped with another is whole, but of something else.

    Returns:
        What `seal` was given as ``about``, the ``format``, and ``files``: for each its ``bytes`` and ``sha256``.

    Raises:
        MissingPath: there is no such index.
        OtherFormat: it is of another version; the message says which, and what to do.
        Damaged: it does not match its own seal, or a file is missing or has other bytes; the message names it.
        InputError: ``files`` names one that is not vouched for.
    """
    folder = Path(folder)
    content = _index(folder / index, format, remedy)
    for name, value in (expected or {}).items():
        if content.get(name) != _plain(value):
            raise Damaged(
                f"{folder} is not what was looked for: its {index} says {name} {content.get(name)!r}, expected "
                f"{value!r}. {remedy}"
            )
    wanted = content[FILES] if files is None else {name: content[FILES].get(name) for name in files}
    notes = {} if every else found_right(folder, index)
    fresh = {}
    for name, about in wanted.items():
        if about is None:
            raise InputError(f"{folder / index} does not vouch for {name}. {remedy}")
        state = _checked(f"{folder}/{name}", about, notes.get(name), remedy)  # a path object takes as long as to hash
        if state != notes.get(name):
            fresh[name] = state
    if fresh:
        note_right(folder, index, {**notes, **fresh})
    return content


def has_seal(path: Path | str) -> bool:
    """Whether the JSON file at ``path`` is an index with a seal, right or wrong (older ones have none)."""
    try:
        content = read_json(path)
    except InputError:
        return False
    return isinstance(content, dict) and SEAL in content


#: Of what no command here can make again as it is.
NEWER = "was made by a newer version of this suite"


def check_format(path: Path | str, found: Any, known: int, remedy: str) -> None:
    """Refuse what another version of this suite has made.

    Args:
        path: that is named.
        found: the format that it says it has; None (it says none) is older than any number.
        known: the format that this program reads.
        remedy: what a user can do about an older one, in sentences: the command that makes it again.

    Raises:
        OtherFormat: they differ.
    """
    if isinstance(found, int) and not isinstance(found, bool) and found > known:
        raise OtherFormat(f"{path} {NEWER} (format {found}; this one reads {known}). Update it.")
    if found != known:
        older = "no format" if found is None else f"format {found!r}"
        raise OtherFormat(f"{path} was made by an older version of this suite ({older}, expected {known}). {remedy}")


def _index(path: Path, format: int, remedy: str) -> dict[str, Any]:
    """Content of an index that matches its own seal; asked for file by file, it is read once."""
    place = path.absolute(), format
    try:
        state = file_state(path)
    except OSError:  # said, in its own words, by who reads it
        return _read_index(path, format, remedy)
    known = _READ.get(place)
    if known is None or known[0] != state:
        known = state, _read_index(path, format, remedy)
        if is_settled(state):
            if len(_READ) >= _MOST_READ:
                _READ.clear()
            _READ[place] = known
    return dict(known[1])


def _read_index(path: Path, format: int, remedy: str) -> dict[str, Any]:
    try:
        content = read_json(path)
    except FileNotFoundError:
        raise
    except InputError as error:
        raise Damaged(f"{path} is damaged: it cannot be read as JSON. {remedy}") from error
    if not isinstance(content, dict):
        raise Damaged(f"{path} is damaged: it is no JSON object. {remedy}")
    if SEAL not in content or content.get(FORMAT) != format:
        # An older one had no seal; of a newer one this program does not know what the seal is of.
        check_format(path, content.get(FORMAT) if SEAL in content else None, format, remedy)
    if not isinstance(content.get(FILES), dict):
        raise Damaged(f"{path} is damaged: it lists no files. {remedy}")
    found = content.pop(SEAL, None)
    if found != _seal_of(content):
        raise Damaged(f"{path} is damaged: it does not match its own seal. {remedy}")
    for name in content[FILES]:
        if not _inside(name):  # only a forged index, its seal computed anew, gets here
            raise Damaged(f"{path} is damaged: {name!r} is not a path inside the folder. {remedy}")
    return content


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def _seal_of(content: Mapping[str, Any]) -> str:
    """Of the values, not of how they are laid out; the same before and after they were written as JSON."""
    return digest(json.dumps(_plain(content), sort_keys=True, ensure_ascii=False))


def _plain(value: Any) -> Any:
    """As `write_json` and then `read_json` would give it back."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Path):
        return str(value)
    return value.tolist() if hasattr(value, "tolist") else value


def _checked(file: str, about: Any, known: list[int] | None, remedy: str) -> list[int]:
    """State of a file that is as its index says."""
    try:
        size, sha256 = about["bytes"], about["sha256"]
    except (TypeError, KeyError) as error:
        raise Damaged(f"The index beside {file} does not say its size and SHA-256. {remedy}") from error
    try:
        state = file_state(file)
        if state[1] != size:
            raise Damaged(f"{file} is damaged: {state[1]} bytes, expected {size}. {remedy}")
        if state != known and file_digest(file) != sha256:
            raise Damaged(f"{file} is damaged: its content is not what its index says. {remedy}")
    except FileNotFoundError as error:
        raise Damaged(f"{file} is missing. {remedy}") from error
    except OSError as error:
        raise Damaged(f"{file} cannot be read: {error.strerror or error}. {remedy}") from error
    return state
