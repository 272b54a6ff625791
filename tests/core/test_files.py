"""Files that are whole or absent."""

import errno
import hashlib
import json
import os
import stat
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
    write_bytes,
    write_json,
    write_text,
    write_with,
)


def test_written_whole_in_folders_made_on_the_way(tmp_path):
    path = tmp_path / "new" / "folder" / "text.txt"
    write_text(path, "Ärger\n")
    assert path.read_bytes() == "Ärger\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["text.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


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
    threads = [threading.Thread(target=write_bytes, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
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
