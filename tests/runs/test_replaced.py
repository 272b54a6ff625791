"""A run that another process makes again and again, while all that reads runs reads it: real processes.

Every number in its files is the number of the making, so that files of two makings tell on themselves.
"""

import re
import sys
import time
from functools import partial
from itertools import cycle

import pytest

from mer.core.files import write_json, write_text
from mer.core.finished_run import check_run, seal_run
from mer.core.one_run import BeingMade, MadeAgain
from mer.evaluation.evidence import floors_of, under_rules
from mer.evaluation.paper_runs import read_run
from mer.evaluation.predictions import read_predictions
from mer.evaluation.same_settings import check_same_settings
from mer.runs.board.rows import RunReader
from mer.runs.folder import RunFolder
from mer.runs.paper.data import RunData
from mer.runs.paper.figures import paper_figure, possible_figures
from mer.runs.registry import list_runs
from mer.runs.report import write_report
from mer.runs.study import load_study
from mer.widgets.results.data import plane, read_results
from mer.widgets.results.explain import explain_clip
from tests.at_once import Processes

HEAD = "database,subject,clip,label,predicted,score_x,score_y,fold,epoch_rule,run,seed"
#: Looks of all readers while it is made again and again; that each finds one making is tested at every file below.
LOOKS = 6
TELLING = ("mer runs", "the board", "the report", "predictions", "a trained run")
#: Makes the run again when it is told to: at once, or so far, and then to its end. Told nothing, again and again.
REPLACES = """
from contextlib import ExitStack
from mer.runs.folder import RunFolder
from tests.runs.test_replaced import made
folder, number, held = RunFolder(FOLDER / "outputs", "s", "make"), 1, ExitStack()

def begin():
    held.enter_context(folder.lock())
    folder.set_aside()

def end(pause=0.0):
    folder.path.mkdir(exist_ok=True)
    made(folder.path, number, pause)
    folder.drop_earlier()
    held.close()

meet()
while (FOLDER / "again and again").exists() and not (FOLDER / "stop").exists():
    number += 1
    begin()
    end(pause=0.0005 * (number % 8))
    time.sleep(0.001 * (number % 8))
for told in map(str.strip, sys.stdin):
    number += told != "end"
    if told != "end":
        begin()
    if told == "half":
        folder.path.mkdir()
        made(folder.path, number, finished=False)
    if told in ("whole", "end"):
        end()
    print("done", flush=True)
"""


def made(folder, number, pause=0.0, finished=True):
    """A run, made the so manieth time."""
    write_json(
        folder / "parameters.json", {"notebook": "01_make", "hash": f"{number:08d}", "parameters": {"n": number}}
    )
    config = {"maps_folder": f"/{number}"}
    write_json(folder / "record.json", {"started": f"{number}", "parameters": {"n": number}, "config": config})
    time.sleep(pause)
    write_text(folder / "predictions.csv", f"{HEAD}\nsynthetic,01,1,x,x,0.9,0.1,synthetic/01,last,r{number},{number}\n")
    (folder / "tables").mkdir(exist_ok=True)
    write_text(folder / "tables" / "one.csv", f"run\nmaking-{number}\n")
    write_json(folder / "tables" / "one.json", {"name": "one", "title": "One", "caption": f"making-{number}"})
    time.sleep(pause)
    summary = {"uf1": 0.5, "n": number, "method": f"making-{number}", "synthetic": True}
    write_json(folder / "summary.json", summary)
    if not finished:
        return
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


def evaluated(folder):
    run = read_run(folder)
    told = run.summary.get("n")  # not yet there where the run is just being written
    return {*([] if told is None else [told]), *run.predictions["seed"]}


def drawn_from(folder):
    """Each file is read when it is asked for first."""
    run = RunData(folder)
    makings = {int(run.record.get("started", 0)), *run.predictions["seed"], run.summary.get("n", 0)}
    makings |= {
        int(run.method.rpartition("-")[2]),
        int(run.table("tables/one", "01_make")["run"][0].rpartition("-")[2]),
    }
    return makings - {0}


@pytest.fixture
def folder(project):
    """The run, made once, and its study."""
    project.notebook("01_make")
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    folder = RunFolder(project.outputs, "s", "make")
    folder.path.mkdir(parents=True)
    made(folder.path, 1)
    return folder


@pytest.fixture
def replacing(folder, project):
    """A process that makes it again."""
    with Processes(project.folder, REPLACES, count=1, talk=True) as processes:
        yield processes


