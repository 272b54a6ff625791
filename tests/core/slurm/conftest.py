"""Programs that stand for those of SLURM, and a cluster that is only imagined."""

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm import parts as parts_module
from mer.core.slurm.outcome import outcome_text
from mer.core.slurm.queue import JobState, Queue


class Cluster:
    """Takes jobs, and runs them when it is told to."""

    def __init__(self) -> None:
        self.calls: dict[str, Callable[[], Any]] = {}
        self.cancelled: list[str] = []
        self.revoked: list[str] = []  # names of arrays
        self.refused_from = 99  # array
        self.held: list[str] = []
        self.runs, self.state = True, "RUNNING"
        self.arrays = 0
        self.named: dict[str, dict[str, JobState]] = {}  # what the queue says of the jobs of a name

    def submitted(
        self, calls: Sequence[Callable[[], Any]], settings: SlurmSettings, folder: Path, *rest: Any
    ) -> list[str]:
        self.arrays += 1
        if self.arrays >= self.refused_from:
            raise InputError("SLURM refused the jobs: no more.")
        names = [f"{self.arrays}_{k}" for k in range(len(calls))]
        self.calls |= dict(zip(names, calls, strict=True))
        if self.runs:
            self.finish(folder, names)
        return names

    def finish(self, folder: Path, names: Sequence[str]) -> None:
        for name in names:
            outcome = outcome_text(self.calls[name]())
            (folder / f"{name}_0_result.pkl").write_bytes(pickle.dumps(("success", outcome)))

    def states(self) -> dict[str, JobState]:
        held = {name: "JobHeldUser" if name in self.held else "" for name in self.calls}
        return {name: JobState(self.state, held[name]) for name in self.calls if name not in self.cancelled}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cluster:
    made = Cluster()
    monkeypatch.setattr(jobs_module, "submitted", made.submitted)
    monkeypatch.setattr(jobs_module, "hold", lambda name, held=True: made.held.append(name))
    monkeypatch.setattr(jobs_module, "cancel", lambda names: made.cancelled.extend(names))
    monkeypatch.setattr(parts_module, "cancel", lambda names: made.cancelled.extend(names))
    monkeypatch.setattr(Queue, "states", lambda self, name="": made.named.get(name) or made.states())
    monkeypatch.setattr(JobState, "is_from", lambda state, folder: True)
    monkeypatch.setattr(jobs_module, "revoke", lambda folder, name: made.revoked.append(name))
    monkeypatch.setattr(parts_module, "check_cluster", lambda settings, say: None)
    monkeypatch.setattr(jobs_module, "most_in_an_array", lambda: 2)
    monkeypatch.setattr(parts_module, "_STEP", 0.01)
    monkeypatch.setenv("MER_SLURM_LOGS", str(tmp_path / "study" / ".logs" / "run"))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    return made


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a program that prints a text, or fails with one."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(name: str, text: str, fails: bool = False) -> None:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\ncat {'>&2' if fails else ''} <<'END'\n{text}\nEND\nexit {int(fails)}\n")
        path.chmod(0o755)

    for name in ("sbatch", "srun", "scancel", "scontrol", "squeue"):
        write(name, "")
    return write
