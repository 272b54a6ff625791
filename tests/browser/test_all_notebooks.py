"""Every notebook in JupyterLab: all its cells run, nothing breaks in the page, what it shows is accessible.

Those whose own tests run and check all of them are left out here (`tests.browser.whole_notebooks`).
"""

import pytest

from tests.browser.small_parameters import SMALL
from tests.browser.whole_notebooks import named, spared
from tests.tiny_world import PROJECT

NOTEBOOKS = sorted(path.stem for path in (PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_every_notebook_has_small_parameters():
    assert set(NOTEBOOKS) <= set(SMALL), "tests/browser/small_parameters.py must name it, or it is never opened here"


def test_each_notebook_is_opened_by_this_or_by_its_own_test(request):
    asked = request.config.option
    items = request.session.items
    opened = {name for item in items for name in named(item)}
    assert opened <= set(NOTEBOOKS), "a test is marked with a notebook that is none"
    chosen = asked.keyword or asked.markexpr or asked.deselect or getattr(asked, "lf", False)  # not all of them
    if not (chosen or any("::" in argument for argument in request.config.args)):
        assert opened == set(NOTEBOOKS)
    assert not spared(items), "opened twice"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook(name, open_notebook, world, tmp_path):
    notebook = open_notebook(name, **SMALL[name](world, tmp_path)).run_all().check()
    assert notebook.outputs.count() > 0 and notebook.through
