"""An index vouches for the files of a folder, and for itself."""

import json
import os
import shutil
import sys
import time

import numpy as np
import pytest

from mer.core import sealed
from mer.core.errors import InputError, MissingPath
from mer.core.found_right import note_right
from mer.core.sealed import Damaged, OtherFormat, check_format, has_seal, seal, unsealed
from tests.limits import read_only

REMEDY = "Run `mer study demo` again."
LARGE = 3 << 20


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "made"
    (made / "inner").mkdir(parents=True)
    (made / "a.csv").write_bytes(b"clip,truth\n1,2\n")
    (made / "inner" / "b.npy").write_bytes(bytes(range(256)) * 5)
    (made / "large.npy").write_bytes(np.random.default_rng(0).bytes(LARGE))
    about = {"key": "k1", "count": np.int64(3), "ratio": 0.1, "names": ("ä", "b")}
    seal(made, "index.json", 2, about, ["a.csv", "inner/b.npy", "large.npy"])
    return made


def read(folder, **options):
    return unsealed(folder, "index.json", 2, REMEDY, **options)


def test_what_was_sealed_comes_back_with_sizes_and_digests(folder):
    content = read(folder, expected={"key": "k1", "count": 3})
    assert {name: content[name] for name in ("format", "key", "count", "ratio", "names")} == {
        "format": 2,
        "key": "k1",
        "count": 3,
        "ratio": 0.1,
        "names": ["ä", "b"],
    }
    assert content["files"]["a.csv"]["bytes"] == 15
    assert list(content["files"]) == ["a.csv", "inner/b.npy", "large.npy"]
    assert has_seal(folder / "index.json") and not has_seal(folder / "a.csv") and not has_seal(folder / "none")


def truncated(path):
    path.write_bytes(path.read_bytes()[:-3])


def emptied(path):
    path.write_bytes(b"")


def flipped(place):
    def damage(path):
        data = bytearray(path.read_bytes())
        data[int(place * (len(data) - 1))] ^= 1
        path.write_bytes(data)

    return damage


def deleted(path):
    path.unlink()


def a_folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = [truncated, emptied, flipped(0), flipped(0.5), flipped(1), deleted, a_folder]


