"""A builder of the cache killed at the steps of its work, a real process each time, and the one that comes after it.

Each time a process builds on a cache as it was before and is killed: with SIGKILL just before its first, second, ...
change below the cache (a file opened for writing, a folder made, renamed, removed, locked), or by the system within the
first file that it writes. What lies in the cache then is as it was before, or as it is to be. The next process builds
it.
"""

import importlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.limits import PROJECT

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.chmod", "os.utime", "shutil.rmtree"}
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: Bytes after which a file is cut short, and its writer killed.
_WRITTEN = 60


def kill_at_steps(folder: Path, builder: str, most: int | None = None) -> None:
    """Kill a builder of the cache at its steps, and see that the next one builds what one never killed builds.

    Args:
        folder: empty but for ``before``, if there is one: what lies in the cache at first.
        builder: ``module:function``; the function is given ``folder`` and returns, as text, what a user gets. The
            module is imported once, the function called in two processes a step.
        most: steps, evenly spread over all; None for every one.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", str(folder), builder, str(most or "")],
        cwd=PROJECT,
        env=os.environ | {"MER_CACHE": str(folder / "cache"), "MER_PROGRESS": "0", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class _Sweep:
    def __init__(self, folder: Path, build: Callable[[Path], str]) -> None:
        self.folder, self.build, self.cache = folder, build, folder / "cache"
        self._as_before()
        self.before = _shown(self.cache)
        assert self._process(self._result) == 0
        self.after = _shown(self.cache)
        self.result = self._said()
        assert self.result and self.after != self.before

    def run(self, most: int | None) -> None:
        self._as_before()
        assert self._process(lambda: (self._kill_at(0), self._result(), self._write(str(self._steps)))) == 0
        steps = int(self._said())
        assert steps > 10, f"{steps} steps"
        for step in range(1, steps + 1, -(-steps // (most or steps))):
            self._killed(lambda step=step: self._kill_at(step), signal.SIGKILL)
        self._killed(_kill_within_a_file, signal.SIGXFSZ)

    def _killed(self, arm: Callable[[], None], how: signal.Signals) -> None:
        self._as_before()
        ended = self._process(lambda: (arm(), self._result()))
        assert ended == -how, f"ended with {ended}"
        for name, content in _shown(self.cache).items():
            assert content in (self.before.get(name), self.after.get(name)), f"{name} is half written"
        assert self._process(self._result) == 0
        assert self._said() == self.result
        assert _shown(self.cache) == self.after
        left = [path for path in self.cache.rglob("*") if path.name.endswith(".part")]
        assert not left, f"left behind: {left}"

    def _as_before(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)
        if (self.folder / "before").is_dir():
            shutil.copytree(self.folder / "before", self.cache)
        self.cache.mkdir(exist_ok=True)

    def _result(self) -> None:
        (self.folder / "result").unlink(missing_ok=True)
        self._write(self.build(self.folder))

    def _write(self, text: str) -> None:
        (self.folder / "result").write_text(text)

    def _said(self) -> str:
        return (self.folder / "result").read_text()

    def _kill_at(self, step: int) -> None:
        self._steps, below = 0, str(self.cache)

        def look(event: str, given: tuple[object, ...]) -> None:
            if event == "open":
                counts = isinstance(given[2], int) and bool(given[2] & _FOR_WRITING)
            else:
                counts = event in _CHANGES
            if event == "fcntl.flock" or (counts and str(given[0]).startswith(below)):
                self._steps += 1
                if self._steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)

    @staticmethod
    def _process(do: Callable[[], object]) -> int:
        """Exit status of a process of its own; minus the signal that killed it."""
        number = os.fork()
        if number == 0:
            status = 1
            try:
                do()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _kill_within_a_file() -> None:
    """The system kills this process when it writes more than some bytes into a file; those are written."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_WRITTEN, _WRITTEN))


def _shown(cache: Path) -> dict[str, dict[str, bytes]]:
    """Contents of every folder of the cache, hidden ones apart, by its name."""
    found: dict[str, dict[str, bytes]] = {}
    for file in sorted(cache.rglob("*")):
        parts = file.relative_to(cache).parts
        if file.is_file() and not any(part.startswith(".") for part in parts):
            found.setdefault("/".join(parts[:2]), {})["/".join(parts[2:])] = file.read_bytes()
    return found


def _main(folder: str, builder: str, most: str) -> None:
    module, name = builder.split(":")
    _Sweep(Path(folder), getattr(importlib.import_module(module), name)).run(int(most) if most else None)


if __name__ == "__main__":
    _main(*sys.argv[1:])
