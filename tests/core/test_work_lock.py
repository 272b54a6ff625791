"""Processes that work in a run's folder, and one that has it alone."""

import errno
import fcntl
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from mer.core import locked
from mer.core import work_lock as module
from mer.core.errors import InputError
from mer.core.locked import take_lock
from mer.core.work_lock import alone_in, work_lock, work_to_the_end, working_folders, working_in

WORK = """
import sys, time
from mer.core.work_lock import work_to_the_end
work_to_the_end(sys.argv[1])
print("works", flush=True)
time.sleep(600)
"""
ALONE = """
import sys
from mer.core.work_lock import alone_in
with alone_in(sys.argv[1], lambda: print("waits", flush=True)):
    print("alone", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def start():
    """A process of one of the scripts, for a folder; what it says comes line by line."""
    started = []

    def begin(script: str, folder) -> subprocess.Popen:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen([sys.executable, "-c", script, str(folder)], text=True, **pipes))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_whoever_wants_a_folder_alone_waits_until_all_who_work_there_have_ended(start, tmp_path):
    folder = tmp_path / "study" / "run"
    workers = [start(WORK, folder) for _ in range(2)]
    assert [worker.stdout.readline() for worker in workers] == ["works\n"] * 2, "side by side"
    shutil.rmtree(folder, ignore_errors=True)
    alone = start(ALONE, folder)
    assert alone.stdout.readline() == "waits\n"
    workers[0].kill()
    workers[0].wait()
    with open(work_lock(folder)) as stream, pytest.raises(BlockingIOError):
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)  # the other still works
    workers[1].kill()
    assert alone.stdout.readline() == "alone\n"


def test_nobody_begins_to_work_while_one_has_the_folder_alone(start, tmp_path):
    folder = tmp_path / "study" / "run"
    alone = start(ALONE, folder)
    assert alone.stdout.readline() == "alone\n"
    told = []
    with alone_in(tmp_path / "study" / "other", lambda: told.append("waited")):  # of another run
        pass
    assert not told
    worker = start(WORK, folder)
    with open(work_lock(folder)) as stream, pytest.raises(BlockingIOError):
        fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    alone.stdin.write("\n")
    alone.stdin.flush()
    assert worker.stdout.readline() == "works\n"


def test_the_lock_outlives_the_folder_and_can_be_entered_twice(tmp_path):
    folder = tmp_path / "study" / "run"
    with working_in(folder):
        folder.mkdir(exist_ok=True, parents=True)
        with working_in(folder / "inside"), working_in(folder):
            assert working_folders() == (folder,)
        assert working_folders() == (folder,)
        shutil.rmtree(folder)
        assert [path.name for path in (tmp_path / "study").iterdir()] == [".locks"]
    assert working_folders() == ()
    told = []
    with alone_in(folder, lambda: told.append("waited")):
        assert not told


def test_what_is_held_to_the_end_is_held_once(monkeypatch, tmp_path):
    with ExitStack() as held:
        monkeypatch.setattr(module, "_to_the_end", held)
        work_to_the_end(tmp_path / "run")
        work_to_the_end(tmp_path / "run")
        assert working_folders() == (tmp_path / "run",)
    assert working_folders() == ()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_where_there_are_no_locks_nobody_waits(monkeypatch, tmp_path, number):
    def none(*_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(locked.fcntl, "flock", none)
    with working_in(tmp_path / "run"), alone_in(tmp_path / "run", lambda: pytest.fail("waited")):
        assert working_folders() == (tmp_path / "run",)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=rf"Cannot write {tmp_path}/file/\.locks.*MER_OUTPUTS"):
        work_to_the_end(tmp_path / "file" / "run")
    with pytest.raises(InputError, match="MER_OUTPUTS"), alone_in(tmp_path / "file" / "run"):
        pass


def test_a_thread_holds_the_folder_after_another_has_left_it(tmp_path):
    folder = tmp_path / "run"
    inside, leave = threading.Event(), threading.Event()

    def second():
        with working_in(folder / "group"):
            inside.set()
            leave.wait()

    with working_in(folder):
        thread = threading.Thread(target=second)
        thread.start()
        inside.wait()
    with open(work_lock(folder)) as stream:
        assert not take_lock(stream.fileno(), wait=False), "the second still works there"
        leave.set()
        thread.join()
        assert take_lock(stream.fileno(), wait=False)
    assert working_folders() == ()
