"""One digest of all files of a folder: what runs of before there were seals keep of what they produced."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from mer.core.files import digest, file_digest


def files_digest(folder: Path, files: Iterable[Path]) -> str:
    """Digest of the relative names and the bytes of some files of a folder, in order of their names."""
    return digest_of(digests_in(folder, sorted(files)))


def digests_in(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 (hex) of files of a folder, by their relative names."""
    return {file.relative_to(folder).as_posix(): file_digest(file) for file in files}


def digest_of(digests: Mapping[str, str]) -> str:
    """One digest of names and digests, in their order."""
    return digest(*(part for pair in digests.items() for part in pair))


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
    for added in (set[str](), newer, *({name} for name in digests)):
        own = {name: sha256 for name, sha256 in digests.items() if name not in added}
        if digest_of(own) == known:
            return own, sorted(added)
    return {}, sorted(newer)
