"""Studies run with the real Papermill, in processes of their own."""

import json
import os
import signal

import pytest

from mer.core.errors import InputError
from mer.runs.folder import RunFolder
from tests.at_once import next_line
from tests.runs.board_runs import FINISH, wait_for
from tests.runs.conftest import COUNT, executed, state


def test_a_study_runs_once_passes_results_on_and_repeats_only_what_changed(project):
    project.notebook("01_make", COUNT, "(run.arrays / 'x.txt').write_text(str(value))", FINISH)
    project.notebook(
        "02_use",
        COUNT,
        "got = [Path(s, 'arrays', 'x.txt').read_text() for s in sources]",
        "run.finish({'got': got})",
        parameters="run_dir = None\nvalue: int = 1\nsources: list = []",
    )
    steps = [
        {"run": "make", "notebook": "01_make", "grid": {"value": [3, 4]}},
        {"run": "use", "notebook": "02_use", "parameters": {"sources": "@make"}},
    ]
    project.study("s", steps, title="A title")
    plan = project.mer("study", "s", "--dry-run")
    assert plan.stdout.splitlines()[2] == "use           would run, after make-value=3, make-value=4"
    assert not project.outputs.exists()

    first = project.mer("study", "s")
    assert first.returncode == 0, first.stderr
    assert "[3/3] use: finished" in first.stderr
    assert first.stdout.strip() == f"Report: {project.outputs / 's' / 'index.html'}"
    result = json.loads((project.outputs / "s" / "use" / "result.json").read_text())
    assert result["summary"] == {"got": ["3", "4"]}
    record = json.loads((project.outputs / "s" / "use" / "record.json").read_text())
    assert set(record["inputs"]) == {"@make-value=3", "@make-value=4"}
    assert record["ended"] >= record["started"]
    from nbformat import read, sign

    executed_notebook = read(project.outputs / "s" / "use" / "02_use.ipynb", as_version=4)
    notary = sign.NotebookNotary(data_dir=str(project.folder / "jupyter"))
    assert notary.check_signature(executed_notebook), "saved widgets show only in a trusted notebook"

    again = project.mer("study", "s")
    assert again.returncode == 0
    assert again.stderr.count("up to date") == 3
    assert len(executed(project)) == 3

    steps[0]["grid"]["value"] = [3, 5]
    project.study("s", steps)
    plan = project.mer("study", "s", "--dry-run")
    assert [" ".join(line.split()) for line in plan.stdout.splitlines()][2:] == [
        "use would run, after make-value=5",
        "because make-value=5, which it uses, would run before it",
        "because it uses run make-value=5 now",
        "because it does not use run make-value=4 any more",
    ]
    changed = project.mer("study", "s")
    assert changed.returncode == 0, changed.stderr
    assert executed(project)[3:] == ["make-value=5", "use"]
    result = json.loads((project.outputs / "s" / "use" / "result.json").read_text())
    assert result["summary"] == {"got": ["3", "5"]}

    forced = project.mer("study", "s", "--only", "5", "--force")
    assert forced.returncode == 0
    assert executed(project)[5:] == ["make-value=5"]
    same = project.mer("study", "s")
    assert len(executed(project)) == 6, "an unchanged result of a forced run leaves what uses it up to date"
    assert same.stderr.count("up to date") == 3


