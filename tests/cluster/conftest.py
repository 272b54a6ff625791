"""A SLURM of one's own for each process of the tests; they skip, with the reason, where it is not installed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mer.core.slurm import jobs
from tests.cluster import toy
from tests.cluster.slurm import Slurm, missing, wait_for
from tests.runs.conftest import Project


@pytest.fixture(scope="session")
def cluster() -> Iterator[Slurm]:
    if reason := missing():
        if os.environ.get("MER_CLUSTER_TESTS") == "required":
            pytest.fail(f"{reason} Tests of the cluster must run here.")
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="mer-slurm-"))  # short: it holds a socket
    slurm = Slurm(folder)
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def slurm(cluster: Slurm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slurm]:
    """The cluster, idle, as this process's own."""
    for name, value in cluster.environment.items():
        monkeypatch.setenv(name, value)
    for name in (
        "MER_OUTPUTS",
        "MER_CACHE",
        "MER_EXECUTOR",
        "MER_SLURM",
        "MER_SLURM_CONFIG",
        "MER_SLURM_LOGS",
        "SLURM_JOB_ID",
    ):
        monkeypatch.delenv(name, raising=False)
    yield cluster
    cluster.run("scancel", f"--user={os.getuid()}", check=False)
    cluster.resume()
    wait_for(lambda: not cluster.jobs("PENDING,RUNNING,COMPLETING"), cluster.told)


class Parts:
    """Toy parts of a run, spread by a process that stands for a notebook's kernel."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logs = folder / "work", folder / "logs"
        self.folder.mkdir()
        self.ledger = toy.Ledger(self.folder)

    def calls(self, count: int, **how: object) -> list[partial]:
        return [partial(toy.part, self.folder, number, **how) for number in range(count)]


@pytest.fixture
def parts(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setenv("MER_EXECUTOR", "slurm")
    monkeypatch.setenv("MER_SLURM", '{"patience": 1}')
    monkeypatch.setattr(jobs, "_FIRST_ASK", 0.5)  # nobody else is kept waiting by this controller
    monkeypatch.setattr("mer.core.slurm.parts._STEP", 0.1)
    made = Parts(tmp_path)
    monkeypatch.setenv("MER_SLURM_LOGS", str(made.logs))
    return made


@pytest.fixture
def project(slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A small project whose notebooks can import the toy parts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(toy.__file__).parents[2]))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return Project(tmp_path)
