"""Folders that are whole or absent."""

import os
import time

import pytest

from mer.core.folders import whole_folder


def test_the_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "made"
    with whole_folder(target) as work:
        (work / "file").write_text("content")
        assert not target.exists()
    assert (target / "file").read_text() == "content"
    assert [entry.name for entry in target.parent.iterdir()] == ["made"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="half way"), whole_folder(tmp_path / "made") as work:
        (work / "file").write_text("content")
        raise RuntimeError("half way")
    assert list(tmp_path.iterdir()) == []


def test_the_quicker_of_two_is_kept(tmp_path):
    with whole_folder(tmp_path / "made") as slow:
        (slow / "file").write_text("slow")
        with whole_folder(tmp_path / "made") as quick:
            (quick / "file").write_text("quick")
    assert (tmp_path / "made" / "file").read_text() == "quick"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_in_its_place_is_an_error(tmp_path):
    (tmp_path / "made").write_text("a file")
    with pytest.raises(OSError), whole_folder(tmp_path / "made"):
        pass
    assert (tmp_path / "made").read_text() == "a file"


def test_only_leavings_older_than_a_day_are_removed(tmp_path):
    old, new = tmp_path / ".made.old.part", tmp_path / ".made.new.part"
    for left in (old, new):
        (left / "inner").mkdir(parents=True)
    yesterday = time.time() - 25 * 3600
    os.utime(old / "inner", (yesterday, yesterday))
    os.utime(old, (yesterday, yesterday))
    with whole_folder(tmp_path / "made"):
        pass
    assert not old.exists()
    assert new.exists()
