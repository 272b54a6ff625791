"""Which test opens which notebook: one whose test of its own runs and checks all of it is not opened a second time.

Such a test is marked ``@pytest.mark.whole_notebook("13_results")``. Where it is among the tests to be run, that of
`test_all_notebooks` is left out; when it ends, it must have run all cells of that notebook and checked the page
(`NotebookPage.through`), else it fails. So each notebook is opened in every session, by whatever tests are chosen.
"""

from collections.abc import Iterable, Sequence

import pytest

from tests.browser.notebook_page import NotebookPage

MARK = "whole_notebook"
_ALL = ("test_all_notebooks.py", "test_notebook")


def named(item: pytest.Item) -> set[str]:
    """Notebooks for which a test stands: those it is marked with, or the one of `test_all_notebooks`."""
    own = {str(marker.args[0]) for marker in item.iter_markers(MARK)}
    call = getattr(item, "callspec", None)
    return own | ({str(call.params["name"])} if call is not None and _is_of_all(item) else set())


def spared(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Tests of `test_all_notebooks` for whose notebook another of these tests stands."""
    own = {name for item in items if not _is_of_all(item) for name in named(item)}
    return [item for item in items if _is_of_all(item) and named(item) <= own]


def not_through(item: pytest.Item, pages: Iterable[NotebookPage]) -> set[str]:
    """Notebooks that a test is marked with and did not run and check as a whole."""
    return named(item) - {page.name for page in pages if page.through}


def _is_of_all(item: pytest.Item) -> bool:
    return (item.path.name, getattr(item, "originalname", "")) == _ALL
