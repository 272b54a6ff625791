"""The explorer on a small store, with a file of corrections of its own."""

from pathlib import Path

import pytest

from mer.widgets.explorer.view import explore_samples
from tests.widgets.explorer_store import make_store


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "store")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "corrections.csv"


@pytest.fixture
def view(store, file):
    return explore_samples(store, corrections=file)


def look_at(view, row):
    """Choose a row of the table, as a click does."""
    view.chooser.selection.look_at(row)
