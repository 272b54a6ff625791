"""Where things are kept, seeds by purpose, the progress bar."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from mer.core.paths import cache_dir, outputs_dir, project_dir
from mer.core.progress import progress
from mer.core.seeds import seed_for


@pytest.fixture(autouse=True)
def no_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("MER_OUTPUTS", raising=False)
    monkeypatch.delenv("MER_CACHE", raising=False)
    monkeypatch.delenv("MER_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)


def test_outputs_and_cache_of_the_current_folder(tmp_path):
    assert outputs_dir() == tmp_path.resolve() / "outputs"
    assert cache_dir() == tmp_path.resolve() / "outputs" / "cache"


def test_a_kernel_started_in_the_notebooks_folder_counts_from_its_parent(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert project_dir() == tmp_path.resolve()
    assert outputs_dir() == tmp_path.resolve() / "outputs"


def test_the_environment_chooses(monkeypatch, tmp_path):
    monkeypatch.setenv("MER_OUTPUTS", "elsewhere")
    assert outputs_dir() == tmp_path.resolve() / "elsewhere"
    assert cache_dir() == tmp_path.resolve() / "elsewhere" / "cache"
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "fast"))
    assert cache_dir() == tmp_path.resolve() / "fast"
    assert outputs_dir() == tmp_path.resolve() / "elsewhere"


def test_asking_makes_no_folder(tmp_path):
    cache_dir()
    assert list(tmp_path.iterdir()) == []


def test_seed_is_the_same_in_every_process():
    code = "from mer.core.seeds import seed_for; print(seed_for('fold', 'samm/006', 3))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == seed_for("fold", "samm/006", 3)


def test_seed_follows_every_key_and_its_place():
    keys = [("a", "b"), ("b", "a"), ("ab",), ("a", "b", 0), ("a", "b", 1)]
    assert len({seed_for(*key) for key in keys}) == len(keys)
    assert seed_for("a", 1) == seed_for("a", "1")


def test_seed_fits_every_generator():
    assert all(0 <= seed_for(number) < 2**63 for number in range(200))


def test_progress_passes_items_on_and_shows_what_it_is_about(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress(range(3), what="align", unit="clips")) == [0, 1, 2]
    assert "align" in stream.getvalue() and "3/3" in stream.getvalue()


def test_progress_can_be_silenced(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("MER_PROGRESS", "0")
    assert list(progress(range(3), what="align")) == [0, 1, 2]
    assert stream.getvalue() == ""


def test_importing_the_package_makes_no_folder_and_reads_no_environment(tmp_path):
    subprocess.run([sys.executable, "-c", "import mer.core.paths"], cwd=tmp_path, check=True)
    assert list(Path(tmp_path).iterdir()) == []
