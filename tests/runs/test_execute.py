"""A notebook and its kernel: how they start, where they work, what they print, how they are stopped."""

import json
import os
import resource
import signal
import sys

import pytest

from tests.runs.board_runs import FINISH, wait_for
from tests.runs.conftest import state


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
