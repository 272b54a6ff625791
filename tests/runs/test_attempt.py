"""What an execution that does not reach its end leaves: words, a mark, and all that was finished before."""

import json
import resource
import signal

from tests.runs.board_runs import FINISH
from tests.runs.conftest import COUNT, executed, state


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
