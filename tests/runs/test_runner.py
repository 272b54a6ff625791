"""Studies run with the real Papermill, in processes of their own."""

import json
import os
import resource
import signal
import sys

import pytest

from mer.core.errors import InputError
from tests.runs.board_runs import wait_for

FINISH = "run.finish({'value': value})"
COUNT = "from pathlib import Path\nwith open('executed.txt', 'a') as log: log.write(run.folder.name + '\\n')"


def executed(project):
    path = project.folder / "executed.txt"
    return path.read_text().split() if path.exists() else []


def state(project, study, run):
    from mer.runs.folder import RunFolder

    return RunFolder(project.outputs, study, run).state()


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


def test_a_failing_cell_is_shown_and_marked_and_loses_nothing(project):
    project.notebook("01_make", COUNT, FINISH)
    fails = project.notebook("02_use", "if value > 1:\n    raise RuntimeError('no such luck')", FINISH)
    steps = [{"run": "make", "notebook": "01_make"}, {"run": "use", "notebook": "02_use"}]
    project.study("s", steps)
    assert project.mer("study", "s").returncode == 0
    steps[1]["parameters"] = {"value": 2}
    project.study("s", steps)
    failed = project.mer("study", "s")
    assert failed.returncode == 1
    assert "Run 'use' of study 's' failed" in failed.stderr
    assert "RuntimeError: no such luck" in failed.stderr
    assert "Traceback" not in failed.stderr.split("RuntimeError")[0].split("Cell")[0]
    assert "last finished result is kept" in failed.stderr
    assert state(project, "s", "make") == "finished"
    assert state(project, "s", "use") == "failed"
    kept = project.outputs / "s" / ".earlier" / "use" / "result.json"
    assert json.loads(kept.read_text())["summary"] == {"value": 1}
    assert "no such luck" in (project.outputs / "s" / "index.html").read_text()

    steps[1]["parameters"] = {"value": 1}
    project.study("s", steps)
    back = project.mer("study", "s")
    assert back.stderr.count("up to date") == 2, "the earlier result is taken back"
    assert fails.exists()
    assert not kept.exists()


def test_a_users_mistake_in_a_notebook_is_told_without_code(project):
    """Of whatever class below `InputError`, with its list once."""
    raising = (
        "from mer.core.problems import Problem, ProblemsFound\n"
        "class Own(ProblemsFound): pass\n"
        "raise Own('Two faults:', [Problem('a.csv', '2', 'odd.', 'Mend it.'), Problem('b.csv', '', 'gone.', '')])"
    )
    book = project.notebook("01_make", raising, FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}])
    failed = project.mer("study", "s")
    assert failed.returncode == 1
    assert "Two faults:\n  a.csv, row 2: odd. Mend it.\n  b.csv: gone.\n  The notebook up to there:" in failed.stderr
    assert failed.stderr.count("Mend it.") == 1
    assert "raise Own" not in failed.stderr
    assert "Own:" not in failed.stderr
    assert book.exists()


