import json
import os
import subprocess
import sys

import pytest

from mer.core.errors import InputError
from mer.core.files import digest
from mer.runs import folder as module
from mer.runs.folder import RunFolder, result_digest, run_folders
from tests.at_once import in_time, next_line

#: Of a run that produced nothing.
DIGEST = digest()


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path, "s", "a")
    made.path.mkdir(parents=True)
    return made


def finish(folder, run_hash="h"):
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.file("result.json").write_text(json.dumps({"state": "finished", "hash": run_hash, "digest": DIGEST}))


def test_only_a_whole_result_says_finished(folder):
    assert folder.state() == "interrupted"
    folder.file("result.json").write_text('{"state": "finis')
    assert folder.state() == "interrupted"
    folder.file("result.json").write_text("[]")
    assert folder.state() == "interrupted"
    finish(folder)
    assert folder.state() == "finished"
    assert result_digest(folder.path) == DIGEST


def test_absent_failed_and_running(folder, tmp_path):
    assert RunFolder(tmp_path, "s", "b").state() == "absent"
    folder.file("error.json").write_text("{}")
    assert folder.state() == "failed"
    with folder.lock():
        assert folder.state() == "running"
    assert folder.state() == "failed"


def test_one_that_finishes_while_it_is_asked_for_its_state_is_finished(folder, monkeypatch):
    monkeypatch.setattr(module, "is_held", lambda lock: bool(finish(folder)))  # and its process has let go
    assert folder.state() == "finished"


def test_a_lock_ends_with_its_process(folder, tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from mer.runs.folder import RunFolder\n"
        f"with RunFolder(Path({str(tmp_path)!r}), 's', 'a').lock(): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert folder.state() == "running"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert folder.state() == "interrupted"
    waited = []
    with folder.lock(waited.append):
        assert not waited


def test_who_waits_is_told_who_holds(folder):
    code = (
        "from pathlib import Path; import time; from mer.runs.folder import RunFolder\n"
        f"with RunFolder(Path({str(folder.outputs)!r}), 's', 'a').lock(): print('held', flush=True); input()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None and holder.stdout is not None
    holder.stdout.readline()
    told = []

    def tell(words):
        told.append(words)
        holder.communicate("let go\n")

    with folder.lock(tell):
        assert holder.returncode == 0, "held until it was let go"
    assert len(told) == 1
    assert f"process {holder.pid} since" in told[0]


def test_who_waits_is_told_when_the_one_who_checked_the_run_has_begun_it(folder):
    code = (
        "from pathlib import Path; from mer.runs.folder import RunFolder\n"
        f"run = RunFolder(Path({str(folder.outputs)!r}), 's', 'a')\n"
        "with run.lock():\n print('held', flush=True); input()\n run.note_running(); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as holder:
        try:
            assert next_line(holder, "the lock is held") == "held"
            told, names = [], []

            def tell(words):
                told.append(words)
                names.append(folder.holder())
                print(file=holder.stdin, flush=True)

            def locks():
                with folder.lock(tell):
                    return True

            assert in_time(locks, "the lock of the run")
        finally:
            holder.kill()
    assert told == [names[0], names[0] + module.RUNS] and names[0].startswith(f"process {holder.pid} since")
    assert names[1] == names[0], "who it is is one thing, what it does there another"


#: A process in the moment in which it asks whether a run is running, stretched: it holds the lock shared.
ASKS = """
import fcntl, sys
with open(sys.argv[1], "a+") as stream:
    fcntl.flock(stream.fileno(), fcntl.LOCK_SH)
    print("asks", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def asker(folder):
    """Another process that merely looks at the run."""
    path = folder._lock_path()
    path.parent.mkdir(parents=True)
    path.write_text("process 1 since long ago")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", ASKS, str(path)], text=True, **pipes) as process:
        try:
            assert next_line(process, "the lock is held shared") == "asks"
            yield process
        finally:
            process.kill()


def test_two_that_look_at_a_run_do_not_take_each_other_for_one_that_runs_it(folder, asker):
    assert folder.state() == "interrupted"
    with open(folder._lock_path()) as stream:
        assert module._try_lock(stream.fileno(), module.fcntl.LOCK_SH), "it looks as well, still"


def test_who_wants_a_run_is_not_told_that_one_who_merely_looks_at_it_runs_it(folder, asker, monkeypatch):
    told = []
    monkeypatch.setattr(module.time, "sleep", lambda seconds: asker.kill() or asker.wait())

    def locks():
        with folder.lock(told.append):
            return folder.holder()

    assert in_time(locks, "the lock of the run").startswith(f"process {os.getpid()} since")
    assert not told


def test_a_result_set_aside_comes_back_only_when_it_is_the_one_wanted(folder):
    finish(folder, "old")
    folder.set_aside()
    assert folder.state() == "absent"
    assert not folder.take_back("new")
    folder.path.mkdir()
    assert folder.take_back("old")
    assert folder.state() == "finished"
    assert not folder.earlier.exists()


def test_lists_runs_and_leaves_out_what_is_none(tmp_path):
    for name in ("s/a", "s/.locks", "s/b", "t/a", "cache/stores", "interactive/x", ".hidden/a"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "README.md").write_text("x")
    (tmp_path / "s" / "index.html").write_text("x")
    assert [(run.study, run.run) for run in run_folders(tmp_path)] == [("s", "a"), ("s", "b"), ("t", "a")]
    assert run_folders(tmp_path / "nothing") == []


@pytest.mark.skipif(os.geteuid() != 0 and not os.access("/proc", os.R_OK), reason="needs a read-only place: /proc")
def test_unwritable_outputs_are_named():
    from pathlib import Path

    with pytest.raises(InputError, match=r"/proc/s/\.locks.*MER_OUTPUTS"), RunFolder(Path("/proc"), "s", "a").lock():
        pass
