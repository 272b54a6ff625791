"""A run made again from an installed wheel, by another user in another folder: the same bytes come out."""

import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest
import yaml

from mer.evaluation.predictions import read_predictions
from tests.browser.small_parameters import SMALL

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = "06_motion_maps"


def mer(python: Path, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess:
    """``mer`` in a project folder whose parent is the user's home, by some Python; no variable of this one's counts."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "OMP_NUM_THREADS": "1", "MER_PROGRESS": "0"}
    environment |= {"PYTHONNOUSERSITE": "1", "LANG": os.environ.get("LANG", "C.UTF-8"), **more}
    command = [python, "-c", "from mer.cli.main import main; main()", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def project(folder: Path, maps: Path) -> Path:
    """A user's project folder: the notebook, its maps, and the manifests."""
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / f"{NOTEBOOK}.ipynb", folder / "notebooks")
    shutil.copytree(maps, folder / "maps")
    shutil.copytree(ROOT / "data_manifests", folder / "data_manifests")
    return folder


def fresh_python(folder: Path, source: Path) -> Path:
    """A new environment with the wheel of a source tree; heavy packages are those installed here."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    wheel = [*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    subprocess.run([*wheel, source], check=True, timeout=300)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (target,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (target / "installed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    (built,) = folder.glob("*.whl")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", target]
    subprocess.run([*pip, *install, built], check=True, timeout=300)
    return python


def test_a_run_made_again_elsewhere_has_the_same_bytes(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "mer", source / "mer", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    small = SMALL[NOTEBOOK](None, tmp_path)
    first, second = (project(tmp_path / user / "project", tmp_path / "maps") for user in ("anna", "bruno"))
    given = small | {"maps_folder": "maps"}
    typed = [text for name, value in given.items() for text in ("-p", name, yaml.safe_dump(value).split("\n...")[0])]
    manifests = {"MER_MANIFESTS": "data_manifests"}
    done = mer(sys.executable, first, "run", NOTEBOOK, "--name", "tiny", *typed, PYTHONPATH=str(source), **manifests)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    run = first / "outputs" / "single" / "tiny"
    copied = Path(shutil.copytree(run, second / "from-anna"))
    run.rename(tmp_path / "gone")

    python = fresh_python(tmp_path, source)
    shutil.rmtree(source)
    where = mer(python, second, "--version", **manifests)
    assert where.returncode == 0, where.stderr
    again = mer(python, second, "rerun", "from-anna", "--into", "again", **manifests)
    assert again.returncode == 0, again.stderr[-3000:] + again.stdout[-3000:]
    assert "Equal, byte for byte: predictions.csv." in again.stdout and "Other than then" not in again.stderr
    made = second / "again" / "single" / "tiny" / "predictions.csv"
    assert made.read_bytes() == (copied / "predictions.csv").read_bytes() and len(read_predictions(made)) >= 442