@pytest.fixture
def reads(folder):
    """Everything that reads runs; each gives the numbers that it found, of one making, or none."""
    study, reader = load_study("s"), RunReader(folder.outputs)
    return {
        "mer runs": lambda: listed(folder.outputs),
        "mer runs --check": lambda: listed(folder.outputs, check=True),
        "the board": lambda: boarded(RunReader(folder.outputs)),
        "the board, as long as it is open": lambda: boarded(reader),
        "the report": lambda: reported(study),
        "predictions": lambda: set(read_predictions(folder.path / "predictions.csv")["seed"]),
        "a trained run": lambda: evaluated(folder.path),
        "what figures are drawn from": lambda: drawn_from(folder.path),
        "results in views": lambda: set(read_results(folder.path).predictions["seed"]),
        "a check of every byte": lambda: check_run(folder.path, every=True) or set(),
        "its state": lambda: {} if folder.state() in ("finished", "running") else {"lost", folder.state()},
    }


def of_one_making(name, read):
    """What it found, which is of one making; none where it is told that the run is, or was, just being made."""
    try:
        makings = read()
    except (BeingMade, MadeAgain):
        return set()
    assert len(makings) <= 1, (name, makings)
    return set(makings)


def test_whoever_reads_a_run_that_is_made_again_and_again_gets_one_making_of_it(folder, replacing, reads):
    replacing.go("again and again")
    replacing.start()
    for _ in range(LOOKS):
        for name, read in reads.items():
            of_one_making(name, read)
    replacing.go("stop")
    replacing.tell("whole")  # when it has finished the last one
    (number,) = listed(folder.outputs)
    assert number > 2, "in the end it is there, and whole"


def test_what_was_open_before_shows_nothing_of_the_next_one(folder, replacing, tmp_path):
    """What it had read it has; nothing else is read, until it is opened again."""
    replacing.start()
    write_text(folder.path / "figures" / "spotting.csv", "method\n")
    figures, trained, results = RunData(folder.path), read_run(folder.path), read_results(folder.path)
    fresh = RunData(folder.path)
    assert paper_figure("confusion", figures, out=tmp_path / "before").caption.count("making-1") == 1
    replacing.tell("whole")
    late = {
        "record": lambda: figures.record,
        "history": lambda: figures.history,
        "a table": lambda: figures.table("tables/one", "01_make"),
        "a figure": lambda: paper_figure("scores", figures, out=tmp_path / "after"),
        "a figure of what it has": lambda: paper_figure("confusion", figures, out=tmp_path / "after"),
        "which figures": lambda: possible_figures(figures),
        "read nothing before": lambda: fresh.predictions,
        "method": lambda: trained.method,
        "protocol": lambda: trained.protocol,
        "floors": lambda: floors_of(trained),
        "settings": lambda: check_same_settings([trained]),
        "rules": lambda: under_rules([trained]),
        "plane": lambda: plane(results),
        "explanation": lambda: explain_clip(results, 0, "x"),
    }
    for name, read in late.items():
        with pytest.raises(MadeAgain, match="was made again since it was opened"):
            pytest.fail(f"{name}: {read()}")
    assert not (tmp_path / "after").exists()
    assert list(figures.predictions["seed"]) == list(trained.predictions["seed"]) == [1]
    assert RunData(folder.path).summary["n"] == 2 and read_run(folder.path).method == "making-2 on motion maps"


class Watch:
    """Does something when a process opens or lists a file of a folder for the so manieth time."""

    def __init__(self):
        self.folder, self.left, self.act = "", 0, None
        sys.addaudithook(self._hook)

    def at(self, folder, number, act):
        self.folder, self.left, self.act = str(folder), number, act

    def _hook(self, event, given):
        if self.left and event in ("open", "os.listdir", "os.scandir") and str(given[0]).startswith(self.folder):
            self.left -= 1
            if not self.left:
                self.act()


@pytest.mark.parametrize("hows", [("whole",), ("aside", "half")])
def test_wherever_the_run_is_replaced_while_it_is_read(folder, replacing, reads, hows):
    """At every file that a reader opens: a new one is there at once, or the old one is gone, or the new half made."""
    replacing.start()
    for name, read in reads.items():
        for at, how in zip(range(1, 200), cycle(hows), strict=False):
            WATCH.at(folder.path, at, partial(replacing.tell, how))
            found = of_one_making(f"{name}, {how} at file {at}", read)
            assert found or how != "whole" or name not in TELLING, f"{name}: one or the other is there"
            unused, WATCH.left = WATCH.left, 0
            if unused:
                break
            if how != "whole":
                of_one_making(f"{name}, after {how}", read)
                replacing.tell("end")
                of_one_making(f"{name}, after the end", read)
        assert at > 1 or "state" in name or "open" in name, f"{name} was never watched"


WATCH = Watch()
