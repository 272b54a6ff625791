"""A study that is killed again and again gives what one that is left alone gives.

Every kill is at a moment, not at a time: `pause/sitecustomize.py` lets the process that comes there stand still. Killed
is either the command alone, as by hand, so that kernel and workers are left to themselves, or all processes at once, as
by a machine that goes down. Then the same command is started again at once.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.endurance.study import Moment, Study

#: How often the study is killed; `make endurance` does so more often.
KILLS = int(os.environ.get("MER_ENDURANCE", "4"))


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


def killed_at(study: Study, moment: Moment, all_at_once: bool) -> None:
    """Start it and kill it at the moment: all its processes, or the command alone."""
    process = study.start(moment=moment)
    study.comes_to(moment, process)
    process.send_signal(signal.SIGKILL)
    while all_at_once and (left := study.processes()):
        for number in left:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
    process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc, to find processes by their mark")
def test_a_study_killed_again_and_again_gives_what_one_left_alone_gives(tmp_path):
    reference, study = Study(tmp_path / "reference"), Study(tmp_path / "killed")
    reference.to_the_end()
    finished: dict[str, tuple[int, int]] = {}
    for number, moment in enumerate(drawn(KILLS, seed=0)):
        killed_at(study, moment, all_at_once=number % 2 == 1)
        finished |= study.finished()
    assert finished
    left = study.project.folder / "tmp" / "mer-places-of-killed-workers"  # if all folds are finished, no pool begins
    left.mkdir()
    (left / "held").touch()
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
