"""A file that rows are appended to."""

from pathlib import Path

import numpy as np
import pytest

from mer.face.growing_array import GrowingArray


def test_rows_come_back_in_order_and_in_the_files_type(tmp_path: Path) -> None:
    rows = np.arange(60.0).reshape(10, 2, 3)
    with GrowingArray(tmp_path / "a.npy", (2, 3), np.float32) as array:
        array.append(rows[:1])
        array.append(rows[1:1])
        array.append(rows[:0:-1][::-1])  # not one block in memory
        assert array.rows == 10
    stored = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert stored.dtype == np.float32
    np.testing.assert_array_equal(stored, rows)


def test_no_rows(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "a.npy", (3,), np.uint8):
        pass
    assert np.load(tmp_path / "a.npy").shape == (0, 3)


def test_the_header_has_room_for_many_rows(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "a.npy", (), np.uint8) as array:
        array.append(np.zeros(1_234_567, np.uint8))
    assert np.load(tmp_path / "a.npy").shape == (1_234_567,)


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "a.npy", (2,), np.uint8) as array:
        with pytest.raises(ValueError, match=r"shape \(3,\), the file \(2,\)"):
            array.append(np.zeros((1, 3), np.uint8))
        array.append(np.ones((1, 2), np.uint8))
    assert np.load(tmp_path / "a.npy").tolist() == [[1, 1]]


def test_cut_back_and_go_on(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "a.npy", (2,), np.int16) as array:
        array.append(np.array([[1, 2], [3, 4], [5, 6]]))
        array.cut_back(1)
        array.append(np.array([[7, 8]]))
    assert np.load(tmp_path / "a.npy").tolist() == [[1, 2], [7, 8]]
    assert (tmp_path / "a.npy").stat().st_size == 128 + 8


def test_cut_back_to_nothing(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "a.npy", (2,), np.int16) as array:
        array.append(np.array([[1, 2]]))
        array.cut_back(0)
        for rows in (1, -1):
            with pytest.raises(ValueError, match="of 0 rows"):
                array.cut_back(rows)
    assert np.load(tmp_path / "a.npy").shape == (0, 2)


def test_an_error_inside_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(KeyError), GrowingArray(tmp_path / "a.npy", (1,), np.uint8) as array:
        array.append(np.ones((2, 1), np.uint8))
        raise KeyError
    assert np.load(tmp_path / "a.npy").tolist() == [[1], [1]]
