"""One array from a file."""

import gc
import warnings

import numpy as np
import pytest

from mer.core.array_file import read_array
from mer.core.errors import InputError


def test_an_array_comes_back(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6).reshape(2, 3))
    assert read_array(tmp_path / "a.npy").tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 and no archive", b"\x93NUMPY\x01\x00"])
def test_what_is_no_array_is_named(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npy is not a NumPy array"):
        read_array(tmp_path / "a.npy")


def test_a_file_cut_short_or_absent(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(600))
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:300])
    for name in ("a.npy", "none.npy", "."):
        with pytest.raises(InputError, match="is not a NumPy array"):
            read_array(tmp_path / name)


def test_an_archive_is_refused_and_closed(tmp_path):
    np.savez(tmp_path / "a.npz", np.arange(3))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(InputError, match="is an archive of arrays"):
            read_array(tmp_path / "a.npz")
        gc.collect()
    assert [one for one in told if one.category is ResourceWarning] == []


@pytest.mark.parametrize("values", [["a"], [1j], [True]])
def test_numbers_only(tmp_path, values):
    np.save(tmp_path / "a.npy", np.array(values))
    with pytest.raises(InputError, match="expected numbers"):
        read_array(tmp_path / "a.npy")
