"""No browser here: which tests are left out, and what a marked test must have done."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.whole_notebooks import MARK, named, not_through, spared


def of_all(name):
    """The test of `test_all_notebooks` of one notebook."""
    call = SimpleNamespace(params={"name": name})
    return SimpleNamespace(
        path=Path("test_all_notebooks.py"), originalname="test_notebook", callspec=call, iter_markers=lambda mark: []
    )


def marked(*names):
    """A test of its own."""
    marks = [pytest.mark.whole_notebook(name).mark for name in names]
    return SimpleNamespace(
        path=Path("test_view.py"), originalname="test", iter_markers=lambda mark: marks if mark == MARK else []
    )


def test_a_notebook_with_a_test_of_its_own_is_left_out_where_that_is_run():
    items = [of_all("01"), of_all("02"), of_all("03"), marked(), marked("02")]
    assert spared(items) == [items[1]]
    assert spared(items[:4]) == [], "its own test was not chosen"
    assert set().union(*map(named, items)) == {"01", "02", "03"}


def test_a_marked_test_must_run_and_check_all_of_its_notebook():
    page, other = SimpleNamespace(name="02", through=True), SimpleNamespace(name="03", through=True)
    assert not_through(marked("02"), [other, page]) == set()
    assert not_through(marked("02"), [other]) == {"02"}
    assert not_through(marked("02"), [SimpleNamespace(name="02", through=False)]) == {"02"}
    assert not_through(marked(), []) == set()
