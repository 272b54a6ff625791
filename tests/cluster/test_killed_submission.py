"""A process that is killed while it submits: started again it neither loses its jobs nor submits them twice."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.cluster.slurm import wait_for
from tests.cluster.test_parts import ONCE, kernel
from tests.cluster.test_study import PARTS, SLURM, ended, ledger, result, submissions, write_study

#: Kills the process that submits, once: when SLURM has taken the jobs, or before they are even on their way.
TAKEN = 'said=$({sbatch} "$@")\n[ -e {once} ] || {{ touch {once}; kill -9 $PPID; exit; }}\necho "$said"\n'
ON_ITS_WAY = (
    "if [ ! -e {once} ]; then\n  touch {once}\n  kill -9 $PPID\n  while [ ! -e {late} ]; do sleep 0.1; done\n"
    '  {sbatch} "$@" >{arrived}\n  exit\nfi\nexec {sbatch} "$@"\n'
)


@pytest.fixture
def killing(slurm, tmp_path, monkeypatch):
    """Puts an ``sbatch`` before SLURM's own on PATH; returns the folder."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def put(script: str) -> Path:
        names = {name: folder / name for name in ("once", "late", "arrived")}
        (folder / "sbatch").write_text("#!/bin/sh\n" + script.format(sbatch="/usr/bin/sbatch", **names))
        (folder / "sbatch").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return folder

    return put


def test_parts_that_were_taken_are_adopted(parts, slurm, killing):
    killing(TAKEN)
    first = kernel(parts, "go")
    assert first.wait(120) == -signal.SIGKILL
    assert all("#" in job for job in json.loads((parts.logs / "parts.json").read_text()).values())
    (array,) = {job["id"].partition("_")[0] for job in slurm.jobs()}
    second = kernel(parts, "go")
    assert second.stderr.readline() == "Waiting for 4 jobs of an earlier start.\n"
    assert set(json.loads((parts.logs / "parts.json").read_text()).values()) == {f"{array}_{k}" for k in range(4)}
    (parts.folder / "go").touch()
    out, err = second.communicate(timeout=300)
    assert out.strip() == "[0, 10, 20, 30]", err + slurm.told()
    assert {job for _, _, job, _ in parts.ledger.lines("begin")} == {array}, "nothing was submitted again"
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == ONCE


@pytest.mark.slow
def test_parts_that_arrive_when_another_process_has_submitted_them_compute_nothing(parts, slurm, killing):
    folder = killing(ON_ITS_WAY)
    assert kernel(parts, "go").wait(120) == -signal.SIGKILL
    second = kernel(parts, "go")
    wait_for(lambda: len(parts.ledger.lines("begin")) == 4, slurm.told)
    (own,) = {job["id"].partition("_")[0] for job in slurm.jobs()}
    (folder / "late").touch()
    wait_for(lambda: (folder / "arrived").exists() and (folder / "arrived").read_text())
    (late,) = {job["id"].partition("_")[0] for job in slurm.jobs()} - {own}
    wait_for(lambda: len([job for job in slurm.jobs("RUNNING") if job["id"].startswith(late)]) == 4, slurm.told)
    wait_for(lambda: "Waited for" in "".join(log.read_text() for log in parts.logs.glob(f"{late}_*.err")), slurm.told)
    (parts.folder / "go").touch()
    out, err = second.communicate(timeout=300)
    assert out.strip() == "[0, 10, 20, 30]", err + slurm.told()
    assert {job for _, _, job, _ in parts.ledger.lines("begin")} == {own}
    assert parts.ledger.counts("begin") == parts.ledger.counts("end") == ONCE


@pytest.mark.slow
def test_a_notebook_that_was_taken_is_adopted_by_the_same_command(project, slurm, killing):
    path = f"{killing(TAKEN)}:/usr/bin:/bin"
    write_study(project, wait="go")
    first = project.start("study", "s", *SLURM, extra={"PATH": path})
    ended(first)
    assert first.returncode == -signal.SIGKILL and "#" in submissions(project)["use"]
    (job,) = (job["id"] for job in slurm.jobs())
    second = project.start("study", "s", *SLURM)
    while f"use: job {job} is under way" not in (line := second.stderr.readline()):
        assert line, "it ended before"
    (project.folder / "work" / "go").parent.mkdir(exist_ok=True)
    (project.folder / "work" / "go").touch()
    done = ended(second)
    assert done.returncode == 0, done.stderr + slurm.told()
    assert submissions(project)["use"] == job and result(project, "s", "use")["summary"]["parts"] == PARTS
    assert ledger(project).counts("begin") == ledger(project).counts("end") == Counter(range(4))
