"""A study that is killed again and again gives what one that is left alone gives.

Every kill is at a moment, not at a time: `pause/sitecustomize.py` lets the process that comes there stand still. Killed
is either the command alone, as by hand, so that kernel and workers are left to themselves, or all processes at once, as
by a machine that goes down. Then the same command is started again at once.
"""

import json
import os
import random
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.endurance import tiny
from tests.runs.conftest import Project

#: How often the study is killed; `make endurance` does so more often.
KILLS = int(os.environ.get("MER_ENDURANCE", "4"))
ROOT = Path(__file__).parents[2]
MARK = "ENDURANCE_TEST"


@dataclass(frozen=True)
class Moment:
    """Where a process stands still: see `pause/sitecustomize.py`."""

    at: str
    path: str


DATABASE = Moment("rename", r"/databases/[^/]+$")
CHECKPOINT = Moment("fsync", r"/pretrain/\.group-2\.safetensors\.\w+\.part$")
FOLD = Moment("rename", r"/folds/[^/]+3/arrays\.npz$")
FIGURE = Moment("fsync", r"/figures/\.training\.png\.\w+\.part$")
#: In the order in which a study comes there; those marked come once, for what they name is then finished.
MOMENTS = [
    Moment("fsync", r"/databases/\.[^/]+\.part/\.clips\.csv\.\w+\.part$"),
    DATABASE,
    Moment("rename", r"/stores/[^/]+$"),
    Moment("fsync", r"/pretrain/\.group-[01]\.csv\.\w+\.part$"),
    CHECKPOINT,
    Moment("rename", r"/pretrain/group-2\.json$"),
    once_group := Moment("renamed", r"/pretrain/group-2\.json$"),
    Moment("rename", r"/pretrain/result\.json$"),
    Moment("fsync", r"/folds/[^/]+3/\.weights\.safetensors\.\w+\.part$"),
    FOLD,
    Moment("fsync", r"/folds/[^/]+3/\.fold\.json\.\w+\.part$"),
    once_fold := Moment("renamed", r"/folds/[^/]+3/fold\.json$"),
    Moment("fsync", r"/train/\.predictions\.csv\.\w+\.part$"),
    FIGURE,
    Moment("rename", r"/train/result\.json$"),
]


def drawn(kills: int, seed: int) -> list[Moment]:
    """The moments of the kills, in their order."""
    must = [DATABASE, CHECKPOINT, FOLD, FIGURE][:kills]
    rng = random.Random(seed)
    several = [moment for moment in MOMENTS if moment.at != "renamed"]
    more = [*rng.choices(several, k=max(0, kills - len(must) - 2)), once_group, once_fold]
    return sorted([*must, *more[: kills - len(must)]], key=MOMENTS.index)


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

    @property
    def folder(self) -> Path:
        return self.project.outputs / "tiny"

    def start(self, moment: Moment | None = None) -> subprocess.Popen:
        self.told.unlink(missing_ok=True)
        extra = {
            "PYTHONPATH": f"{Path(__file__).parent / 'pause'}:{ROOT}",
            "TMPDIR": str(self.project.folder / "tmp"),
            MARK: self.mark,
            "PAUSE": json.dumps(moment and {"at": moment.at, "path": moment.path, "told": str(self.told)}),
        }
        return self.project.start("study", "tiny", extra=extra)

    @property
    def told(self) -> Path:
        return self.project.folder / "told"

    def to_the_end(self) -> str:
        """Run it without a kill; what it says."""
        process = self.start()
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, f"{out}\n{err}"
        return err

    def killed_at(self, moment: Moment, all_at_once: bool) -> None:
        """Start it and kill it at the moment: all its processes, or the command alone."""
        process = self.start(moment)
        end = time.monotonic() + 600
        while not self.told.is_file() or not self.told.read_text().endswith("\n"):
            if process.poll() is not None:
                out, err = process.communicate()
                pytest.fail(f"It came to its end without {moment}:\n{out}\n{err}")
            assert time.monotonic() < end, f"It did not come to {moment}"
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        while all_at_once and (left := self.processes()):
            for number in left:
                try:
                    os.kill(number, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        process.communicate()

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
        return [str(path) for path in self.project.folder.rglob("*") if re.search(r"\.part(/|$)", str(path))]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc, to find processes by their mark")
def test_a_study_killed_again_and_again_gives_what_one_left_alone_gives(tmp_path):
    reference, study = Study(tmp_path / "reference"), Study(tmp_path / "killed")
    reference.to_the_end()
    finished: dict[str, tuple[int, int]] = {}
    for number, moment in enumerate(drawn(KILLS, seed=0)):
        study.killed_at(moment, all_at_once=number % 2 == 1)
        finished |= study.finished()
    assert finished
    study.to_the_end()
    now = study.finished()
    assert {name: now[name] for name in finished} == finished, "what was finished was not done again"
    assert len(now) == 6
    wanted, found = reference.results(), study.results()
    assert found.keys() == wanted.keys() and "train/predictions.csv" in found
    assert [name for name in wanted if found[name] != wanted[name]] == []
    assert study.leavings() == []
    assert [path.name for path in (study.project.folder / "tmp").glob("mer-*")] == []
    end = time.monotonic() + 120  # of a pool's helpers, which look now and then whether somebody needs them
    while study.processes() and time.monotonic() < end:
        time.sleep(0.1)
    assert study.processes() == []
