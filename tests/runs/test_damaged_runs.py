"""A finished run that was damaged is named, made again, and used by nobody; records of any shape end nothing."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from mer.core.files import write_json
from mer.core.finished_run import RESULT, seal_run
from mer.core.sealed import OtherFormat
from mer.runs.board.rows import RunReader
from mer.runs.console import Console
from mer.runs.folder import RunFolder
from mer.runs.registry import list_runs
from mer.runs.runner import StudyRunner
from mer.runs.study import load_study
from tests.runs.board_runs import FINISH, made_up, scores
from tests.runs.conftest import COUNT, executed


def test_a_damaged_run_is_made_again_with_the_bytes_that_it_had(project, capsys):
    project.notebook("01_make", COUNT, "(run.folder / 'kept.txt').write_text('a' * 1000)", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    StudyRunner(load_study("s"), Console()).run()
    folder = RunFolder(project.outputs, "s", "make")
    result = json.loads(folder.file(RESULT).read_text())
    records = {"record.json", "parameters.json", "recipe.json"}
    assert result["format"] == 1
    assert set(result["files"]) - {"changes.patch"} == {"kept.txt", "summary.json", *records}
    content = folder.file("kept.txt").read_bytes()

    folder.file("kept.txt").write_bytes(b"b" + content[1:])
    (would,) = StudyRunner(load_study("s")).plan()
    assert would.outcome == "would run"
    assert would.because == ("kept.txt is damaged: its content is not what its index says",)
    StudyRunner(load_study("s"), Console()).run()
    assert "make: kept.txt is damaged" in capsys.readouterr().err
    assert folder.file("kept.txt").read_bytes() == content
    assert json.loads(folder.file(RESULT).read_text())["digest"] == result["digest"]
    assert executed(project) == ["make", "make"]

    folder.set_aside()  # as a start does, which was then killed; and what lies there gets damaged
    (folder.earlier / "kept.txt").unlink()
    assert not folder.take_back(result["hash"])

    shutil.copytree(folder.earlier, folder.path)
    newer = json.loads(folder.file(RESULT).read_text()) | {"format": 2}
    write_json(folder.file(RESULT), newer)
    for what in (StudyRunner(load_study("s")).plan, StudyRunner(load_study("s"), Console()).run):
        with pytest.raises(OtherFormat, match="Update it"):
            what()
    assert json.loads(folder.file(RESULT).read_text()) == newer, "what a newer version made is left alone"


def test_a_start_waits_for_workers_of_a_killed_run(project, capsys):
    """One that works in the folder, as workers of a killed command do, and goes once the start says that it waits."""
    project.notebook("01_make", "(run.folder / 'kept.txt').write_text('new')", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    folder = RunFolder(project.outputs, "s", "make")
    (folder.path / "folds").mkdir(parents=True)
    code = (
        "import sys; from mer.core.work_lock import working_in\n"
        "with working_in(sys.argv[1]):\n print('in', flush=True); input()\n open(sys.argv[1] + '/folds/old', 'w')\n"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None and worker.stdin is not None
        assert worker.stdout.readline() == "in\n"
        told = []

        class Told(Console):
            def line(self, text: str) -> None:
                told.append(text)
                if "waiting for workers" in text:
                    print(file=worker.stdin, flush=True)

        StudyRunner(load_study("s"), Told()).run()
    assert "[1/1] make: waiting for workers of a killed run" in told
    assert not (folder.path / "folds").exists(), "what it wrote last went with the rest, before the new run began"
    assert folder.file("kept.txt").read_text() == "new"


def whole(outputs, run="whole"):
    folder = made_up(outputs, "s", run, summary=scores(0.5))
    (folder / "predictions.csv").write_text("a,b\n1,2\n")
    seal_run(folder, json.loads((folder / RESULT).read_text()))
    return folder


ODD = {
    "summary is text": (RESULT, {"summary": "x"}),
    "summary is a list": (RESULT, {"summary": [1]}),
    "seconds is text": (RESULT, {"seconds": "long"}),
    "seconds is endless": (RESULT, {"seconds": 10**400}),
    "uf1 is an object": (RESULT, {"summary": {"uf1": {}}}),
    "n is true": (RESULT, {"summary": {"n": True}}),
    "epoch rule is a number": (RESULT, {"summary": {"epoch_rule": 3}}),
    "hash is a list": ("parameters.json", {"hash": ["x"]}),
    "started is a number": ("record.json", {"started": 20260102}),
}


@pytest.mark.parametrize("what", ODD)
def test_one_odd_run_is_a_damaged_row_and_the_others_stand(tmp_path, what):
    whole(tmp_path)
    name, change = ODD[what]
    odd = made_up(tmp_path, "s", "odd", summary=scores(0.5))
    write_json(odd / name, json.loads((odd / name).read_text()) | change)
    table = list_runs(tmp_path).set_index("run")
    assert table["state"].to_dict() == {"odd": "damaged", "whole": "finished"}
    key = next(iter(change))
    assert f"{name}: " in table.loc["odd", "because"] and key in table.loc["odd", "because"].replace("uf1", key)
    assert (table.loc["whole", "UF1"], table.loc["whole", "because"]) == (0.5, "")
    board = {run.run: run for run in RunReader(tmp_path).read()}
    assert (board["odd"].state, board["odd"].note) == ("damaged", table.loc["odd", "because"])
    assert board["whole"].state == "finished"


def test_lists_look_at_sizes_and_when_asked_at_every_byte(tmp_path):
    folder = whole(tmp_path)
    (folder / "predictions.csv").write_text("a,b\n1,3\n")
    assert list_runs(tmp_path)["state"].to_list() == ["finished"]
    checked = list_runs(tmp_path, check=True)
    assert checked["state"].to_list() == ["damaged"]
    assert checked["because"].to_list() == ["predictions.csv is damaged: its content is not what its index says"]
    reader = RunReader(tmp_path)
    assert [run.state for run in reader.read()] == ["finished"]
    os.unlink(folder / "predictions.csv")
    assert list_runs(tmp_path)["because"].to_list() == ["predictions.csv is missing"]
    assert [run.state for run in reader.read()] == ["damaged"], "seen though result.json is as it was"


def test_the_command_line_names_the_damaged_run_and_what_makes_it_again(project):
    folder = whole(project.outputs)
    assert "finished" in project.mer("runs").stdout
    (folder / "predictions.csv").write_text("a,b\n1,3\n")
    checked = project.mer("runs", "--check")
    said = checked.stdout
    assert checked.returncode == 1
    assert "Damaged: s/whole: predictions.csv is damaged: its content is not what its index says." in said
    assert "Make it again: mer study s --only whole" in said
