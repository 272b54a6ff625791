"""Paths as users write them."""

import os
from pathlib import Path

import pytest

from mer.core.paths import expanded, given_path


def test_home_and_project(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert expanded("~/runs/a") == given_path("~/runs/a") == tmp_path / "home" / "runs" / "a"
    assert given_path("outputs/a") == tmp_path / "outputs" / "a", "from the project's folder, not from notebooks"
    assert given_path("/data/a") == Path("/data/a") and expanded("a") == Path("a")


@pytest.mark.parametrize("text", ["~no one/x", "~\0/x"])
def test_a_home_of_nobody_is_a_path_that_is_not_there(text):
    """Without this `Path.expanduser` fails with what no reader of paths expects."""
    assert expanded(text) == Path(text) and not os.path.exists(given_path(text))
