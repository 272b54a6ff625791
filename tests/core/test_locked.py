"""One process at a time."""

import errno
import fcntl
import subprocess
import sys
import time

import pytest

from mer.core.errors import InputError
from mer.core.folders import made_once
from mer.core.locked import locked, open_lock, take_lock

_HOLD = """
import sys, time
from pathlib import Path
from mer.core.locked import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_others_wait_until_the_holder_ends_however_it_ends(tmp_path):
    path = tmp_path / "new" / "a.yaml"
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, text=True) as other:
            time.sleep(0.5)
            assert other.poll() is None
            holder.kill()
            assert other.stdout.readline() == "held\n"
            other.kill()
    with locked(path):
        assert [file.name for file in path.parent.iterdir()] == [".a.yaml.lock"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is to be changed"), locked(tmp_path / "file" / "a.yaml"):
        pass


def test_a_lock_file_is_made_with_its_folder_and_keeps_what_stands_in_it(tmp_path):
    path = tmp_path / "new" / "a.lock"
    with open_lock(path, "") as stream:
        stream.write("held by 1")
    with open_lock(path, "") as stream:
        stream.seek(0)
        assert stream.read() == "held by 1"
    with pytest.raises(InputError, match=rf"Cannot write {path}: .*\. Do this\.$"):
        open_lock(path / "b.lock", "Do this.")


def test_where_there_are_no_locks_all_goes_on(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", none)
    assert take_lock(0, wait=False) and take_lock(0, shared=True)
    with locked(tmp_path / "a.yaml"):
        pass
    assert made_once(tmp_path / "made", lambda work: None)


def test_a_shared_lock_is_shared(tmp_path):
    with open(tmp_path / "x", "w") as one, open(tmp_path / "x", "w") as other:
        assert take_lock(one.fileno(), shared=True) and take_lock(other.fileno(), shared=True)
        assert not take_lock(other.fileno(), wait=False)
