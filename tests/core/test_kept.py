"""Folders of the cache: made once, checked, made again where they are damaged, held by who uses them."""

import errno
import fcntl
import subprocess
import sys
import time

import pytest

from mer.core import kept
from mer.core.errors import InputError, MissingPath
from mer.core.kept import is_whole, kept_folder, open_kept
from mer.core.machine_fault import MachineFault
from mer.core.sealed import Damaged, OtherFormat
from tests.damage import DAMAGES, contents
from tests.limits import full_disk, read_only

FORMAT = 3


def fill(work, text="content"):
    (work / "below").mkdir()
    (work / "below" / "file").write_text(text)
    (work / "other").write_text("other")


def refuse(work):
    raise AssertionError("made again")


def test_it_is_made_once_and_says_what_it_is(tmp_path):
    path = tmp_path / "deep" / "made-1234"
    made = kept_folder(path, FORMAT, fill, {"about": [1]})
    assert set(made["files"]) == {"below/file", "other"} and made["about"] == [1] and made["key"] == "made-1234"
    assert kept_folder(path, FORMAT, refuse) == made == open_kept(path, FORMAT, "Make it.")


def test_digests_that_its_maker_knows_are_believed_until_it_is_opened(tmp_path):
    def knowing(sha256):
        return {"digests": {"other": sha256}}

    right = kept_folder(tmp_path / "read", FORMAT, fill)["files"]
    assert kept_folder(tmp_path / "known", FORMAT, fill, **knowing(right["other"]["sha256"]))["files"] == right
    with pytest.raises(Damaged, match="other is damaged"):
        kept_folder(tmp_path / "wrong", FORMAT, fill, **knowing("0" * 64))


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["index.json", "below/file", "other"])
def test_what_is_damaged_is_named_and_made_again(tmp_path, capsys, name, how):
    path = tmp_path / "made"
    kept_folder(path, FORMAT, fill)
    before = contents(path)
    DAMAGES[how](path / name)
    assert not is_whole(path, FORMAT)
    with pytest.raises((Damaged, MissingPath), match=name.split("/")[-1]):
        open_kept(path, FORMAT, "Make it.")
    kept_folder(path, FORMAT, fill)
    assert contents(path) == before
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(path) in said and name in said and said.endswith("Building it again.\n")


def test_a_folder_under_another_name_is_another_one(tmp_path, capsys):
    kept_folder(tmp_path / "one", FORMAT, fill)
    (tmp_path / "one").rename(tmp_path / "two")
    with pytest.raises(Damaged, match=r"key 'one', expected 'two'.* Make it\."):
        open_kept(tmp_path / "two", FORMAT, "Make it.")
    assert kept_folder(tmp_path / "two", FORMAT, fill)["key"] == "two"
    assert "expected 'two'" in capsys.readouterr().err


def test_an_older_one_is_made_again_and_a_newer_one_refused(tmp_path, capsys):
    path = tmp_path / "made"
    kept_folder(path, FORMAT, fill)
    assert kept_folder(path, FORMAT + 1, fill)["format"] == FORMAT + 1
    assert "older version of this suite (format 3, expected 4). Building it again." in capsys.readouterr().err
    with pytest.raises(OtherFormat, match="Update it"):
        kept_folder(path, FORMAT, refuse)
    (path / "index.json").write_text('{"format": 3}')  # as it was before there were seals
    assert kept_folder(path, FORMAT, fill)["format"] == FORMAT


def test_one_that_is_whole_can_be_replaced_but_not_twice(tmp_path):
    path = tmp_path / "made"
    kept_folder(path, FORMAT, fill)
    inode = path.stat().st_ino
    kept_folder(path, FORMAT, lambda work: fill(work, "new"), instead_of=inode)
    assert (path / "below" / "file").read_text() == "new"
    kept_folder(path, FORMAT, refuse, instead_of=inode)  # another process was asked the same