def test_a_killed_study_leaves_nothing_that_looks_finished_and_goes_on(project):
    project.notebook("01_make", COUNT, FINISH)
    project.notebook(
        "02_slow",
        COUNT,
        "(run.folder / 'part.txt').write_text('kept')",
        "import os, time\nPath('kernel.pid').write_text(str(os.getpid()))",
        "while not Path('go').exists(): time.sleep(0.1)",
        FINISH,
    )
    project.study("s", [{"run": "make", "notebook": "01_make"}, {"run": "slow", "notebook": "02_slow"}])
    process = project.start("study", "s")
    pid_file = project.folder / "kernel.pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    assert state(project, "s", "slow") == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert state(project, "s", "make") == "finished"
    assert state(project, "s", "slow") == "interrupted"
    assert not (project.outputs / "s" / "slow" / "result.json").exists()
    kernel = int(pid_file.read_text())
    wait_for(lambda: not os.path.exists(f"/proc/{kernel}/fd") or not os.listdir(f"/proc/{kernel}/fd"), 20)

    (project.folder / "go").touch()
    again = project.mer("study", "s")
    assert again.returncode == 0, again.stderr
    assert "make: up to date" in again.stderr
    assert executed(project) == ["make", "slow", "slow"]
    assert (project.outputs / "s" / "slow" / "part.txt").exists(), "parts stay, so that a notebook can resume"
    assert state(project, "s", "slow") == "finished"


def test_two_studies_at_once_do_the_work_once(project):
    project.notebook("01_make", COUNT, "import time\ntime.sleep(2)", FINISH)
    steps = [{"run": "a", "notebook": "01_make"}, {"run": "b", "notebook": "01_make", "parameters": {"value": 2}}]
    project.study("s", steps)
    both = [project.start("study", "s") for _ in range(2)]
    ends = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert [code for _, code in ends] == [0, 0], ends
    assert sorted(executed(project)) == ["a", "b"]
    assert any("is running it" in err for (_, err), _ in ends)


def test_one_that_only_checks_a_run_is_not_said_to_run_it(project):
    """It holds the run's lock from before it looks whether there is anything to do."""
    project.notebook("01_make", COUNT, FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    with RunFolder(project.outputs, "s", "make").lock():
        study = project.start("study", "s")
        try:
            said = ""
            while "waiting" not in said and study.poll() is None:
                said = next_line(study, "the command says that it waits", study.stderr)
        finally:
            study.kill()
            study.communicate()
    assert f"waiting for process {os.getpid()} since" in said
    assert "which checks it or makes ready for it" in said and "running it" not in said


def test_wrong_input_stops_before_any_work(project):
    project.notebook("01_make", COUNT, FINISH)
    steps = [
        {"run": "make", "notebook": "01_make"},
        {"run": "use", "notebook": "01_mkae"},
        {"run": "more", "notebook": "01_make", "parameters": {"valeu": 1, "value": "many"}},
    ]
    project.study("s", steps)
    refused = project.mer("study", "s")
    assert refused.returncode == 2
    assert "3 problems, nothing was run" in refused.stderr
    assert "Did you mean '01_make'" in refused.stderr
    assert "Did you mean 'value'" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not project.outputs.exists()


def test_a_plan_looks_only_into_what_finished_and_is_not_asked_for_again(project, monkeypatch):
    from mer.runs import runner
    from mer.runs.study import load_study
    from tests.runs.board_runs import made_up

    def faulty(_values):
        raise InputError("a fault in the corrections")

    project.notebook("01_make", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}, {"run": "other", "notebook": "01_make"}])
    made_up(project.outputs, "s", "make")
    monkeypatch.setattr(runner, "input_digests", faulty)
    plan = runner.StudyRunner(load_study("s"), force=True).plan()
    assert [(done.run, done.outcome, done.because) for done in plan] == [
        ("make", "would run", ()),
        ("other", "would run", ()),
    ]
    assert len(runner.StudyRunner(load_study("s"), only="other").plan()) == 1, "it never ran"
    with pytest.raises(InputError, match="a fault in the corrections"):
        runner.StudyRunner(load_study("s")).plan()


def test_unwritable_outputs_are_named(project):
    project.notebook("01_make", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    (project.folder / "outputs").write_text("a file where the folder should be")
    refused = project.mer("study", "s")
    assert refused.returncode == 2
    assert str(project.outputs / "s") in refused.stderr
    assert "MER_OUTPUTS" in refused.stderr
    assert "Traceback" not in refused.stderr
