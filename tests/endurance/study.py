"""The tiny study, run by the real command in processes that can be found, held at a moment and looked at afterwards."""

import json
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.endurance import tiny
from tests.runs.conftest import Project

ROOT = Path(__file__).parents[2]
MARK = "ENDURANCE_TEST"


@dataclass(frozen=True)
class Moment:
    """Where a process stands still: see `pause/sitecustomize.py`."""

    at: str
    path: str


class Study:
    """The tiny study in a folder of its own, all its processes marked."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder)
        self.mark = str(folder)
        self.project.notebook("01_pretrain", *tiny.PRETRAINING)
        self.project.notebook("02_train", *tiny.TRAINING)
        train = {"run": "train", "notebook": "02_train", "parameters": {"source": "@pretrain"}}
        self.project.study("tiny", [{"run": "pretrain", "notebook": "01_pretrain"}, train])
        (folder / "tmp").mkdir()
        self.outputs = self.project.outputs  # elsewhere where this process sees them by another path

    @property
    def folder(self) -> Path:
        return self.outputs / "tiny"

    def start(self, *words: str, moment: Moment | None = None, jobs: int = 2, **options: Any) -> subprocess.Popen:
        """``mer study tiny`` with further words, to stand still at a moment, with so many workers.

        ``options`` as of `Project.start`.
        """
        for path in (self._told, self._go):
            path.unlink(missing_ok=True)
        asked = moment and {"at": moment.at, "path": moment.path, "told": str(self._told), "go": str(self._go)}
        extra = {
            "PYTHONPATH": f"{Path(__file__).parent / 'pause'}:{ROOT}",
            "TMPDIR": str(self.project.folder / "tmp"),
            MARK: self.mark,
            "TINY_JOBS": str(jobs),
            "PAUSE": json.dumps(asked),
        }
        return self.project.start("study", "tiny", *words, extra=extra, **options)

    def ended(self, *words: str, **options: Any) -> tuple[int, str]:
        """Run it to its end, good or bad; its status and what it says. Arguments as of `start`."""
        process = self.start(*words, **options)
        _, err = process.communicate(timeout=600)
        return process.returncode, err

    def to_the_end(self, *words: str, **options: Any) -> str:
        """Run it to its good end; what it says. Arguments as of `start`."""
        status, err = self.ended(*words, **options)
        assert status == 0, err
        return err

    def go_on(self) -> None:
        """Let those that stand still go on, and none stand still again."""
        self._go.touch()

    def comes_to(self, moment: Moment, process: subprocess.Popen, times: int = 1) -> list[int]:
        """Wait until so many of its processes stand still at the moment; their numbers."""
        end = time.monotonic() + 600
        while len(there := self._there()) < times:
            if process.poll() is not None:
                out, err = process.communicate()
                pytest.fail(f"It came to its end without {moment}:\n{out}\n{err}")
            assert time.monotonic() < end, f"It did not come to {moment}"
            time.sleep(0.02)
        return there

    def _there(self) -> list[int]:
        lines = self._told.read_text().splitlines(keepends=True) if self._told.is_file() else []
        return [int(line.split()[0]) for line in lines if line.endswith("\n")]

    @property
    def _told(self) -> Path:
        return self.project.folder / "told"

    @property
    def _go(self) -> Path:
        return self.project.folder / "go"

    def processes(self) -> list[int]:
        """Numbers of its living processes."""
        mark = f"\0{MARK}={self.mark}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                marked = mark in b"\0" + (path / "environ").read_bytes()
                living = (path / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
            except OSError:
                continue
            if marked and living:
                found.append(int(path.name))
        return found

    def finished(self) -> dict[str, tuple[int, int]]:
        """Inode and time of the index of every finished fold and group."""
        indices = [*self.folder.glob("train/folds/*/fold.json"), *self.folder.glob("pretrain/group-?.json")]
        states = {str(path.relative_to(self.folder)): path.stat() for path in indices}
        return {name: (state.st_ino, state.st_mtime_ns) for name, state in states.items()}

    def results(self) -> dict[str, bytes]:
        """Bytes of what it computed."""
        patterns = (
            "pretrain/group-*",
            "train/folds/*/[!.]*",
            "train/predictions.csv",
            "train/arrays/*",
            "train/figures/*",
        )
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for one in patterns for path in self.folder.glob(one)
        }

    def leavings(self) -> list[str]:
        """What is half written."""
        everything = [*self.project.folder.rglob("*"), *self.outputs.rglob("*")]
        return [str(path) for path in everything if re.search(r"\.part(/|$)", str(path))]