def test_a_limit_of_the_machine_is_no_damage(tmp_path, monkeypatch):
    path = tmp_path / "made"
    kept_folder(path, FORMAT, fill)

    def too_many(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    for reader in ("mer.core.sealed.file_digest", "pathlib.Path.read_text"):
        with monkeypatch.context() as patch:
            patch.setattr(reader, too_many)
            with pytest.raises(MachineFault, match=r"made cannot be read: Too many open files.*ulimit"):
                kept_folder(path, FORMAT, refuse)
    kept_folder(path, FORMAT, refuse)


MAKE = """
import sys
from pathlib import Path
from mer.core.kept import kept_folder
def make(work):
    for number in range(3):
        (work / str(number)).write_bytes(bytes(100_000))
try:
    print(len(kept_folder(Path(sys.argv[1]) / "made", 1, make, need=int(sys.argv[2]))["files"]))
except ValueError as error:
    print(type(error).__name__, error)
"""


def test_a_disk_without_room(tmp_path):
    with full_disk(tmp_path, 1 << 20) as disk:
        taken = disk.fill(leave=200_000)
        before = disk.run([sys.executable, "-c", MAKE, tmp_path, 300_000]).stdout
        assert before.startswith(f"InputError made needs 300 kB in {tmp_path}, but only 201 kB are free there. Free")
        midway = disk.run([sys.executable, "-c", MAKE, tmp_path, 0]).stdout
        assert midway.startswith(f"InputError Cannot write {tmp_path}/made: No space left on device. Free some space")
        assert "MER_CACHE" in midway
        assert sorted(path.name for path in disk.outside.iterdir()) == [".made.lock", ".taken"]
        taken.unlink()
        assert disk.run([sys.executable, "-c", MAKE, tmp_path, 300_000]).stdout == "3\n"


def test_a_folder_that_may_only_be_read(tmp_path):
    kept_folder(tmp_path / "made", 1, fill)
    with read_only(tmp_path) as place:
        assert place.run([sys.executable, "-c", MAKE, tmp_path, 0]).stdout == "2\n"
        (tmp_path / "made" / "other").write_text("x")  # damaged from outside
        said = place.run([sys.executable, "-c", MAKE, tmp_path, 0]).stdout
        assert said.startswith("InputError") and "Read-only file system" in said and str(tmp_path) in said


def _is_held(path):
    with open(path / "index.json") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True


def test_what_a_process_uses_is_held_until_it_ends(tmp_path):
    command = [sys.executable, "-c", MAKE + "\nsys.stdout.flush(); sys.stdin.read()", str(tmp_path), "0"]
    user = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert user.stdout.readline() == "3\n"
    assert _is_held(tmp_path / "made")
    user.kill()
    user.communicate()
    deadline = time.monotonic() + 30
    while _is_held(tmp_path / "made") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_held(tmp_path / "made")


def test_no_more_handles_are_open_than_some(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_MOST_HELD", 2)
    for name in "abcd":
        kept_folder(tmp_path / name, FORMAT, fill)
    assert [_is_held(tmp_path / name) for name in "abcd"] == [False, False, True, True]


def test_a_reader_waits_for_the_one_that_is_just_being_made(tmp_path, monkeypatch):
    """A damaged folder is opened while another process replaces it."""
    path = tmp_path / "made"
    kept_folder(path, FORMAT, fill)
    (path / "other").write_text("damaged")
    settled = kept._settled

    def replaced_meanwhile(folder):
        kept_folder(folder, FORMAT, fill)
        return settled(folder)

    monkeypatch.setattr(kept, "_settled", replaced_meanwhile)
    assert "other" in open_kept(path, FORMAT, "Make it.")["files"]


def test_a_file_in_its_place_is_not_touched(tmp_path):
    (tmp_path / "made").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        kept_folder(tmp_path / "made", FORMAT, fill)
    with pytest.raises(InputError, match="Cannot write"):
        kept_folder(tmp_path / "made" / "deeper", FORMAT, fill)
