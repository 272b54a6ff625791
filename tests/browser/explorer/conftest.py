import pytest


@pytest.fixture
def notebook(open_notebook, world, lab):
    """Notebook 01 on the demo's clips, run; nothing is corrected."""
    lab.corrections.unlink(missing_ok=True)
    yield open_notebook("01_explore", **world.data, train_run=str(world.train)).run_all()
    lab.corrections.unlink(missing_ok=True)  # other tests read the same databases


@pytest.fixture
def view(notebook):
    """The explorer in it."""
    return notebook.output("explore_samples(")
