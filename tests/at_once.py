"""Two real processes that do the same thing at the same time, or one that is killed in the middle of it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import pytest

from tests.limits import PROJECT

Found = TypeVar("Found")

_START = """
import os, sys, time
from pathlib import Path

FOLDER = Path(sys.argv[1])

def note(what):
    '''One piece of work, counted over all processes.'''
    with open(FOLDER / "work.txt", "a") as stream:
        stream.write(f"{os.getpid()} {what}\\n")

def wait_for(name):
    '''Until a file is there; the test makes it, so that nothing depends on how fast a machine is.'''
    end = time.monotonic() + 120
    while not (FOLDER / name).exists():
        if time.monotonic() > end:
            raise TimeoutError(name)
        time.sleep(0.005)

def meet():
    '''Until all processes are here.'''
    (FOLDER / f"ready-{os.getpid()}").touch()
    wait_for("go")
"""


class Processes:
    """Processes that run one piece of Python, which calls ``meet()`` where they are to begin together.

    The code also has ``note(what)``, ``wait_for(name)`` and ``FOLDER``; with ``talk`` it is told lines (`tell`).
    """

    def __init__(self, folder: Path, code: str, count: int = 2, talk: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        command = [sys.executable, "-c", _START + code, str(folder)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr") if talk else ("stdout", "stderr"), subprocess.PIPE)
        self.all = [subprocess.Popen(command, cwd=PROJECT, text=True, **pipes) for _ in range(count)]

    def start(self) -> None:
        """Let them go once all are ready."""
        self.wait(lambda: len(list(self.folder.glob("ready-*"))) == len(self.all))
        self.go("go")

    def go(self, name: str) -> None:
        """Let go on who waits for ``name``."""
        (self.folder / name).touch()

    def tell(self, line: str) -> str:
        """Give the first a line on its standard input, and wait for the line that it answers."""
        stream = self.all[0].stdin
        assert stream is not None
        print(line, file=stream, flush=True)
        answer = next_line(self.all[0], f"the answer to {line!r}")
        assert answer, "it ended: " + self.all[0].communicate()[1]
        return answer

    def wait(self, there: Callable[[], bool]) -> None:
        """Until something is so; a process that ends with an error ends the test."""
        deadline = time.monotonic() + 120
        while not there():
            failed = [one for one in self.all if one.poll() not in (None, 0)]
            assert not failed, failed[0].communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def work(self) -> list[str]:
        """What was noted so far."""
        file = self.folder / "work.txt"
        return [line.split(" ", 1)[1] for line in file.read_text().splitlines()] if file.exists() else []

    def results(self) -> list[str]:
        """What each printed, once all have ended well; and what they said on stderr is in ``said``."""
        both = [one.communicate(timeout=120) for one in self.all]
        assert all(one.returncode == 0 for one in self.all), "\n".join(error for _, error in both)
        self.said = [error for _, error in both]
        return [out.strip() for out, _ in both]

    def __enter__(self) -> "Processes":
        """The processes, started."""
        return self

    def __exit__(self, *_: object) -> None:
        """None outlives the test."""
        for one in self.all:
            if one.poll() is None:
                one.kill()
                one.communicate()


def in_time(wait: Callable[[], Found], what: str, seconds: float = 120) -> Found:
    """What ``wait`` returns; a test whose wait has no end fails with what it waited for instead of standing still.

    It waits in a thread of its own, which nobody can end: that of a failed test goes with this process.
    """
    found: list[Found] = []
    errors: list[BaseException] = []

    def waits() -> None:
        try:
            found.append(wait())
        except BaseException as error:  # raised in the test's own thread
            errors.append(error)

    thread = threading.Thread(target=waits, name=what, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not found:
        pytest.fail(f"waited {seconds:g} s in vain: {what}")
    return found[0]


def next_line(process: subprocess.Popen[str], what: str, stream: IO[str] | None = None) -> str:
    """The next line that a process prints, or of ``stream``; without its end, empty where it prints no more."""
    stream = stream or process.stdout
    assert stream is not None
    return in_time(stream.readline, f"{what} (a line of process {process.pid})").rstrip("\n")
