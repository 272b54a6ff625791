"""Rows of an archive are those that numpy reads, whatever is asked for first."""

import zipfile

import numpy as np
import pytest

from mer.core.errors import InputError, MissingPath
from mer.widgets.kept import Kept
from mer.widgets.results import stored_rows
from mer.widgets.results.stored_rows import StoredRows, archive_members

RNG = np.random.default_rng(0)
ARRAYS = {
    "faces": RNG.integers(0, 40, (50, 16, 16), dtype=np.uint8),
    "moved": RNG.normal(size=(50, 2, 8)).astype(np.float16),
    "turned": np.asfortranarray(RNG.normal(size=(50, 6))),
    "words": np.arange(50),
    "nothing": np.zeros((50, 0, 3)),
    "none": np.zeros((0, 4)),
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Three faces a block, so that 50 make seventeen, the last of them shorter."""
    monkeypatch.setattr(stored_rows, "_LEAST_BLOCK", 3 * 256)
    monkeypatch.setattr(stored_rows, "_MOST_BLOCKS", 1000)
    monkeypatch.setattr(stored_rows, "_PIECE", 100)  # so that a block is read in many pieces


@pytest.fixture(params=[np.savez, np.savez_compressed])
def path(request, tmp_path):
    request.param(tmp_path / "a.npz", **ARRAYS)
    return tmp_path / "a.npz"


def rows_of(path, name, kept=0):
    return StoredRows(archive_members(path)[name], Kept(kept))


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("ahead", [False, True])
def test_rows_are_those_of_the_array(path, name, ahead):
    rows, whole = rows_of(path, name), ARRAYS[name]
    if ahead:
        list(rows.steps_ahead())
    assert rows.shape == whole.shape and rows.dtype == whole.dtype and len(rows) == len(whole)
    for row in range(-len(whole), len(whole), 7):
        assert np.array_equal(rows[row], whole[row])
    some = np.flatnonzero(np.arange(len(whole)) % 3 == 0)[::-1]
    for asked in (some, slice(2, 30, 5), np.arange(len(whole)) % 2 == 0, some[:0], some[:4].reshape(2, -1)):
        assert np.array_equal(rows[asked], whole[asked])
    assert np.array_equal(np.asarray(rows), whole) and np.asarray(rows, np.float32).dtype == np.float32
    if name == "faces":
        assert np.array_equal(rows[:, 3], whole[:, 3])


def test_a_row_out_of_the_array_is_refused(path):
    with pytest.raises(IndexError):
        rows_of(path, "faces")[50]


def test_only_what_is_asked_for_is_read(path, monkeypatch):
    rows, read = rows_of(path, "faces", 10_000), []
    inflate = stored_rows._inflate
    monkeypatch.setattr(stored_rows, "_inflate", lambda *given: read.append(given[-1]) or inflate(*given))
    packed = rows.member.packed
    assert np.array_equal(rows[4], ARRAYS["faces"][4])
    assert read == ([rows.member.head, 768, 768] if packed else [])
    assert np.array_equal(rows[3], ARRAYS["faces"][3]) and len(read) == 3 * packed  # kept
    rows[20]
    assert len(read) == 8 * packed
    rows[1]
    assert len(read) == 9 * packed  # from the state put by, not from the beginning


def test_memory_is_bounded(path):
    rows = rows_of(path, "faces", 2 * 768)
    for row in range(50):
        rows[row]
    assert rows._kept.size_bytes <= 2 * 768


def test_a_row_is_the_askers_own(path):
    rows = rows_of(path, "faces", 10_000)
    rows[0][:] = 0
    assert np.array_equal(rows[0], ARRAYS["faces"][0])


def test_an_archive_that_went_broke_or_changed_is_said(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **ARRAYS)
    members = archive_members(path)
    data = bytearray(path.read_bytes())
    middle = members["faces"].start + members["faces"].length // 2
    data[middle : middle + 8] = bytes(8)
    path.write_bytes(data)
    rows = StoredRows(archive_members(path)["faces"], Kept(0))
    with pytest.raises(InputError, match="can no longer be read"):
        list(rows.steps_ahead())
    with pytest.raises(InputError, match="another one than when"):
        StoredRows(members["faces"], Kept(0))[0]
    path.unlink()
    with pytest.raises(MissingPath, match="deleted or moved"):
        rows[0]


def test_values_that_changed_within_are_noticed_by_the_checksum(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as stream:
        np.lib.format.write_array(stream, ARRAYS["faces"])
    member = archive_members(path)["a"]
    wrong = StoredRows(type(member)(**{**member.__dict__, "checksum": member.checksum ^ 1}), Kept(0))
    with pytest.raises(InputError, match="checksum"):
        wrong[49]


@pytest.mark.parametrize("content", [None, b"PK broken"])
def test_what_is_no_archive_holds_nothing(tmp_path, content):
    if content:
        (tmp_path / "a.npz").write_bytes(content)
    assert archive_members(tmp_path / "a.npz") == {}
