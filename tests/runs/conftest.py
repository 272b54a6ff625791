"""A small project: notebooks made on the spot, run with the real Papermill."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import pytest
import yaml

from mer.runs.folder import RunFolder

PARAMETERS = "from typing import Optional\nrun_dir: Optional[str] = None\nvalue: int = 1\nsource: Optional[str] = None"
OPEN = "from mer.runs.session import open_run\nrun = open_run(run_dir, notebook='{name}', config={{'value': value}})"
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

    def start(self, *arguments: str, extra: Mapping[str, str] | None = None, **options: object) -> subprocess.Popen:
        """``mer`` in the background, as a shell without the environment's ``bin`` on PATH would start it.

        Variables of ``extra`` are set too.
        """
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MER_")}
        environment |= {
            "PATH": "/usr/bin:/bin",
            "OMP_NUM_THREADS": "1",
            "JUPYTER_DATA_DIR": str(self.folder / "jupyter"),
            **(extra or {}),
        }
        return subprocess.Popen(
            [sys.executable, "-c", "from mer.cli.main import main; main()", *arguments],
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
