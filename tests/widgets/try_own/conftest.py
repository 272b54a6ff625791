"""The view on a small run and a clip whose face is found."""

import pytest

from mer.widgets.try_own import work as try_own_work
from mer.widgets.try_own.view import try_your_own
from tests.own_clip import detector, write_clip, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run")


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip")


@pytest.fixture
def view(run, clip, monkeypatch):
    monkeypatch.setattr(try_own_work, "make_detector", lambda name: detector())
    return try_your_own(run, clip)
