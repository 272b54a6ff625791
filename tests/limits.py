"""Places with limits for tests: a disk that gets full, a folder that may only be read.

Each is a mount of its own that only the commands run inside it see, in a process that ends with the context. It needs a
Linux that lets this user make one (root, or user namespaces); elsewhere the test is skipped with the reason. Rights of
files would not do: root may write everywhere.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Place:
    """A folder as the commands that are run in it see it.

    Attributes:
        folder: its path, for the commands.
        outside: path by which this process sees the same files.
    """

    folder: Path
    outside: Path
    _enter: tuple[str, ...]

    def inside(self, folder: Path) -> list[str]:
        """What goes before a command so that it sees the limit and works in ``folder``."""
        return [*self._enter, f"--wd={folder}", "--"]

    def run(
        self, command: Sequence[str | Path], env: Mapping[str, str] | None = None, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that sees the limit; its working folder is the project's, ``env`` is added to this one's."""
        return subprocess.run(
            [*self.inside(PROJECT), *map(str, command)],
            env=os.environ | {"OMP_NUM_THREADS": "1", "MER_PROGRESS": "0"} | dict(env or {}),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def python(self, code: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a piece of Python with the project importable."""
        return self.run([sys.executable, "-c", code], env)

    def free(self) -> int:
        """Bytes that can still be written."""
        about = os.statvfs(self.outside)
        return about.f_bavail * about.f_frsize

    def fill(self, leave: int = 0) -> Path:
        """Take the room up but for ``leave`` bytes, rounded up to pages; returns the file that does, to be deleted."""
        target = self.outside / ".taken"
        page = os.statvfs(self.outside).f_frsize
        size = max(0, self.free() - -(-leave // page) * page)
        with open(target, "wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, size) if size else None
        return target


@contextmanager
def full_disk(folder: Path, size: int) -> Iterator[Place]:
    """``folder`` is an empty disk of ``size`` bytes: whoever writes more gets "No space left on device".

    Args:
        folder: exists; what lies there is hidden.
        size: bytes, rounded up to pages.
    """
    with _mounted(folder, f"mount -t tmpfs -o size={size} tmpfs '{folder}'") as place:
        yield place


@contextmanager
def read_only(folder: Path) -> Iterator[Place]:
    """``folder``, with what lies there, may only be read."""
    with _mounted(folder, f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'") as place:
        yield place


@contextmanager
def _mounted(folder: Path, mount: str) -> Iterator[Place]:
    for tool in ("unshare", "nsenter", "mount"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool} (util-linux)")
    root = os.geteuid() == 0
    folder = folder.resolve()
    # It lives as long as its input is open, which is as long as this process lives.
    held = subprocess.Popen(
        ["unshare", "-m" if root else "-rm", "sh", "-c", f"{mount} && echo ready && exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert held.stdout is not None and held.stderr is not None
        if held.stdout.readline().strip() != "ready":
            pytest.skip(f"this system lets nobody mount here: {held.stderr.read().strip()}")
        own = () if root else ("-U", "--preserve-credentials")
        enter = ("nsenter", "-t", str(held.pid), "-m", *own)
        yield Place(folder, Path(f"/proc/{held.pid}/root") / folder.relative_to("/"), enter)
    finally:
        held.communicate()
