"""A JupyterLab of its own on loopback: temporary project folder, nobody's settings, surely ended."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.tiny_world import PROJECT, World

#: Of JupyterLab: every cell stands in the page (elsewhere only those near the window), nothing asks the network, no
#: dialog nobody waits for.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "recordTiming": False},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False, "confirmClosingDocument": False},
}
START_SECONDS = 180


@dataclass(frozen=True)
class Lab:
    """A running server and its folders.

    ``project`` is a copy of the clone's notebooks, so that what a test saves stays away from the clone; ``outputs`` is
    the server's MER_OUTPUTS, with a copy of the world's finished runs.
    """

    url: str
    token: str
    project: Path
    outputs: Path
    corrections: Path
    log: Path
    world: World

    def address(self, notebook: str) -> str:
        """Where a notebook of the project is opened, every panel of an earlier page closed."""
        return f"{self.url}/lab/tree/notebooks/{notebook}.ipynb?reset&token={self.token}"

    def copy_notebook(self, name: str, parameters: Mapping[str, Any], stem: str) -> None:
        """Put a fresh copy of a notebook into the project, with these parameters as a batch run would inject them.

        Args:
            name: stem of the notebook in the clone, for instance ``01_explore``.
            parameters: values of its parameters; others keep what the notebook says.
            stem: of the copy.
        """
        import nbformat
        from papermill.parameterize import parameterize_notebook

        book = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
        if parameters:
            known = "".join(cell.source for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
            for key in parameters:
                assert re.search(rf"^{key}\b", known, re.MULTILINE), f"{name} has no parameter {key!r}:\n{known}"
            book.metadata.setdefault("papermill", {})  # as papermill itself reads a notebook
            for cell in book.cells:
                cell.metadata.setdefault("tags", [])
            book = parameterize_notebook(book, dict(parameters))
        nbformat.write(book, self.project / "notebooks" / f"{stem}.ipynb")

    def write_notebook(self, cells: Sequence[str], stem: str) -> None:
        """Put a notebook of these code cells into the project."""
        from nbformat.v4 import new_code_cell, new_notebook, writes

        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        book = new_notebook(cells=[new_code_cell(source) for source in cells], metadata={"kernelspec": kernel})
        (self.project / "notebooks" / f"{stem}.ipynb").write_text(writes(book), encoding="utf-8")

    def ask(self, path: str, method: str = "GET") -> Any:
        """What the server's REST interface answers."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def end_kernels(self) -> None:
        """Shut down all kernels: each holds half a gigabyte."""
        for kernel in self.ask("api/kernels"):
            try:
                self.ask(f"api/kernels/{kernel['id']}", method="DELETE")
            except urllib.error.HTTPError as error:
                if error.code != 404:  # it has gone by itself
                    raise


@contextmanager
def running_lab(folder: Path, world: World) -> Iterator[Lab]:
    """Start JupyterLab in a folder made for it; ended with all its kernels on the way out."""
    lab = _prepared(folder, world)
    with lab.log.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            _command(lab),
            cwd=lab.project,
            env=_environment(lab, folder / "jupyter"),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(lab, process)
        yield lab
    finally:
        _end(process)


def _prepared(folder: Path, world: World) -> Lab:
    project, outputs = folder / "project", folder / "outputs"
    left_out = shutil.ignore_patterns(".ipynb_checkpoints", "images")
    shutil.copytree(PROJECT / "notebooks", project / "notebooks", ignore=left_out)
    shutil.copytree(world.study, outputs / "demo", ignore=shutil.ignore_patterns(".locks"))
    (project / "outputs").symlink_to(outputs)  # what notebooks call "outputs/demo/train" by default
    for plugin, values in SETTINGS.items():
        package, name = plugin.rsplit(":", 1)
        path = folder / "jupyter" / "settings" / package / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Lab(
        url=f"http://127.0.0.1:{port}",
        token=secrets.token_hex(16),
        project=project,
        outputs=outputs,
        corrections=folder / "corrections.csv",
        log=folder / "lab.log",
        world=world,
    )


def _command(lab: Lab) -> list[str]:
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": lab.url.rsplit(":", 1)[1],
        "ServerApp.port_retries": "0",
        "ServerApp.root_dir": str(lab.project),
        "IdentityProvider.token": lab.token,
        "LabApp.expose_app_in_browser": "True",  # so that tests can ask it whether a cell is done
        "LabApp.extension_manager": "readonly",  # the other one asks the network
    }
    arguments = [f"--{key}={value}" for key, value in options.items()]
    root = ["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyter", "lab", "--no-browser", *arguments, *root]


def _environment(lab: Lab, jupyter: Path) -> dict[str, str]:
    own = {
        "MER_OUTPUTS": lab.outputs,
        "MER_CORRECTIONS": lab.corrections,
        "MER_DATABASES": lab.corrections.with_name("databases.yaml"),
        "JUPYTER_CONFIG_DIR": jupyter / "config",
        "JUPYTER_DATA_DIR": jupyter / "data",
        "JUPYTER_RUNTIME_DIR": jupyter / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": jupyter / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": jupyter / "workspaces",
        "IPYTHONDIR": jupyter / "ipython",
        "PYTHONPATH": PROJECT,
    }
    return lab.world.environment | {key: str(value) for key, value in own.items()}


def _wait(lab: Lab, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            lab.ask("api/status")
            return
        except OSError:
            time.sleep(0.2)  # nothing tells when a server begins to listen
    said = lab.log.read_text(encoding="utf-8")[-3000:]
    raise RuntimeError(f"JupyterLab did not answer within {START_SECONDS} s (exit code {process.poll()}):\n{said}")


def _end(process: subprocess.Popen) -> None:
    """Server and kernels; kernels lead process groups of their own."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=20)
            break
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.poll()
    for child in family:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
