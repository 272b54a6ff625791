"""Commands that wait for the same jobs of a study, on a cluster that is only imagined (a real one: tests/cluster)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mer.core.executor import SlurmSettings
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm.queue import JobState, Queue
from mer.runs.cancelled_jobs import cancelled_jobs
from mer.runs.cluster import ClusterStudy
from mer.runs.job_logs import read_run_jobs, write_run_jobs
from mer.runs.runner import StudyRunner
from mer.runs.study import load_study
from tests.runs.conftest import Project

RUNNING = JobState("RUNNING", "", "n1")


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> dict[str, JobState]:
    """What the queue says of each job that was submitted."""
    found: dict[str, JobState] = {}
    numbers = count(1)

    def submitted(calls: Sequence[Callable[[], Any]], *rest: Any) -> list[str]:
        names = [str(next(numbers)) for _ in calls]
        found.update(dict.fromkeys(names, RUNNING))
        return names

    monkeypatch.setattr(jobs_module, "submitted", submitted)
    monkeypatch.setattr("mer.runs.cancelled_jobs.cancel", lambda jobs: [found.pop(job) for job in jobs])
    monkeypatch.setattr(Queue, "states", lambda self: dict(found))
    return found


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, states) -> list[ClusterStudy]:
    """Two commands, both waiting for job 1 of the study's only run."""
    monkeypatch.chdir(tmp_path)
    for name in ("MER_OUTPUTS", "MER_CACHE"):
        monkeypatch.delenv(name, raising=False)
    project = Project(tmp_path)
    project.notebook("01_make")
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    both = [ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0)) for _ in range(2)]
    assert [command._begin() for command in both] == [True, True]
    assert jobs_of(both) == [["1"], ["1"]], "the second found the job of the first"
    return both


def jobs_of(commands: Sequence[ClusterStudy]) -> list[list[str]]:
    return [[part.job for part in command.jobs.parts] for command in commands]


def poll(command: ClusterStudy) -> None:
    command.jobs._asked = float("-inf")
    for part, outcome in command.jobs.poll():
        command._end(part, outcome)


def recorded(command: ClusterStudy) -> str:
    return read_run_jobs(command.outputs, "s")["make"].job


def test_a_lost_job_is_submitted_again_by_one_of_the_commands_that_wait_for_it(commands, states):
    one, other = commands
    del states["1"]
    poll(one)
    poll(other)
    assert jobs_of(commands) == [["2"], ["2"]] and set(states) == {"2"} and recorded(one) == "2"
    del states["2"]
    poll(other)
    poll(one)
    assert jobs_of(commands) == [["3"], ["3"]] and recorded(one) == "3"
    del states["3"]
    poll(one)
    assert "was lost 3 times, last in job 3" in one.failed["make"], "adopting another's job counts as a loss too"


def test_a_newer_job_that_computes_something_else_is_waited_for(commands, states):
    one = commands[0]
    known = read_run_jobs(one.outputs, "s")["make"]
    states["9"] = RUNNING
    write_run_jobs(one.outputs, "s", {"make": replace(known, job="9", key="else")})
    del states["1"]
    poll(one)
    one._begin()
    assert not one.jobs.parts and one._foreign == {"make": "9"} and set(states) == {"9"}
    del states["9"]
    one._looked = float("-inf")
    one._begin()
    assert jobs_of([one]) == [["2"]] and recorded(one) == "2"


def test_a_cancelled_job_is_submitted_by_nobody(commands, states):
    assert cancelled_jobs(commands[0].outputs, "s", {"make"}) == ["1"]
    for command in commands:
        poll(command)
        assert command.failed["make"] == "Run 'make' of study 's' was cancelled (job 1)."
    assert not states
