"""A run that another process makes again and again, while all that reads runs reads it: real processes.

Every number in its files is the number of the making, so that files of two makings tell on themselves.
"""

import re
import time

import pytest

from mer.core.files import write_json
from mer.core.finished_run import seal_run
from mer.core.one_run import BeingMade
from mer.evaluation.predictions import read_predictions, write_predictions
from mer.runs.board.rows import RunReader
from mer.runs.folder import RunFolder
from mer.runs.registry import list_runs
from mer.runs.report import write_report
from mer.runs.study import load_study
from mer.runs.tables import write_table
from tests.at_once import Processes
from tests.made_up_runs import made_up_predictions

CLASSES = ("negative", "positive", "surprise")
SECONDS = 3.0
#: Makes the run again and again, as the runner does; a little later each time, so that readers meet all of it.
REPLACES = """
from mer.runs.folder import RunFolder
from tests.runs.test_replaced import made
folder, number = RunFolder(FOLDER / "outputs", "s", "make"), 1
meet()
while not (FOLDER / "stop").exists():
    number += 1
    with folder.lock():
        folder.set_aside()
        folder.path.mkdir()
        made(folder.path, number, pause=0.0005 * (number % 8))
        folder.drop_earlier()
    time.sleep(0.001 * (number % 8))
print(number)
"""


def made(folder, number, pause=0.0):
    """A finished run, made the so manieth time."""
    write_json(
        folder / "parameters.json", {"notebook": "01_make", "hash": f"{number:08d}", "parameters": {"n": number}}
    )
    write_json(folder / "record.json", {"started": f"{number}", "parameters": {"n": number}, "config": {}})
    time.sleep(pause)
    predictions = made_up_predictions(CLASSES, 1.0, seed=number).assign(run=f"making-{number}", seed=number)
    write_predictions(predictions, folder / "predictions.csv")
    (folder / "tables").mkdir()
    write_table(folder / "tables", "one", predictions[["run"]][:1], "One", f"of making-{number}", (), "")
    time.sleep(pause)
    summary = {"uf1": 0.5, "n": number, "method": f"making-{number}", "synthetic": True}
    write_json(folder / "summary.json", summary)
    about = {"state": "finished", "study": "s", "run": "make", "notebook": "01_make", "hash": f"{number:08d}"}
    seal_run(folder, about | {"seconds": number * 60.0, "summary": summary})


def listed(outputs, check=False):
    (row,) = list_runs(outputs, check).to_dict("records")
    assert row["state"] in ("finished", "running"), row
    return {row["n"], int(row["minutes"]), int(row["started"]), int(row["hash"])} if row["state"] == "finished" else {}


def boarded(reader):
    (run,) = reader.read()
    assert run.state in ("finished", "running"), run
    if run.state == "running":
        return {}
    return {run.summary["n"], run.seconds / 60, int(run.started), run.parameters["n"]}


def reported(study):
    page = write_report(study).read_text()
    assert "damaged" not in page
    return {int(number) for number in re.findall(r"making-(\d+)", page)}


@pytest.fixture
def replaced(project):
    """The run, made once, and a process that makes it again and again until the test has ended."""
    project.notebook("01_make")
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    folder = RunFolder(project.outputs, "s", "make")
    folder.path.mkdir(parents=True)
    made(folder.path, 1)
    with Processes(project.folder, REPLACES, count=1) as processes:
        processes.start()
        yield folder
        processes.go("stop")
        (number,) = processes.results()
        assert int(number) > 1 and listed(project.outputs) == {int(number)}, "in the end it is there and whole"


def test_whoever_reads_a_run_that_is_made_again_gets_one_making_of_it(replaced, project):
    study, reader = load_study("s"), RunReader(project.outputs)
    reads = {
        "mer runs": lambda: listed(project.outputs),
        "mer runs --check": lambda: listed(project.outputs, check=True),
        "the board": lambda: boarded(reader),
        "the report": lambda: reported(study),
        "predictions": lambda: set(read_predictions(replaced.path / "predictions.csv")["seed"]),
        "its state": lambda: {} if replaced.state() in ("finished", "running") else {"lost", replaced.state()},
    }
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for name, read in reads.items():
            try:
                makings = read()
            except BeingMade:
                continue
            assert len(makings) <= 1, (name, makings)