@pytest.mark.parametrize("name", ["a.csv", "inner/b.npy", "large.npy"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_of_every_file_is_named_at_once_and_later(folder, name, damage):
    read(folder)
    damage(folder / name)
    for _ in range(2):
        with pytest.raises(Damaged, match=rf"{name}.*Run `mer study demo` again\."):
            read(folder)
    assert read(folder, files=[other for other in ("a.csv", "inner/b.npy") if other != name])


@pytest.mark.parametrize("damage", [truncated, emptied, deleted, a_folder])
def test_a_damaged_index_is_named(folder, damage):
    damage(folder / "index.json")
    with pytest.raises(MissingPath if damage is deleted else Damaged, match=r"index\.json"):
        read(folder)


def test_no_flipped_bit_of_the_index_passes(folder):
    whole = (folder / "index.json").read_bytes()
    before = json.loads(whole)
    for place in range(len(whole)):
        (folder / "index.json").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            read(folder)
        except InputError as error:
            assert "index.json" in str(error)
        else:  # a blank of the layout: it says the same
            assert json.loads((folder / "index.json").read_bytes()) == before


def test_a_large_file_is_read_once_until_somebody_touches_it(folder, monkeypatch):
    asked = []
    digest = sealed.file_digest
    monkeypatch.setattr(sealed, "file_digest", lambda path: asked.append(os.path.basename(path)) or digest(path))
    time.sleep(0.15)  # what was changed within the tick of a clock is not believed to have settled
    read(folder)
    assert "large.npy" in asked
    asked.clear()
    read(folder)
    assert asked == ["a.csv", "b.npy"]
    read(folder, every=True)
    assert "large.npy" in asked


OPEN = """
import sys
from pathlib import Path
from mer.core import sealed
digest = sealed.file_digest
sealed.file_digest = lambda path: print(Path(path).name) or digest(path)
sealed.unsealed(Path(sys.argv[1]), "index.json", 2, "")
"""


def test_of_one_that_may_only_be_read_it_is_noted_in_the_users_cache(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    note_right(folder, "index.json", {"large.npy": [1, LARGE, 1, 1]})  # by who may write there, of an earlier file
    time.sleep(0.15)
    with read_only(folder) as place:

        def opened():
            return place.run([sys.executable, "-c", OPEN, folder])

        assert "large.npy" in opened().stdout
        assert len(list((tmp_path / "own" / "mer" / "found-right").iterdir())) == 1
        assert "large.npy" not in opened().stdout
        stamp = (folder / "large.npy").stat()
        flipped(0.5)(folder / "large.npy")  # from outside
        os.utime(folder / "large.npy", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert "large.npy is damaged" in opened().stderr


def test_a_change_that_puts_size_and_date_back_is_seen(folder):
    large = folder / "large.npy"
    time.sleep(0.15)
    read(folder)
    stamp = large.stat()
    flipped(0.5)(large)
    os.utime(large, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(Damaged, match=r"large\.npy"):
        read(folder)


def other_json(path):
    shutil.copy(path.with_name("index.json"), path)


def of_another(path):
    path.write_text(json.dumps({"large.npy": "x", "a.csv": 5, "other.npy": [1, 2], "inner/b.npy": [1, 2, 3, None]}))


@pytest.mark.parametrize("damage", [*DAMAGES, other_json, of_another])
def test_what_is_noted_of_large_files_is_not_relied_on_where_it_is_damaged(folder, damage):
    time.sleep(0.15)
    read(folder)
    (notes,) = folder.glob(".index.json.*")
    whole = json.loads(notes.read_text())
    assert list(whole) == ["large.npy"]
    damage(notes)
    assert read(folder)["key"] == "k1"
    assert damage is a_folder or json.loads(notes.read_text())["large.npy"] == whole["large.npy"]
    flipped(0.5)(folder / "large.npy")
    with pytest.raises(Damaged, match=r"large\.npy"):
        read(folder)


def test_a_file_and_a_folder_of_another_are_told(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "a.csv").write_bytes(b"clip,truth\n1,3\n")
    seal(other, "index.json", 2, {"key": "k2"}, ["a.csv", "inner/b.npy", "large.npy"])
    with pytest.raises(Damaged, match=r"says key 'k2', expected 'k1'.*Run `mer study"):
        read(other, expected={"key": "k1"})
    shutil.copy(other / "a.csv", folder / "a.csv")
    with pytest.raises(Damaged, match=r"a\.csv is damaged"):
        read(folder)


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a/../../b", "", "a\0b"])
def test_a_forged_index_cannot_point_outside(folder, name):
    content = json.loads((folder / "index.json").read_text())
    del content["seal"]
    content["files"][name] = {"bytes": 0, "sha256": ""}
    content["seal"] = sealed._seal_of(content)
    (folder / "index.json").write_text(json.dumps(content))
    with pytest.raises(Damaged, match="not a path inside"):
        read(folder)


def test_older_and_newer_formats_are_refused_with_what_to_do(folder):
    with pytest.raises(OtherFormat, match=r"older version.*format 2, expected 3.*Run `mer study demo`"):
        unsealed(folder, "index.json", 3, REMEDY)
    with pytest.raises(OtherFormat, match=r"newer version.*format 2; this one reads 1.*Update"):
        unsealed(folder, "index.json", 1, REMEDY)
    (folder / "index.json").write_text('{"format": 2, "files": {}}')
    with pytest.raises(OtherFormat, match="no format"):
        read(folder)
    check_format("x", 4, 4, REMEDY)


def test_a_file_that_is_not_vouched_for(folder):
    with pytest.raises(InputError, match=r"does not vouch for extra\.csv"):
        read(folder, files=["extra.csv"])


def test_without_the_right_to_write_it_is_checked_all_the_same(folder, monkeypatch):
    def refused(*_):
        raise InputError("read only")

    time.sleep(0.15)
    monkeypatch.setattr(sealed, "write_json", refused)
    assert read(folder)
    flipped(0.5)(folder / "large.npy")
    with pytest.raises(Damaged):
        read(folder)


def test_an_index_is_read_once_until_it_is_written_again(folder, monkeypatch):
    time.sleep(0.15)
    asked = []
    whole = sealed.read_json
    monkeypatch.setattr(sealed, "read_json", lambda path: asked.append(path.name) or whole(path))
    first = read(folder, files=["a.csv"])
    first["key"] = "changed by the one who asked"
    assert read(folder, files=["a.csv"], expected={"key": "k1"})
    assert asked.count("index.json") == 1
    (folder / "index.json").write_text((folder / "index.json").read_text().replace("k1", "k2"))
    with pytest.raises(Damaged, match="own seal"):
        read(folder, files=["a.csv"])


def test_digests_that_are_known_are_not_computed_again(folder, monkeypatch):
    digests = {"a.csv": sealed.file_digest(folder / "a.csv")}
    monkeypatch.setattr(sealed, "file_digest", lambda path: pytest.fail("read again"))
    seal(folder, "index.json", 2, {}, digests, digests)
    assert json.loads((folder / "index.json").read_text())["files"]["a.csv"]["sha256"] == digests["a.csv"]


def test_digests_that_are_told_are_not_taken_for_read(tmp_path):
    """Also of a file that is large enough to be read once only, and was not touched lately."""
    (tmp_path / "large").write_bytes(bytes(2 << 20))
    time.sleep(0.2)
    seal(tmp_path, "index.json", 2, {}, ["large"], {"large": "0" * 64})
    with pytest.raises(Damaged, match="large is damaged"):
        read(tmp_path)
