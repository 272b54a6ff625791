"""Signing executed notebooks: what goes wrong with it costs no run and no signature of the user."""

import sqlite3
import subprocess
import sys

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from mer.runs import trust as module
from mer.runs.trust import trust
from tests.limits import full_disk, read_only


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter"


def notebook(folder, text="1 + 1"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]), path)
    return path


def trusted(path, home):
    found = NotebookNotary(data_dir=str(home))
    try:
        return found.check_signature(nbformat.read(path, as_version=4))
    finally:
        found.store.close()


def test_a_signed_notebook_is_trusted(tmp_path, home):
    path = notebook(tmp_path)
    assert trust(path) == ""
    assert trusted(path, home)
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert not trusted(path, home)


def test_a_locked_database_is_left_where_it_is(tmp_path, home, monkeypatch):
    kept, other = notebook(tmp_path / "kept"), notebook(tmp_path / "other", "2")
    assert trust(kept) == ""
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    busy = sqlite3.connect(home / "nbsignatures.db", isolation_level=None)
    busy.execute("BEGIN EXCLUSIVE")
    said = trust(other)
    busy.execute("ROLLBACK")
    busy.close()
    assert said == (f"Its widgets stay hidden in Jupyter (database is locked) until you call: jupyter trust {other}")
    assert not list(home.glob("*.bak")) and trusted(kept, home) and not trusted(other, home)


def test_a_database_that_is_none_is_left_where_it_is(tmp_path, home):
    home.mkdir()
    (home / "nbsignatures.db").write_bytes(b"no database at all, but somebody's file" * 100)
    before = (home / "nbsignatures.db").read_bytes()
    assert "jupyter trust" in trust(notebook(tmp_path))
    assert [path.name for path in home.glob("nbsignatures*")] == ["nbsignatures.db"]
    assert (home / "nbsignatures.db").read_bytes() == before


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_home_without_room_or_right_to_write_is_said_in_one_line(tmp_path, home, kind):
    home.mkdir()
    path = notebook(tmp_path)
    with full_disk(home, 4096) if kind == "full" else read_only(home) as place:
        if kind == "full":
            place.fill()
        done = place.python(
            f"from pathlib import Path; from mer.runs.trust import trust; print(trust(Path({str(path)!r})))"
        )
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        assert line.startswith("Its widgets stay hidden in Jupyter (") and line.endswith(f"jupyter trust {path}")
        assert not (place.outside / "notebook_secret").exists(), "half a key would be no secret"


def test_two_at_once_are_both_signed(tmp_path, home):
    paths = [notebook(tmp_path / name, name) for name in "ab"]
    code = "import sys; from pathlib import Path; from mer.runs.trust import trust; print(trust(Path(sys.argv[1])))"
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for path in paths
    ]
    assert [one.communicate(timeout=120)[0].strip() for one in both] == [""] * 2
    assert all(trusted(path, home) for path in paths)
