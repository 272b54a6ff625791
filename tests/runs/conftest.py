"""A small project: notebooks made on the spot, run with the real Papermill."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from mer.core.executor import SlurmSettings
from mer.core.slurm import jobs as jobs_module
from mer.core.slurm.queue import JobState, Queue
from mer.runs.cluster import ClusterStudy
from mer.runs.folder import RunFolder
from mer.runs.runner import StudyRunner
from mer.runs.study import load_study
from tests.limits import Place

PARAMETERS = "from typing import Optional\nrun_dir: Optional[str] = None\nvalue: int = 1\nsource: Optional[str] = None"
OPEN = "from mer.runs.session import open_run\nrun = open_run(run_dir, notebook='{name}', config={{'value': value}})"
#: State of a job on the imagined cluster, and of one that was submitted from another folder.
RUNNING = JobState("RUNNING", "", "n1")
FOREIGN = JobState("RUNNING", "", "n1", "/elsewhere/job.sh")
#: A cell that notes that it was executed, and in which run.
COUNT = "from pathlib import Path\nwith open('executed.txt', 'a') as log: log.write(run.folder.name + '\\n')"


class Project:
    """A folder with notebooks and studies, and the way to run them in a process of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "notebooks" / "studies").mkdir(parents=True)

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    def notebook(self, name: str, *cells: str, parameters: str = PARAMETERS, opens: bool = True) -> Path:
        """A notebook with the usual opening and these code cells."""
        book = nbformat.v4.new_notebook()
        tagged = nbformat.v4.new_code_cell(parameters)
        tagged.metadata["tags"] = ["parameters"]
        opening = [nbformat.v4.new_code_cell(OPEN.format(name=name))] if opens else []
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        book.cells = [nbformat.v4.new_markdown_cell(f"# About {name}"), tagged, *opening, *code]
        path = self.folder / "notebooks" / f"{name}.ipynb"
        nbformat.write(book, path)
        return path

    def study(self, name: str, steps: list, **more: object) -> Path:
        """A study file."""
        path = self.folder / "notebooks" / "studies" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"name": name, "steps": steps, **more}), encoding="utf-8")
        return path

    def start(
        self,
        *arguments: str,
        extra: Mapping[str, str] | None = None,
        place: Place | None = None,
        **options: object,
    ) -> subprocess.Popen:
        """``mer`` in the background, as a shell without the environment's ``bin`` on PATH would start it.

        Variables of ``extra`` are set too. In a ``place`` it sees its limit.
        """
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MER_")}
        environment |= {
            "PATH": "/usr/bin:/bin",
            "OMP_NUM_THREADS": "1",
            "JUPYTER_DATA_DIR": str(self.folder / "jupyter"),
            **(extra or {}),
        }
        inside = place.inside(self.folder) if place else []
        return subprocess.Popen(
            [*inside, sys.executable, "-c", "from mer.cli.main import main; main()", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def mer(self, *arguments: str, **options: object) -> subprocess.CompletedProcess:
        """``mer`` to its end."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=180)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    for name in ("MER_OUTPUTS", "MER_CACHE", "MER_CORRECTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return Project(tmp_path)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[[str], Project]:
    return lambda name: Project(tmp_path / name)


def executed(project: Project) -> list[str]:
    """Runs that `COUNT` noted, in order."""
    path = project.folder / "executed.txt"
    return path.read_text().split() if path.exists() else []


def state(project: Project, study: str, run: str) -> str:
    """State of a run's folder."""
    return RunFolder(project.outputs, study, run).state()


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
    monkeypatch.setattr(Queue, "states", lambda self, name="": dict(found))
    monkeypatch.setattr(JobState, "is_from", lambda state, folder: state != FOREIGN)
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
    jobs = [[part.job for part in command.jobs.parts] for command in both]
    assert jobs == [["1"], ["1"]], "the second found the job of the first"
    return both
