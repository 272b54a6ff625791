"""Calls side by side on this machine."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from joblib import parallel_config

from mer.core.places import place
from mer.core.spread import side_by_side, spread
from mer.core.work_lock import alone_in, working_folders, working_in
from tests.at_once import in_time, next_line

WORKERS = 3


@pytest.fixture(autouse=True)
def local(monkeypatch):
    monkeypatch.delenv("MER_EXECUTOR", raising=False)


def square(number: int) -> int:
    return number**2


def where(folder: Path, number: int) -> tuple[int, int]:
    """Place and process of a call, which ends only when as many have begun as fit side by side."""
    (folder / str(number)).touch()
    end = time.monotonic() + 120
    while len(list(folder.iterdir())) < WORKERS and time.monotonic() < end:
        time.sleep(0.02)
    return place(), os.getpid()


def test_all_results_come_whatever_the_order():
    assert sorted(spread([partial(square, k) for k in range(5)], 2)) == [0, 1, 4, 9, 16]
    assert list(spread([partial(square, k) for k in range(5)], 1)) == [0, 1, 4, 9, 16]
    assert list(spread([], 4)) == []


def test_one_worker_computes_in_this_process(tmp_path):
    assert list(spread([os.getpid], 4)) == list(spread([os.getpid, os.getpid], 1))[:1] == [os.getpid()]


def test_processes_side_by_side_have_places_of_their_own(tmp_path):
    found = set(spread([partial(where, tmp_path, k) for k in range(WORKERS)], WORKERS))
    assert {number for number, _ in found} == {0, 1, 2}
    assert len({process for _, process in found}) == WORKERS and os.getpid() not in {process for _, process in found}


def test_an_unknown_executor_is_refused(monkeypatch):
    from mer.core.errors import InputError

    monkeypatch.setenv("MER_EXECUTOR", "slrum")
    with pytest.raises(InputError, match=r"\$MER_EXECUTOR 'slrum' is unknown. Did you mean 'slurm'"):
        list(spread([partial(square, 1)], 1))


def test_on_a_cluster_jobs_side_by_side_compute_as_many_calls_each(monkeypatch):
    assert side_by_side(3) == 3
    monkeypatch.setenv("MER_EXECUTOR", "slurm")
    monkeypatch.setenv("MER_SLURM", '{"at_once": 20}')
    assert side_by_side(3) == 60


def test_where_no_process_can_be_started_this_one_computes():
    with parallel_config(backend="threading"):
        assert list(spread([os.getpid] * 3, 2)) == [os.getpid()] * 3


def working(_: int) -> tuple[Path, ...]:
    return working_folders()


def test_workers_work_in_the_folders_of_whoever_started_them(tmp_path):
    with working_in(tmp_path / "run"):
        assert set(spread([partial(working, k) for k in range(2)], 2)) == {(tmp_path / "run",)}
    assert set(spread([partial(working, k) for k in range(2)], 2)) == {()}


#: Starts as many calls as workers, and as many more, that wait for each other; each notes its process and goes on.
ENDLESS = """
import os, sys, time
from functools import partial
from pathlib import Path
from mer.core.spread import spread
from mer.core.work_lock import work_to_the_end

def call(folder, number):
    (folder / f"began-{number}").touch()
    print("began", flush=True)
    end = time.monotonic() + 20
    while not (folder / "go").exists() and time.monotonic() < end: time.sleep(0.02)
    (folder / f"wrote-{number}").touch()

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    work_to_the_end(folder / "run")
    list(spread([partial(call, folder, k) for k in range(4)], 2))
"""


def test_workers_end_with_a_killed_parent_before_its_folder_is_given_to_another(tmp_path):
    with ExitStack() as ends:
        command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
        parent = ends.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        ends.callback(parent.kill)
        assert [next_line(parent, "two workers begin") for _ in range(2)] == ["began"] * 2
        parent.kill()
        parent.wait(120)
        in_time(lambda: ends.enter_context(alone_in(tmp_path / "run")), "the workers of the killed process end")
        (tmp_path / "go").touch()
        left = in_time(parent.stdout.read, "the workers, which hold the pipe too, end")
        assert left == ""
    assert sorted(path.name[:5] for path in tmp_path.glob("*-*")) == ["began"] * 2