def test_a_killed_kernel_is_a_failed_run_whatever_papermill_wrote(project):
    project.notebook("01_die", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", FINISH)
    project.study("s", [{"run": "die", "notebook": "01_die"}])
    died = project.mer("study", "s")
    assert died.returncode == 1
    assert "ended before the notebook did" in died.stderr
    assert state(project, "s", "die") == "failed"


def test_a_notebook_that_leaves_early_is_not_finished(project):
    """Papermill takes ``sys.exit(0)`` in a cell for success."""
    project.notebook("01_leaves", "import sys\nsys.exit(0)", FINISH)
    left = project.mer("run", "01_leaves")
    assert left.returncode == 1
    assert "ended before its last cell" in left.stderr
    assert state(project, "single", "01_leaves") == "failed"


def test_a_polite_stop_ends_the_kernel_and_says_how_to_go_on(project):
    project.notebook("01_slow", "import os, time\nfrom pathlib import Path\nPath('pid').write_text(str(os.getpid()))",
                     "time.sleep(60)")  # fmt: skip
    project.study("s", [{"run": "slow", "notebook": "01_slow"}])
    process = project.start("study", "s")
    wait_for(lambda: (project.folder / "pid").exists() and (project.folder / "pid").read_text())
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "goes on from here" in err
    assert "Traceback" not in err
    assert state(project, "s", "slow") == "interrupted"
    kernel = (project.folder / "pid").read_text()
    wait_for(lambda: not os.path.exists(f"/proc/{kernel}/fd") or not os.listdir(f"/proc/{kernel}/fd"), 20)


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


def test_a_write_that_fails_in_mid_run_names_the_path_and_keeps_earlier_results(project):
    """A file size limit stands for the full disk: both make a write fail."""
    project.notebook("01_make", COUNT, FINISH)
    project.notebook("02_big", "(run.arrays / 'x.bin').write_bytes(b'x' * 2_000_000)", FINISH)
    project.study("s", [{"run": "make", "notebook": "01_make"}, {"run": "big", "notebook": "02_big"}])

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    failed = project.mer("study", "s", preexec_fn=limit)
    assert failed.returncode == 1, failed.stderr
    assert "File too large" in failed.stderr
    assert state(project, "s", "make") == "finished"
    assert state(project, "s", "big") == "failed"
    again = project.mer("study", "s")
    assert again.returncode == 0, again.stderr
    assert executed(project) == ["make"]


def test_an_executed_notebook_that_cannot_be_written_names_it(project):
    project.notebook("01_print", "print('x' * 2_000_000)", FINISH)
    project.study("s", [{"run": "print", "notebook": "01_print"}])

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    failed = project.mer("study", "s", preexec_fn=limit)
    assert failed.returncode == 1
    assert f"Cannot write {project.outputs / 's' / 'print' / '01_print.ipynb'}" in failed.stderr
    assert state(project, "s", "print") == "failed"


def test_a_kernel_that_does_not_start_is_started_once_more(project, monkeypatch, capsys):
    from jupyter_client.manager import AsyncKernelManager

    from mer.runs.runner import StudyRunner
    from mer.runs.study import single_run

    project.notebook("01_make", FINISH)
    start = AsyncKernelManager._async_start_kernel
    starts = []

    async def start_badly_once(self, **options):
        starts.append(1)
        if len(starts) == 1:
            raise RuntimeError("Address already in use")
        return await start(self, **options)

    monkeypatch.setattr(AsyncKernelManager, "start_kernel", start_badly_once)
    done = StudyRunner(single_run("01_make", {})).run()
    assert [item.outcome for item in done] == ["finished"]
    assert len(starts) == 2
    assert "trying once more" in capsys.readouterr().err


def test_a_kernel_that_never_starts_points_to_the_doctor(project, monkeypatch):
    from jupyter_client.manager import AsyncKernelManager

    from mer.runs.execute import RunFailed
    from mer.runs.runner import StudyRunner
    from mer.runs.study import single_run

    async def start_badly(self, **options):
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(AsyncKernelManager, "start_kernel", start_badly)
    project.notebook("01_make", FINISH)
    with pytest.raises(RunFailed, match="mer doctor"):
        StudyRunner(single_run("01_make", {})).run()
    assert state(project, "single", "01_make") == "failed"


def test_a_single_run_in_a_folder_with_braces_and_spaces(make_project):
    """The kernel is this interpreter without its folder on PATH, works in the project folder, and 007 stays text."""
    project = make_project("a {b} c")
    project.notebook(
        "01_where",
        "import os, sys\nrun.finish({'python': sys.prefix, 'folder': os.getcwd(), 'subject': subject})",
        parameters="run_dir = None\nvalue = 0\nsubject: str = ''",
    )
    done = project.mer("run", "01_where", "-p", "subject", "007")
    assert done.returncode == 0, done.stderr
    folder = project.outputs / "single" / "01_where-subject=007"
    assert done.stdout.strip() == f"Result: {folder / '01_where.html'}"
    summary = json.loads((folder / "summary.json").read_text())
    assert summary == {"python": sys.prefix, "folder": str(project.folder), "subject": "007"}


def test_progress_of_the_notebook_reaches_the_log_and_one_state_stays_in_the_notebook(project):
    project.notebook(
        "01_bar",
        "import time\nfrom tqdm import tqdm\nimport sys\n"
        "for _ in tqdm(range(30), desc='folds', mininterval=0.1, file=sys.stderr): time.sleep(0.1)",
        FINISH,
    )
    from mer.runs.console import Console

    class Log(list):
        def isatty(self):
            return False

        def write(self, text):
            self.append(text)

        def flush(self):
            pass

    from mer.runs.runner import StudyRunner
    from mer.runs.study import single_run

    log = Log()
    StudyRunner(single_run("01_bar", {}), Console(log, log_seconds=0.5)).run()
    assert any("folds:" in line and "/30" in line for line in log)
    text = (project.outputs / "single" / "01_bar" / "01_bar.ipynb").read_text()
    assert text.count("folds:") == 1
    assert "30/30" in text
