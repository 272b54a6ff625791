"""One digest of all files of a folder: what runs of before there were seals keep of what they produced."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mer.core.files import digest, file_digest
from mer.core.found_right import file_state

_MOST_TRIED = 500
#: Runs that this process compared, by folder: states of their files, these with their digests, and what is wrong.
_compared: dict[Path, tuple[tuple[Any, ...], dict[str, str], str]] = {}


def files_digest(folder: Path, files: Iterable[Path]) -> str:
    """Digest of the relative names and the bytes of some files of a folder, in order of their names."""
    return digest_of(digests_in(folder, sorted(files)))


def digests_in(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 (hex) of files of a folder, by their relative names."""
    return {file.relative_to(folder).as_posix(): file_digest(file) for file in files}


def digest_of(digests: Mapping[str, str]) -> str:
    """One digest of names and digests, in their order."""
    return digest(*(part for pair in digests.items() for part in pair))


def compared(folder: Path, result: Path, files: Sequence[Path], known: str) -> tuple[dict[str, str], str]:
    """Compare a run with the one digest that it keeps; while no file is touched, once a process.

    Args:
        folder: of the run.
        result: the file written last by the run.
        files: what there is now of what a run produces, in order.
        known: digest of what the run produced.

    Returns:
        The run's own files with their digests (SHA-256, hex), and what is wrong; files that were added are said once.
    """
    states = known, *((file, file_state(file)) for file in (result, *files))
    if folder in _compared and _compared[folder][0] == states:
        return _compared[folder][1:]
    own, added = told_apart(folder, digests_in(folder, files), result, known)
    what = ""
    if digest_of(own) != known:
        newer = f" (put there or changed after it: {', '.join(added[:5])})" if added else ""
        what = f"its files are not those that its {result.name} is of{newer}"
    elif added:
        print(f"{folder}: added after the run had finished, no results of it: {', '.join(added)}", file=sys.stderr)
    _compared[folder] = states, own, what
    return own, what


def told_apart(folder: Path, digests: Mapping[str, str], result: Path, known: str) -> tuple[dict[str, str], list[str]]:
    """The files that a digest was made of, and those that were added since: newer ones, or any single one.

    That the digest comes out without them proves it.

    Args:
        folder: of the run.
        digests: of its files now, by their names, in order.
        result: the file written last by the run; what was put there since is usually newer.
        known: digest of what the run produced.

    Returns:
        The run's own files with their digests, none where no such choice of them has the digest, and the added ones, in
        that case the newer ones.
    """
    finished = os.stat(result).st_mtime_ns
    newer = {name for name in digests if os.stat(folder / name).st_mtime_ns > finished}
    single = digests if len(digests) <= _MOST_TRIED else ()  # each costs a digest of all
    for added in (set[str](), newer, *({name} for name in single)):
        own = {name: sha256 for name, sha256 in digests.items() if name not in added}
        if digest_of(own) == known:
            return own, sorted(added)
    return {}, sorted(newer)
