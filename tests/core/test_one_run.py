"""A run read while it is replaced."""

import shutil

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_json, write_json
from mer.core.locked import open_lock, take_lock
from mer.core.one_run import BeingMade, read_one_run, run_lock, which_run


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "s" / "a"
    make(folder, 1)
    return folder


def make(folder, number):
    """The run as another process makes it again."""
    shutil.rmtree(folder, ignore_errors=True)
    write_json(folder / "summary.json", number)
    write_json(folder / "result.json", number)


def both(folder, between=lambda: None):
    summary = read_json(folder / "summary.json")
    between()
    return summary, read_json(folder / "result.json")


def test_what_is_read_is_of_one_run(folder):
    numbers = iter((2, 3))
    assert read_one_run(folder, lambda: both(folder)) == (1, 1)
    replaced = read_one_run(folder, lambda: both(folder, lambda: (number := next(numbers, 0)) and make(folder, number)))
    assert replaced == (3, 3), "not (1, 2)"


def test_one_that_is_replaced_again_and_again_is_being_made(folder):
    numbers = iter(range(2, 99))
    with pytest.raises(BeingMade, match=f"{folder} is being made again by another process just now"):
        read_one_run(folder, lambda: both(folder, lambda: make(folder, next(numbers))))
    assert next(numbers) < 20, "it gives up"


def test_a_file_that_went_with_the_old_run_is_no_fault(folder):
    """It is read again; if the new one is not finished, and somebody has it, it is being made."""

    def goes():
        shutil.rmtree(folder, ignore_errors=True)
        return both(folder)

    with pytest.raises(MissingPath, match="summary"):  # nobody makes it
        read_one_run(folder, goes)
    with open_lock(run_lock(folder), "") as lock:
        assert take_lock(lock.fileno())
        make(folder, 1)
        with pytest.raises(BeingMade):
            read_one_run(folder, goes)


def test_faults_of_a_run_that_stays_are_told_as_they_are(folder):
    (folder / "summary.json").write_text("{")
    with open_lock(run_lock(folder), "") as lock:
        assert take_lock(lock.fileno())
        with pytest.raises(InputError, match="not valid JSON") as told:
            read_one_run(folder, lambda: both(folder))
    assert not isinstance(told.value, BeingMade)


def test_a_run_is_known_by_its_result(folder):
    first = which_run(folder)
    assert first == which_run(folder) is not None
    write_json(folder / "other.json", 1)
    assert first == which_run(folder)
    make(folder, 1)
    assert which_run(folder) != first and which_run(folder.parent) is None
