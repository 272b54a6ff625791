"""Files that are whole or absent."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.files import (
    atomic_write,
    digest,
    file_digest,
    read_json,
    read_mapping,
    write_bytes,
    write_json,
    write_text,
    write_together,
    write_with,
)


def test_written_whole_in_folders_made_on_the_way(tmp_path):
    path = tmp_path / "new" / "folder" / "text.txt"
    write_text(path, "Ärger\n")
    assert path.read_bytes() == "Ärger\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["text.txt"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_rights_are_those_that_the_user_leaves(tmp_path, umask):
    code = "from mer.core.files import write_text; write_text('x', 'faces')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, umask=umask, check=True)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o666 & ~umask


def test_what_a_killed_writer_left_goes_and_what_is_being_written_stays(tmp_path):
    killed = "import os; from mer.core.files import atomic_write\nwith atomic_write('x') as f:\n os._exit(9)"
    assert subprocess.run([sys.executable, "-c", killed], cwd=tmp_path, check=False).returncode == 9
    assert len(list(tmp_path.iterdir())) == 1
    with atomic_write(tmp_path / "x") as slow:
        assert len(list(tmp_path.iterdir())) == 1, "the leaving is gone, another is being written"
        write_text(tmp_path / "x", "quick")
        slow.write(b"slow")
    assert (tmp_path / "x").read_text() == "slow"
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_leavings_of_several_go_and_no_folder_is_listed_for_them(tmp_path, monkeypatch):
    """A folder of ten thousand files takes ten times as long to list as a file to write."""
    several = "with atomic_write('x'), atomic_write('x'), atomic_write('x'):\n os._exit(9)"
    killed = f"import os; from mer.core.files import atomic_write\n{several}"
    assert subprocess.run([sys.executable, "-c", killed], cwd=tmp_path, check=False).returncode == 9
    left = sorted(tmp_path.iterdir())
    assert len(left) == 3
    left[0].unlink()
    with monkeypatch.context() as patch:
        for name in ("listdir", "scandir"):
            patch.setattr(os, name, lambda *given: pytest.fail("listed"))
        write_text(tmp_path / "x", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_an_error_of_the_block_is_not_told_as_one_of_writing(tmp_path):
    with pytest.raises(MissingPath, match=r"^Clip table gone\.$"), atomic_write(tmp_path / "x"):
        raise MissingPath("Clip table gone.")
    with pytest.raises(FileNotFoundError, match="elsewhere"), atomic_write(tmp_path / "x"):
        Path("/nowhere/elsewhere").read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_an_error_inside_leaves_the_earlier_file_and_no_rest(tmp_path):
    path = tmp_path / "result.json"
    write_text(path, "earlier")
    with pytest.raises(KeyError), atomic_write(path) as stream:
        stream.write(b"half")
        raise KeyError
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_appears_only_at_the_end(tmp_path):
    path = tmp_path / "late"
    with atomic_write(path) as stream:
        stream.write(b"x")
        assert not path.exists()
    assert path.exists()


def test_a_full_disk_names_the_path_and_keeps_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "result"
    write_text(path, "earlier")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"Cannot write .*result: No space left on device"):
        write_text(path, "new")
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"Cannot write .*file/inner"):
        write_bytes(tmp_path / "file" / "inner", b"")


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "shared"
    contents = [bytes([letter]) * 100_000 for letter in b"abcdefgh"]
    failed = []

    def write(content):
        try:
            for _ in range(20):  # so that names of temporary files come to be used again
                write_bytes(path, content)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_json_and_back(tmp_path):
    path = tmp_path / "value.json"
    write_json(path, {"path": Path("a/b"), "count": np.int64(3), "array": np.array([1.5, 2.0]), "name": "Ä"})
    assert read_json(path) == {"path": "a/b", "count": 3, "array": [1.5, 2.0], "name": "Ä"}
    assert "Ä" in path.read_text(encoding="utf-8")


def test_what_is_no_json_value_leaves_no_file(tmp_path):
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        write_json(tmp_path / "value.json", {1, 2})
    assert list(tmp_path.iterdir()) == []


def test_reading_what_is_absent_or_cut_short(tmp_path):
    with pytest.raises(MissingPath, match=r"value\.json does not exist"):
        read_json(tmp_path / "value.json")
    (tmp_path / "value.json").write_text(json.dumps({"a": 1})[:-1])
    with pytest.raises(InputError, match=r"value\.json is not valid JSON"):
        read_json(tmp_path / "value.json")
    (tmp_path / "value.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not valid JSON"):
        read_json(tmp_path / "value.json")


def test_json_that_cannot_be_read(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"deep\.json is not valid JSON"):
        read_json(tmp_path / "deep.json")
    with pytest.raises(InputError, match="Cannot read"):
        read_json(tmp_path)


def test_an_object_with_the_wanted_keys(tmp_path):
    path = tmp_path / "record.json"
    write_json(path, {"seconds": 1.5, "config": {}, "ended": None, "count": True})
    content = read_mapping(path, seconds=(int, float), config=dict, ended=(str, type(None)), count=bool)
    assert content["seconds"] == 1.5
    with pytest.raises(InputError, match=r"record\.json: 'seconds' is 1\.5 \(float\), expected str"):
        read_mapping(path, seconds=str)
    with pytest.raises(InputError, match="'count' is True"):
        read_mapping(path, count=int)
    with pytest.raises(InputError, match="has no 'seed'"):
        read_mapping(path, seed=int)
    write_json(path, [1])
    with pytest.raises(InputError, match="holds a list, expected an object"):
        read_mapping(path)


def test_write_with_a_function_that_saves(tmp_path):
    array = np.arange(6).reshape(2, 3)
    write_with(tmp_path / "array.npy", lambda stream: np.save(stream, array))
    np.testing.assert_array_equal(np.load(tmp_path / "array.npy"), array)


def test_digest_depends_on_every_part_and_on_where_it_ends():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") != digest("ab", "")
    assert digest("ab", "c") != digest("c", "ab")
    assert digest("é") == digest("é".encode())
    assert digest("a") == hashlib.sha256((1).to_bytes(8, "little") + b"a").hexdigest()


def test_file_digest(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_files_that_belong_together_are_all_new_or_all_old(tmp_path, monkeypatch):
    names = [tmp_path / name for name in ("a.png", "b.csv", "c.json")]
    write_together(dict.fromkeys(names, b"old"))
    assert [path.read_bytes() for path in names] == [b"old"] * 3
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"Cannot write .*file/inner"):  # found when the others are written already
        write_together(dict.fromkeys([tmp_path / "file" / "inner", *names], b"new"))
    assert [path.read_bytes() for path in names] == [b"old"] * 3
    assert sorted(tmp_path.iterdir()) == [*names, tmp_path / "file"], "nothing half written stays"


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_who_is_killed_while_files_take_their_places_leaves_none_that_tells_of_a_mixture(tmp_path, moved):
    names = [tmp_path / name for name in ("a.png", "b.csv", "c.json")]
    write_together(dict.fromkeys(names, b"old"))
    code = (
        "import os, signal, sys; from pathlib import Path; from mer.core.files import write_together\n"
        "replace, left = os.replace, int(sys.argv[1])\n"
        "def counted(*paths):\n    global left\n    if not left: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    left -= 1; replace(*paths)\n"
        "os.replace = counted; write_together(dict.fromkeys(map(Path, sys.argv[2:]), b'new'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(moved), *map(str, names)], timeout=120, check=False)
    assert done.returncode == (0 if moved == 3 else -signal.SIGKILL)
    assert [path.read_bytes() for path in names[:2]] == [b"new"] * min(moved, 2) + [b"old"] * (2 - min(moved, 2))
    assert names[2].exists() == (moved == 3), "the last tells of the others"
    write_together(dict.fromkeys(names, b"next"))
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"next"] * 3, "nothing half written stays"


def test_what_is_no_regular_file_is_refused_before_it_is_read(tmp_path):
    os.mkfifo(tmp_path / "record.json")  # opened, it would wait for a writer
    with pytest.raises(InputError, match="no regular file"):
        read_json(tmp_path / "record.json")
