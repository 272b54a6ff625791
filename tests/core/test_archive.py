"""Archives of arrays, whole and damaged."""

import pickle
import zipfile

import numpy as np
import pytest

from mer.core.archive import open_npz, read_npz
from mer.core.errors import InputError, MissingPath

ARRAYS = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.linspace(0, 1, 400)}


@pytest.fixture(params=[np.savez, np.savez_compressed])
def archive(request, tmp_path):
    request.param(tmp_path / "a.npz", **ARRAYS)
    return tmp_path / "a.npz"


def test_arrays_come_back_by_name(archive):
    found = read_npz(archive)
    assert list(found) == ["a", "b"] and all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)
    with open_npz(archive) as arrays:
        assert len(arrays) == 2 and arrays["a"].dtype == np.int16
        with (
            pytest.raises(InputError, match=r"holds no array 'c', only \['a', 'b'\]. Do this"),
            open_npz(archive, "Do this.") as again,
        ):
            again["c"]
        with pytest.raises(ZeroDivisionError):  # an error of whoever reads is not taken for one of the file
            arrays["a"] / (1 // 0)


def test_every_byte_that_is_changed_changes_nothing_or_is_refused(archive):
    whole = archive.read_bytes()
    refused = 0
    for place in range(len(whole)):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            found = read_npz(archive)
        except InputError as error:
            assert str(archive) in str(error)
            refused += 1
        else:
            assert all(np.array_equal(found[name], ARRAYS[name]) for name in found.keys() & ARRAYS.keys())
    assert refused > len(whole) / 2


def test_a_truncated_an_empty_and_a_missing_file(archive):
    whole = archive.read_bytes()
    for length in (0, 1, 4, 30, len(whole) // 2, len(whole) - 1):
        archive.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"damaged or no archive.*Do this\."):
            read_npz(archive, "Do this.")
    archive.unlink()
    with pytest.raises(MissingPath, match="does not exist"):
        read_npz(archive)


class Harmful:
    def __reduce__(self):
        return (open, ("executed", "w"))


def test_nothing_is_unpickled_and_one_array_is_no_archive(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    objects = np.empty(1, dtype=object)
    objects[0] = Harmful()
    np.savez("objects.npz", a=objects)
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Harmful()))
    with open("one.npz", "wb") as stream:
        np.save(stream, ARRAYS["a"])
    with zipfile.ZipFile("text.npz", "w") as texts:
        texts.writestr("words.txt", "no array")
    for name in ("objects", "pickle", "one", "text"):
        with pytest.raises(InputError, match=rf"^{name}\.npz "):
            read_npz(f"{name}.npz")
    assert not (tmp_path / "executed").exists()
