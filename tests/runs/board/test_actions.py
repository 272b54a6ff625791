import json

import pytest

from mer.core.errors import InputError
from mer.runs.board import actions
from mer.runs.board.actions import cancel_run, check_run, parse_values, resume_run, start_run, start_study, typed_values
from mer.runs.board.rows import BoardRun, RunReader
from mer.runs.folder import RunFolder
from mer.runs.jobs import Job
from mer.runs.study import single_run
from tests.runs.board_runs import FINISH, made_up, write


@pytest.fixture
def started(project, monkeypatch):
    """What would be started, in place of starting it."""
    project.notebook("01_make", FINISH)
    calls = []
    monkeypatch.setattr(actions, "start_job", lambda *given: calls.append(given[:3]))
    return calls


def read(project, run):
    return next(found for found in RunReader(project.outputs).read() if found.run == run)


def test_values_are_read_a_line_each():
    assert parse_values("seed=1\n\n  name = a=b \nempty=") == {"seed": "1", "name": "a=b", "empty": ""}
    with pytest.raises(InputError, match="Line 2: 'seed' is not name=value"):
        parse_values("a=1\nseed")
    with pytest.raises(InputError, match="Line 2: a is given twice"):
        parse_values("a=1\na=2")
    with pytest.raises(InputError, match="Line 1"):
        parse_values("=1")


def test_a_single_run_is_checked_before_it_is_started(project, started):
    start_run("01_make", {"value": "2", "source": "-x"})
    name = "01_make-value=2,source=-x"
    assert started == [("single", name, ["run", "01_make", "-p", "value", "2", "-p", "source", "-x", "--name", name])]
    assert check_run("01_make", {"value": "2"}) == "01_make-value=2"
    with pytest.raises(InputError, match="Did you mean 'value'") as error:
        start_run("01_make", {"valeu": "2", "value": "many"})
    assert "2 problems" in str(error.value)
    with pytest.raises(InputError, match="No notebook '01_mkae'"):
        start_run("01_mkae", {})
    assert len(started) == 1


def test_what_another_window_runs_is_not_started_twice(project, started):
    project.study("s", [{"run": "a", "notebook": "01_make"}])
    with RunFolder(project.outputs, "s", "a").lock():
        with pytest.raises(InputError, match=r"s / a is running already \(process \d+ since"):
            start_study("s")
        made_up(project.outputs, "s", "a", "interrupted")
        with pytest.raises(InputError, match=r"running in another window \(process \d+ since .*\): stop it there"):
            cancel_run(read(project, "a"))
    start_study("s")
    assert started == [("s", "study", ["study", "s"])]
    with pytest.raises(InputError, match="is not running; there is nothing to cancel"):
        cancel_run(read(project, "a"))


def test_a_run_of_another_outputs_folder_is_cancelled_there(project, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(actions, "is_alive", lambda job: True)
    monkeypatch.setattr(actions, "cancel_job", lambda job, outputs: calls.append((job, outputs)))
    job = Job("s", "study", ("study", "s"), 1, 0.0, "", "m", "")
    monkeypatch.setattr(actions, "find_job", lambda study, label, outputs: job)
    cancel_run(BoardRun("s", "a", "running", tmp_path / "elsewhere" / "s" / "a"))
    assert calls == [(job, tmp_path / "elsewhere")]


def test_resume_knows_how_a_run_was_started(project, started):
    project.study("s", [{"run": "a", "notebook": "01_make"}])
    made_up(project.outputs, "s", "a", "interrupted")
    resume_run(read(project, "a"))
    assert started.pop() == ("s", "study", ["study", "s"])
    given = {"value": 3, "source": "null"}
    made_up(project.outputs, "single", "mine", "failed", parameters=given)
    resume_run(read(project, "mine"))
    assert started.pop()[2] == ["run", "01_make", "-p", "value", "3", "-p", "source", "null", "--name", "mine"]
    made_up(project.outputs, "other", "b", "interrupted")
    with pytest.raises(InputError, match="Study 'other' is none of notebooks/studies"):
        resume_run(read(project, "b"))
    known = {"study": "other", "label": "study", "arguments": ["study", "o", "-p", "x", "1"], "pid": 1, "created": 0.0}
    (project.outputs / "other" / ".background").mkdir()
    write(project.outputs / "other" / ".background" / "study.json", known | {"started": "", "mark": "m", "log": ""})
    resume_run(read(project, "b"))
    assert started.pop()[2] == ("study", "o", "-p", "x", "1")
    made_up(project.outputs, "s", "done")
    with pytest.raises(InputError, match="done is finished; there is nothing to resume"):
        resume_run(read(project, "done"))
    lost = BoardRun("single", "lost", "interrupted", project.outputs / "single" / "lost")
    with pytest.raises(InputError, match="Nothing tells which notebook"):
        resume_run(lost)


def test_values_typed_again_mean_the_same(project):
    parameters = (
        "run_dir = None\na: float = 1\nb: list = []\nc: dict = {}\nd: str = ''\ne: bool = False\nf: str | None = 'x'"
    )
    project.notebook("01_make", parameters=parameters)
    given = {"a": 0.5, "b": [1, "x: y"], "c": {"k.l": None}, "d": "007", "e": True, "f": None}
    made_up(project.outputs, "single", "r", "interrupted", parameters=given)
    typed = typed_values(read(project, "r"))
    assert typed["d"] == "007"
    assert dict(single_run("01_make", typed).runs[0].parameters) == given
    assert json.loads(typed["c"]) == given["c"]


def test_an_unknown_study_is_named(project):
    with pytest.raises(InputError, match="No study 'demmo'"):
        start_study("demmo")
