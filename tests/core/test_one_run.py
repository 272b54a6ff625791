"""A run read while it is replaced."""

import shutil

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_json, write_json
from mer.core.locked import open_lock, take_lock
from mer.core.one_run import BeingMade, MadeAgain, OpenedRun, read_one_run, run_lock, which_run


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


def test_a_run_that_was_opened_is_read_as_long_as_it_is_the_same(folder):
    opened = OpenedRun(folder)
    for _ in range(2):
        with opened.one_making():
            assert both(folder) == (1, 1)
    write_json(folder / "other.json", 1)  # a figure drawn since
    with opened.one_making():
        pass
    make(folder, 1)
    again = pytest.raises(MadeAgain, match=f"{folder} was made again since it was opened.* Open it again")
    with again, opened.one_making():
        pytest.fail("it reads nothing of the next one")
    with OpenedRun(folder).one_making():
        assert both(folder) == (1, 1)


def test_what_was_read_while_it_was_replaced_is_not_given(folder):
    opened = OpenedRun(folder)
    with pytest.raises(MadeAgain), opened.one_making():
        both(folder, lambda: make(folder, 2))
    opened = OpenedRun(folder)
    with pytest.raises(MadeAgain) as told, opened.one_making():
        both(folder, lambda: shutil.rmtree(folder))
    assert isinstance(told.value.__context__, MissingPath), "what went wrong came of that"
    with pytest.raises(KeyError), OpenedRun(folder).one_making():
        raise KeyError("of the reader itself")


def test_a_run_that_goes_on_or_finishes_is_the_same(tmp_path):
    folder = tmp_path / "s" / "a"
    nothing = OpenedRun(folder)
    write_json(folder / "parameters.json", 1)
    begun = OpenedRun(folder)
    write_json(folder / "summary.json", 1)
    write_json(folder / "result.json", 1)
    with nothing.one_making(), begun.one_making():
        pass
    write_json(folder / "parameters.json", 2)
    with pytest.raises(MadeAgain), begun.one_making():
        pass


def test_all_runs_that_were_opened_together_have_to_be_the_same(folder):
    make(other := folder.with_name("b"), 1)
    opened = OpenedRun(folder)
    opened.also(other)
    before = opened.makings
    with opened.one_making():
        pass
    make(other, 2)
    opened.also(other)  # known already: it is not taken for opened now
    assert opened.makings == before
    with pytest.raises(MadeAgain, match=str(other)), opened.one_making():
        pass


def test_what_one_lacks_that_is_just_being_made_is_not_missing(tmp_path):
    opened = OpenedRun(tmp_path / "s" / "a")
    with pytest.raises(MissingPath), opened.one_making():
        read_json(tmp_path / "s" / "a" / "summary.json")
    with open_lock(run_lock(tmp_path / "s" / "a"), "") as lock:
        assert take_lock(lock.fileno())
        with pytest.raises(BeingMade), opened.one_making():
            read_json(tmp_path / "s" / "a" / "summary.json")
        with pytest.raises(InputError, match="its own"), opened.one_making():
            raise InputError("its own")
