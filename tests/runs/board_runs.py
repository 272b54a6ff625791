"""Made-up run folders for the tests of the run board: nothing is run."""

import json
from pathlib import Path

from mer import __version__


def made_up(outputs: Path, study: str, run: str, state: str = "finished", **more) -> Path:
    """A run's folder as the runner leaves it; ``more``: parameters, summary, notebook, seconds, error, config."""
    folder = outputs / study / run
    folder.mkdir(parents=True)
    given = more.get("parameters", {})
    notebook = more.get("notebook", "01_make")
    started = more.get("started", "2026-01-02T03:04:05Z")
    record = {"study": study, "run": run, "notebook": notebook, "parameters": given, "started": started}
    record |= {"versions": {"mer": more.get("version", __version__)}, "config": more.get("config", {})}
    write(folder / "record.json", record)
    write(folder / "parameters.json", {"notebook": notebook, "hash": "a" * 64, "parameters": given})
    if state == "finished":
        result = {"state": "finished", "study": study, "run": run, "notebook": notebook, "hash": "a" * 64}
        result |= {"seconds": more.get("seconds", 100.0), "summary": more.get("summary", {})}
        write(folder / "result.json", result | {"started": started})
    if state == "failed":
        write(folder / "error.json", {"message": more.get("error", "It went wrong."), "when": started})
    return folder


def scores(uf1: float, synthetic: bool = True) -> dict:
    """A summary as a training run leaves it."""
    numbers = {
        f"{name}{end}": uf1 + add for name in ("uf1", "uar") for end, add in (("", 0), ("_low", -0.1), ("_high", 0.1))
    }
    return numbers | {"n": 180, "subjects": 24, "epoch_rule": "last", "synthetic": synthetic}


def write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
