"""Commands that wait for the same jobs of a study, on a cluster that is only imagined (a real one: tests/cluster)."""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm.check import NoCluster
from mer.core.slurm.jobs import Part
from mer.core.slurm.logs import log_file
from mer.core.slurm.outcome import outcome_text
from mer.core.slurm.queue import Queue, Silent
from mer.core.slurm.tickets import is_ticket, ticket
from mer.runs.cancelled_jobs import cancelled_jobs
from mer.runs.cluster import ClusterStudy
from mer.runs.job_logs import RunJob, read_run_jobs, record_path, write_run_jobs
from mer.runs.runner import StudyRunner
from mer.runs.study import load_study
from tests.runs.conftest import RUNNING


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


def test_a_job_that_was_cancelled_and_is_still_ending_is_waited_for(commands, states, monkeypatch):
    told: list[str] = []
    one = commands[0]
    write_run_jobs(one.outputs, "s", {"make": replace(read_run_jobs(one.outputs, "s")["make"], cancelled=True)})
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0))
    monkeypatch.setattr(again.console, "line", told.append)
    again._begin()
    assert told == ["[1/1] make: waiting for the end of job 1, which was cancelled"] and not again.jobs.parts


def test_a_lost_job_is_submitted_again_where_another_command_could_not(commands, states):
    one = commands[0]
    write_run_jobs(one.outputs, "s", {"make": replace(read_run_jobs(one.outputs, "s")["make"], job="")})
    del states["1"]
    poll(one)
    assert jobs_of([one]) == [["2"]] and recorded(one) == "2"


def test_the_last_job_stays_on_record_where_the_next_is_refused(commands, states, monkeypatch):
    def refuse(*given: Any) -> list[str]:
        assert is_ticket(recorded(commands[0])), "first on record"
        raise InputError("SLURM refused the jobs.")

    def refused(start: Callable[[], Any]) -> RunJob:
        with pytest.raises(InputError, match="refused"):
            start()
        return read_run_jobs(commands[0].outputs, "s")["make"]

    def silent(*given: Any) -> None:
        raise Silent

    one, other = commands
    known = read_run_jobs(one.outputs, "s")["make"]
    del states["1"]
    monkeypatch.setattr(jobs_module, "submitted", refuse)
    monkeypatch.setattr(jobs_module, "revoke", lambda folder, name: None)
    assert refused(lambda: poll(one)) == known and not one.jobs.parts, "submitted again"
    write_run_jobs(one.outputs, "s", {"make": replace(known, cancelled=True)})
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0))
    assert refused(again._begin) == replace(known, cancelled=True), "the same command started again"
    record_path(one.outputs, "s").unlink()
    assert refused(again._begin).job == "", "the first of all"
    write_run_jobs(one.outputs, "s", {"make": known})
    monkeypatch.setattr(jobs_module, "revoke", silent)
    assert is_ticket(refused(lambda: poll(other)).job), "they may have been taken, and can still be found"


def result_of(command: ClusterStudy, outcome: Any) -> Path:
    """What job 2 comes to; the log of job 1, which it was in before."""
    log = log_file(command.jobs.folder, "1")
    log.touch()
    (command.jobs.folder / "2_0_result.pkl").write_bytes(pickle.dumps(("success", outcome_text(outcome))))
    poll(command)
    return log


def test_the_log_of_an_earlier_start_is_deleted_when_the_run_has_a_result(commands, states):
    del states["1"]
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0))
    assert again._begin() and jobs_of([again]) == [["2"]]
    log = result_of(again, {"executed": True, "seconds": 1.0})
    assert again.done["make"].outcome == "finished" and not log.exists()


def test_the_log_of_a_lost_job_stays_where_the_notebook_fails_in_the_next(commands, states, monkeypatch):
    one = commands[0]
    del states["1"]
    poll(one)
    (part,) = one.jobs.parts
    for name in part.call.environment:
        monkeypatch.setenv(name, "")  # so that what the call sets is undone
    log = result_of(one, part.call())
    assert "ended before its last cell" in one.failed["make"] and log.exists()


def test_an_interrupted_command_names_the_jobs_that_go_on(commands, monkeypatch):
    def interrupted() -> bool:
        raise KeyboardInterrupt

    told: list[str] = []
    one, other = commands
    other.jobs.parts[0].job = ticket("mer-s-abc", 0)
    for command in commands:
        monkeypatch.setattr(command, "_begin", interrupted)
        monkeypatch.setattr(command.console, "line", told.append)
    monkeypatch.setattr("mer.runs.cluster.check_cluster", lambda *given: None)
    one.jobs.adopt(Part(int, "use"), ticket("mer-s-abc", 1), RUNNING)
    with pytest.raises(KeyboardInterrupt):
        one.run()
    assert "Jobs 1 go on on the cluster." in told[-1]
    with pytest.raises(KeyboardInterrupt):
        other.run()
    assert not any("#" in line for line in told) and sum("go on" in line for line in told) == 1


def test_a_job_whose_number_nobody_lived_to_write_down_is_adopted(commands, states, monkeypatch):
    one = commands[0]
    known = read_run_jobs(one.outputs, "s")["make"]
    write_run_jobs(one.outputs, "s", {"make": replace(known, job=ticket("mer-s-abc", 0))})
    named = {"mer-s-abc": {"1": RUNNING}}
    monkeypatch.setattr(Queue, "states", lambda self, name="": named[name] if name else dict(states))
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0))
    assert again._begin() and jobs_of([again]) == [["1"]] and set(states) == {"1"}
    assert recorded(again) == "1", "on record by now"


def test_where_none_was_taken_it_is_submitted(commands, states, monkeypatch):
    one = commands[0]
    known = read_run_jobs(one.outputs, "s")["make"]
    write_run_jobs(one.outputs, "s", {"make": replace(known, job=ticket("mer-s-abc", 0))})
    revoked: list[str] = []
    monkeypatch.setattr("mer.core.slurm.tickets.revoke", lambda folder, name: revoked.append(name))
    monkeypatch.setattr(Queue, "states", lambda self, name="": {} if name else dict(states))
    again = ClusterStudy(StudyRunner(load_study("s")), SlurmSettings(patience=0))
    assert again._begin() and jobs_of([again]) == [["2"]] and recorded(again) == "2"
    assert revoked == ["mer-s-abc"]


def test_a_plan_is_told_though_no_cluster_answers_and_refused_where_it_says_no(commands, monkeypatch):
    def refuse(settings: SlurmSettings, patience: float) -> None:
        raise error

    told: list[str] = []
    monkeypatch.setattr(commands[0].console, "line", told.append)
    monkeypatch.setattr("mer.runs.cluster.check_cluster", refuse)
    error: InputError = NoCluster("Nobody answers.")
    (done,) = commands[0].plan()
    assert told[0] == "The cluster was not asked. Nobody answers." and "a SLURM job, default partition" in done.outcome
    error = InputError("No such partition.")
    with pytest.raises(InputError, match="No such partition"):
        commands[0].plan()
