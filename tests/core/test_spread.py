"""Calls side by side on this machine."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from mer.core.places import place
from mer.core.spread import side_by_side, spread

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
