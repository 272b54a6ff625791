"""Arrays of a run: rows when they are asked for, and those far behind soon after the view opens."""

import numpy as np
import pytest

from mer.core.errors import MissingPath
from mer.widgets.results import stored_rows
from mer.widgets.results.run_arrays import RunArrays

COUNT, SIDE = 2000, 32  # 2 MB: eight blocks of 256 rows


@pytest.fixture
def inflated(monkeypatch):
    """Name and bytes of every block inflated, as it happens; headers are less than a block."""
    read, inflate = [], stored_rows._inflate
    monkeypatch.setattr(
        stored_rows, "_inflate", lambda file, member, *given: read.append(member.name) or inflate(file, member, *given)
    )
    return read


@pytest.fixture
def large(tmp_path):
    faces = np.random.default_rng(0).integers(0, 40, (COUNT, SIDE, SIDE), dtype=np.uint8)
    np.savez_compressed(tmp_path / "clips.npz", onset=faces, apex=255 - faces)
    return tmp_path / "clips.npz", faces


def test_rows_are_read_when_asked_for_and_kept(run):
    with np.load(run / "arrays" / "clips.npz") as stored:
        expected = dict(stored)
    arrays = RunArrays(run / "arrays" / "clips.npz", 12)
    assert set(arrays) == set(expected) and len(arrays) == 8
    assert all(arrays[name].shape == expected[name].shape for name in arrays)
    first = arrays["onset"][2]
    assert np.array_equal(first, expected["onset"][2])
    (run / "arrays" / "clips.npz").unlink()
    assert np.array_equal(arrays["onset"][2], first)
    with pytest.raises(MissingPath, match="deleted or moved"):
        arrays["apex"][2]
    with pytest.raises(KeyError):
        arrays["nothing"]


def test_looking_ahead_ends_quietly(run):
    arrays = RunArrays(run / "arrays" / "clips.npz", 12)
    arrays.read_ahead(["onset", "nothing", "apex"]).join()
    (run / "arrays" / "clips.npz").unlink()
    arrays.read_ahead(["displacement"]).join()


def test_the_last_row_while_others_are_read_ahead_inflates_no_block_twice(large, inflated):
    path, faces = large
    arrays = RunArrays(path, COUNT)
    thread = arrays.read_ahead()
    last = arrays["onset"][COUNT - 1]
    thread.join()
    assert np.array_equal(last, faces[-1])
    assert 9 <= inflated.count("onset") <= 10  # a header, eight blocks, and the last of them anew if it was passed
    assert inflated.count("apex") == 9
    del inflated[:]
    assert np.array_equal(arrays["apex"][COUNT // 2], 255 - faces[COUNT // 2])
    assert inflated == ["apex"]  # one block, wherever the row stands
