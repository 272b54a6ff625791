"""What commands of README write, which may show faces of people, is nothing that git would add."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Written by commands without being asked where: results, a user's corrections and databases, their locks.
OWN = (
    "outputs/demo/train/figures/x.png",
    "outputs/interactive/14_try_your_own/x.json",
    "outputs/rerun/2026-01-01T00-00-00Z/demo/train/predictions.csv",
    "outputs/index.html",
    "outputs/.hidden.png",
    "outputs/.earlier/x.png",
    "outputs/demo/README.md",  # of all outputs only the page of the project itself is kept
    "outputs/readme.md",
    "outputs/README.md.png",
    "outputs/notebooks/images/x.png",
    "outputs/data_manifests/corrections.csv",
    "outputs/!x.png",
    "outputs/#x.png",
    "outputs/-rf/--.png",
    "outputs/ x y /z .png",
    "outputs/line\nbreak.png",
    'outputs/"quoted"/\\x.png',
    "outputs/Größe/研究 🙂.png",
    "outputs/*/[a].png",
    "corrections.csv",
    "notebooks/corrections.csv",
    ".corrections.csv.lock",
    "databases.yaml",
    ".databases.yaml.lock",
)


def written() -> list[str]:
    """Files and folders that commands of README write where the command says so."""
    named = re.findall(r"--(?:out|into)[ =](\S+?)[`.,;)]*(?=\s)", README)
    return sorted({name for name in named if not name.startswith(("/", "FOLDER", "FILE"))})


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """An empty repository with the project's own list, so that the test needs no clone and no user's settings count."""
    folder = tmp_path_factory.mktemp("clone")
    subprocess.run(["git", "init", "--quiet", folder], check=True, timeout=60)
    shutil.copy(ROOT / ".gitignore", folder / ".gitignore")
    return folder


def ignored(repository: Path, path: str) -> bool:
    command = ["git", "-c", "core.excludesFile=/dev/null", "-C", repository, "check-ignore", "--quiet", "--", path]
    return subprocess.run(command, check=False, timeout=60).returncode == 0


def test_readme_names_places_to_write_to():
    assert "figures" in written()


def test_what_commands_write_is_ignored(repository):
    places = [f"{name}/x.png" if "." not in Path(name).name else name for name in written()]
    assert [path for path in (*OWN, *places) if not ignored(repository, path)] == []


def test_what_belongs_to_the_project_is_not(repository):
    kept = ("data_manifests/corrections.csv", "outputs/README.md", "mer/figures/save.py", "notebooks/images/x.png")
    assert [path for path in kept if ignored(repository, path)] == []
