import numpy as np
import pytest

from mer.core.array_writer import ArrayWriter


def test_the_file_is_that_of_the_whole_array(tmp_path):
    whole = np.arange(24, dtype=np.float16).reshape(2, 3, 4)
    np.save(tmp_path / "whole.npy", whole)
    with ArrayWriter(tmp_path / "pieces.npy", (2, 3, 4), np.float16) as writer:
        writer.add(whole[0, :2].astype(np.float64))
        writer.add(whole[0, 2])
        writer.add(whole[1])
    assert (tmp_path / "pieces.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_an_array_without_numbers(tmp_path):
    with ArrayWriter(tmp_path / "none.npy", (0, 4), np.uint8):
        pass
    assert np.load(tmp_path / "none.npy").shape == (0, 4)


def test_too_many_numbers_and_too_few(tmp_path):
    with (
        pytest.raises(ValueError, match="3 numbers more, but only 2 are left"),
        ArrayWriter(tmp_path / "a.npy", (2,), np.uint8) as writer,
    ):
        writer.add(np.zeros(3))
    with (
        pytest.raises(ValueError, match="1 numbers are missing"),
        ArrayWriter(tmp_path / "a.npy", (2,), np.uint8) as writer,
    ):
        writer.add(np.zeros(1))


def test_an_error_of_the_block_is_the_one_that_is_heard(tmp_path):
    with pytest.raises(KeyError), ArrayWriter(tmp_path / "a.npy", (2,), np.uint8):
        raise KeyError("of the block")
