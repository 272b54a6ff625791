"""Jobs that a user ends, on a cluster that is only imagined (a real one: tests/cluster)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mer.core.errors import InputError
from mer.core.files import write_json
from mer.core.locked import locked
from mer.core.slurm.part_jobs import write_part_jobs
from mer.core.slurm.queue import JobState, Queue, Silent
from mer.core.slurm.tickets import ticket
from mer.runs.cancelled_jobs import cancelled_jobs, cancelled_with
from mer.runs.job_logs import logs_folder, read_run_jobs, record_path, write_run_jobs
from tests.runs.conftest import FOREIGN, RUNNING


def test_parts_that_are_submitted_while_their_notebook_is_cancelled_are_ended_too(commands, states, monkeypatch):
    one = commands[0]
    record = logs_folder(one.outputs, "s", "make") / "parts.json"
    states["7_0"] = states["8_0"] = RUNNING
    write_json(record, {"first": "7_0"})

    def end(jobs: Sequence[str]) -> None:
        if "1" in jobs:  # it was just submitting
            write_json(record, {"first": "7_0", "second": "8_0"})
        for job in jobs:
            del states[job]

    monkeypatch.setattr("mer.runs.cancelled_jobs.cancel", end)
    monkeypatch.setattr("mer.runs.cancelled_jobs._STEP", 0)
    assert cancelled_jobs(one.outputs, "s", {"make"}) == ["1", "7_0", "8_0"] and not states


def test_jobs_without_a_number_are_cancelled_too(commands, states, monkeypatch):
    """Of a notebook as of a part: processes were killed between submission and record."""
    one = commands[0]
    known = read_run_jobs(one.outputs, "s")["make"]
    write_run_jobs(one.outputs, "s", {"make": replace(known, job=ticket("mer-s-abc", 0))})
    write_part_jobs(logs_folder(one.outputs, "s", "make"), {"first": ticket("mer-s-make-abc", 0)})
    states["7_0"] = RUNNING
    named = {"mer-s-abc": "1", "mer-s-make-abc": "7_0"}
    monkeypatch.setattr(Queue, "states", lambda self, name="": {named[name]: RUNNING} if name else dict(states))
    monkeypatch.setattr("mer.runs.cancelled_jobs._STEP", 0)
    assert cancelled_jobs(one.outputs, "s", {"make"}) == ["1", "7_0"] and not states


@pytest.mark.parametrize(
    ("answers", "on_record", "words"),
    [
        (0, "1", r"does not answer, so no job was cancelled\. Try again"),
        (1, "#", r"does not answer, so no job was cancelled\. Try again"),
        (2, "1", r"does not answer any more\. Cancelled so far: 1 job \(1\)\. Try again"),
    ],
)
def test_a_controller_that_falls_silent_while_jobs_are_cancelled_is_told(
    commands, states, monkeypatch, answers, on_record, words
):
    def silent(queue: Queue, name: str = "") -> dict[str, JobState] | None:
        asked.append(name)
        assert len(asked) < 20, "for ever"
        return dict(states) if len(asked) <= answers else None

    asked: list[str] = []
    one = commands[0]
    known = read_run_jobs(one.outputs, "s")["make"]
    write_run_jobs(one.outputs, "s", {"make": replace(known, job=ticket("a", 0) if on_record == "#" else on_record)})
    monkeypatch.setattr(Queue, "states", silent)
    monkeypatch.setattr("mer.core.slurm.queue.time.sleep", lambda seconds: None)
    monkeypatch.setattr("mer.runs.cancelled_jobs._STEP", 0)
    monkeypatch.setattr("mer.runs.cancelled_jobs._PATIENCE", 0)
    with pytest.raises(InputError, match=words):
        cancelled_jobs(one.outputs, "s", {"make"})
    with locked(record_path(one.outputs, "s")):
        pass  # it may be changed by others again


def test_a_job_that_cannot_be_ended_is_tried_again_and_told_when_time_is_up(commands, states, monkeypatch):
    def end(jobs: Sequence[str]) -> None:
        tried.append(1)
        if len(tried) < 3:
            raise Silent
        states.clear()

    tried: list[int] = []
    monkeypatch.setattr("mer.runs.cancelled_jobs.cancel", end)
    monkeypatch.setattr("mer.runs.cancelled_jobs._STEP", 0)
    with monkeypatch.context() as at_once:
        at_once.setattr("mer.runs.cancelled_jobs._PATIENCE", 0)
        with pytest.raises(InputError, match="so no job was cancelled"):
            cancelled_jobs(commands[0].outputs, "s", {"make"})
    assert cancelled_jobs(commands[0].outputs, "s", {"make"}) == ["1"] and len(tried) == 3


def test_a_study_that_never_was_on_a_cluster_asks_none(commands, monkeypatch):
    monkeypatch.setattr(Queue, "states", pytest.fail)
    assert cancelled_with(commands[0].outputs, "t") == [] and cancelled_with(commands[0].outputs, "s", "use") == []


def test_jobs_that_were_submitted_from_elsewhere_are_left_alone_and_told(commands, states, monkeypatch):
    one = commands[0]
    write_part_jobs(logs_folder(one.outputs, "s", "make"), {"first": "7_0", "second": "8_0"})
    states |= {"7_0": RUNNING, "8_0": FOREIGN}
    monkeypatch.setattr("mer.runs.cancelled_jobs._STEP", 0)
    with pytest.raises(
        InputError, match=r"1 job \(8_0\), which run but were not.*scancel 8_0\. Cancelled: 2 jobs \(1, "
    ):
        cancelled_jobs(one.outputs, "s", {"make"})
    assert states == {"8_0": FOREIGN}
