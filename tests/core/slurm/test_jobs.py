"""Calls as jobs, on a cluster that is only imagined (a real one: tests/cluster)."""

import pickle
import time
from pathlib import Path
from typing import Any

import pytest

from mer.core.executor import SlurmSettings
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm.jobs import Jobs, Part
from mer.core.slurm.outcome import Failed, Raised, outcome_text
from mer.core.slurm.queue import JobState, Silent
from mer.core.slurm.tickets import ticket


def test_jobs_are_revoked_too_when_a_silent_controller_is_no_longer_waited_for(cluster, tmp_path, monkeypatch):
    """Ctrl-C comes where it is waited for, not where jobs are submitted."""

    def silent(*given: Any) -> list[str]:
        raise Silent

    def interrupted(folder: Path, name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs_module, "submitted", silent)
    monkeypatch.setattr(jobs_module, "revoke_in_time", interrupted)
    part, noted = Part(int, "part 1 of 1", earlier=["1_0"]), []
    jobs = Jobs(SlurmSettings(), tmp_path, "test", note=lambda parts: noted.append([one.job for one in parts]))
    with pytest.raises(KeyboardInterrupt):
        jobs.submit([part])
    assert not jobs.parts and len(cluster.revoked) == 1
    assert noted == [[ticket(cluster.revoked[0], 0)], [""]], "noted as it was before"


@pytest.mark.parametrize("outcome", [Failed("A cell raised."), Raised("OSError", "", "")])
def test_logs_of_lost_jobs_stay_where_there_is_no_result(cluster, tmp_path, outcome):
    jobs = Jobs(SlurmSettings(), tmp_path, "test")
    (tmp_path / "1_0_0_log.err").touch()
    jobs.adopt(part := Part(int, "part 1 of 1", earlier=["1_0"]), "2_0", JobState("RUNNING"))
    (tmp_path / "2_0_0_result.pkl").write_bytes(pickle.dumps(("success", outcome_text(outcome))))
    assert jobs.poll() == [(part, outcome)] and (tmp_path / "1_0_0_log.err").exists()


def test_logs_of_lost_jobs_are_deleted_when_the_result_is_there(cluster, tmp_path):
    part = Part(int, "part 1 of 1", earlier=["1_0"])
    jobs = Jobs(SlurmSettings(), tmp_path, "test")
    names = ("1_0_0_log.err", "1_0_0_log.out", "1_00_0_log.err", "2_0_0_log.err")
    for name in names:
        (tmp_path / name).touch()
    jobs.adopt(part, "2_0", JobState("RUNNING"))
    jobs._asked = time.monotonic()
    assert jobs.poll() == [] and (tmp_path / names[0]).exists()
    (tmp_path / "2_0_0_result.pkl").write_bytes(pickle.dumps(("success", outcome_text(30))))
    assert jobs.poll() == [(part, 30)]
    assert {path.name for path in tmp_path.glob("*_log.*")} == set(names[2:])


def test_all_jobs_are_cancelled_those_too_of_which_no_number_is_known(cluster, tmp_path):
    jobs = Jobs(SlurmSettings(), tmp_path, "test")
    jobs.adopt(Part(int, "part 1 of 2"), "1_0", JobState("RUNNING"))
    jobs.adopt(Part(float, "part 2 of 2"), ticket("mer-a", 0), JobState("PENDING"))
    jobs.cancel()
    assert cluster.cancelled == ["1_0"] and cluster.revoked == ["mer-a"]
