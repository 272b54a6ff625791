"""Folders that are either whole or absent: filled under a temporary name, then renamed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ABANDONED_AFTER = 24 * 3600  # seconds without a change after which a half-filled folder is removed


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A new folder that takes the name ``path`` only when the block ends without an error.

    Two that are made at the same time do not disturb each other: the first to end gives its folder the name, the
    other's is dropped. What a killed process left behind is removed by a later call, not before a day has passed.

    Yields:
        The folder to fill; it lies beside ``path``.

    Raises:
        OSError: nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        yield work
        work.chmod(0o755)  # mkdtemp gives 0700; results are meant to be read by others
        try:
            os.rename(work, path)
        except OSError:
            if not path.is_dir():  # else another process was faster; its folder has the same content
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _remove_abandoned(path: Path) -> None:
    for part in path.parent.glob(f".{path.name}.*.part"):
        try:
            newest = max(entry.stat().st_mtime for entry in [part, *part.glob("*")])
        except FileNotFoundError:  # just being renamed
            continue
        if time.time() - newest > _ABANDONED_AFTER:
            shutil.rmtree(part, ignore_errors=True)
