"""Made-up run folders for the tests of the run board, and what a person does with the board."""

import json
import time
from pathlib import Path

from mer import __version__

FINISH = "run.finish({'value': value})"


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


def wait_for(condition, seconds=600):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def cells(shown, title):
    return next(column["values"] for column in shown.list.table._columns if column["title"] == title)


def press(shown, name):
    shown.buttons[name].click()
    if shown._worker:
        shown._worker.join(600)
