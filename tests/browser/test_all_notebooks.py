"""Every notebook in JupyterLab: all its cells run, nothing breaks in the page, what it shows is accessible."""

import pytest

from tests.browser.small_parameters import SMALL
from tests.tiny_world import PROJECT

NOTEBOOKS = sorted(path.stem for path in (PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_every_notebook_has_small_parameters():
    assert set(NOTEBOOKS) <= set(SMALL), "tests/browser/small_parameters.py must name it, or it is never opened here"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook(name, open_notebook, world, tmp_path):
    notebook = open_notebook(name, **SMALL[name](world, tmp_path)).run_all()
    assert notebook.outputs.count() > 0 and "Recorded in" in notebook.output(-1).inner_text()
    notebook.check()
