"""Folders that are whole or absent, and made once."""

import fcntl
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from mer.core.errors import InputError
from mer.core.folders import made_once


def fill(text, calls=None):
    def make(work):
        if calls is not None:
            calls.append(text)
        (work / "file").write_text(text)

    return make


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_the_folder_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "deep" / "made"

    def make(work):
        (work / "file").write_text("content")
        assert not target.exists()

    assert made_once(target, make)
    assert (target / "file").read_text() == "content"
    assert names(target.parent) == [".made.lock", "made"]
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o777 & ~umask
    assert not made_once(target, fill("again"))
    assert (target / "file").read_text() == "content"


def test_an_error_leaves_nothing(tmp_path):
    def make(work):
        (work / "file").write_text("content")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        made_once(tmp_path / "made", make)
    assert names(tmp_path) == [".made.lock"]


def test_of_several_at_once_one_makes_it(tmp_path):
    calls = []

    def slow(work):
        time.sleep(0.2)
        fill("once", calls)(work)

    threads = [threading.Thread(target=made_once, args=(tmp_path / "made", slow)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["once"]


def test_a_damaged_one_is_replaced_and_its_readers_read_on(tmp_path):
    target = tmp_path / "made"
    made_once(target, fill("damaged"))
    with open(target / "file") as reader:
        assert made_once(target, fill("right"), whole=lambda path: (path / "file").read_text() == "right")
        assert reader.read() == "damaged"
    assert (target / "file").read_text() == "right"
    assert names(tmp_path) == [".made.lock", "made"]


def test_an_error_while_a_damaged_one_is_made_again_keeps_what_is_there(tmp_path):
    target = tmp_path / "made"
    made_once(target, fill("damaged"))

    def make(work):
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        made_once(target, make, whole=lambda path: False)
    assert (target / "file").read_text() == "damaged"


def test_a_file_in_its_place_is_not_touched(tmp_path):
    (tmp_path / "made").write_text("a file")
    with pytest.raises(InputError, match="made is a file"):
        made_once(tmp_path / "made", fill("content"))
    assert (tmp_path / "made").read_text() == "a file"


def _killed_half_way(target):
    def make(work):
        (work / "half").write_text("")
        os._exit(9)

    made_once(Path(target), make)


def test_what_a_killed_process_left_goes_and_its_lock_ends_with_it(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=_killed_half_way, args=(tmp_path / "made",))
    process.start()
    process.join()
    assert process.exitcode == 9 and len(names(tmp_path)) == 2, "the lock and what is half made"
    (tmp_path / ".made.other.abcdefgh.part").mkdir()
    assert made_once(tmp_path / "made", fill("content"))
    assert names(tmp_path) == [".made.lock", ".made.other.abcdefgh.part", "made"], "that of made.other is not ours"


def test_what_is_left_beside_a_whole_one_goes_unless_somebody_makes_it_anew(tmp_path):
    """A process was killed just after it had put the new folder in the place of a damaged one."""
    made_once(tmp_path / "made", fill("content"))
    left = tmp_path / ".made.abcdefgh.part"
    left.mkdir()
    with open(tmp_path / ".made.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not made_once(tmp_path / "made", fill("again")) and left.is_dir()
    assert not made_once(tmp_path / "made", fill("again")) and not left.exists()
    assert (tmp_path / "made" / "file").read_text() == "content"


def test_a_full_or_closed_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"Cannot write .*file"):
        made_once(tmp_path / "file" / "made", fill(""))
