"""The lock, environment.yml, the citation and the wheel say the same things."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import mer

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CUDA_LIBRARIES = re.compile(r"^(nvidia-|cuda-|triton$|pytorch-triton)")


def read_lock() -> dict[str, str]:
    """Canonical package name to exact version."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins), "every line is name==version"
    lock = {canonicalize_name(name): version for name, version in (pin.split("==") for pin in pins)}
    assert len(lock) == len(pins), "a package stands twice"
    return lock


def direct_dependencies() -> list[Requirement]:
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    return [Requirement(text) for text in project["dependencies"] + extras["suite"] + extras["dev"]]


def test_lock_meets_every_direct_dependency() -> None:
    lock = read_lock()
    for requirement in direct_dependencies():
        version = lock.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in requirements.lock"
        assert requirement.specifier.contains(version), f"{requirement} is not met by {version}"


@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_lock_is_closed(python: str) -> None:
    """It is installed without dependencies, so whatever a locked package needs must be locked too, and fit."""
    lock = read_lock()
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    environment |= {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
    }
    faults = []
    for name in lock:
        for text in distribution(name).requires or []:
            needed = Requirement(text)
            key = canonicalize_name(needed.name)
            if (needed.marker and not needed.marker.evaluate(environment)) or CUDA_LIBRARIES.match(key):
                continue
            if key not in lock:
                faults.append(f"{name} needs {needed}, which is not locked")
            elif not needed.specifier.contains(lock[key], prereleases=True):
                faults.append(f"{name} needs {needed}, locked is {lock[key]}")
    assert not faults, "\n".join(faults)


def test_every_locked_package_accepts_the_supported_pythons() -> None:
    """Debian 12 ships 3.11.2: a release that wants 3.11.5 cannot be locked."""
    refused = {}
    for name in read_lock():
        wanted = SpecifierSet(distribution(name).metadata.get("Requires-Python") or "")
        if not all(wanted.contains(version) for version in ("3.11.2", "3.12.0")):
            refused[name] = str(wanted)
    assert not refused


def test_what_is_installed_is_what_is_locked() -> None:
    different = {}
    for name, version in read_lock().items():
        try:
            installed = distribution(name).version.split("+")[0]
        except PackageNotFoundError:
            installed = "absent"
        if installed != version:
            different[name] = f"locked {version}, installed {installed}"
    assert not different


def test_lock_serves_machines_with_and_without_cuda() -> None:
    lock = read_lock()
    assert "+" not in lock["torch"]
    assert not [name for name in lock if CUDA_LIBRARIES.match(name)]
    assert [name for name in lock if name.startswith("opencv")] == ["opencv-contrib-python"], "one OpenCV wheel only"
    assert "anny" not in lock, "installed apart, without its dependencies"


def test_set_up_installs_the_locked_torch_and_anny() -> None:
    script = (ROOT / ".ci" / "setup").read_text(encoding="utf-8")
    torch_line = script.index(f"install torch=={read_lock()['torch']}\n")
    lock_line = script.index("install --no-deps -r requirements.lock\n")
    anny_line = script.index("install --no-deps anny==0.6.2\n")
    assert torch_line < lock_line < anny_line


def test_environment_names_the_same_versions_as_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert conda == ["python=3.11", "pip"]
    assert pip[0] == "-c requirements.lock", "what the direct dependencies need follows the lock too"
    named = dict(entry.split("==") for entry in pip[1:])
    expected = {canonicalize_name(requirement.name) for requirement in direct_dependencies()} | {"setuptools"}
    lock = read_lock()
    assert named == {name: lock[name] for name in expected}


@pytest.mark.parametrize(
    "name", ["requirements.lock", "environment.yml", "pyproject.toml", "Makefile", ".ci/setup", ".ci/run"]
)
def test_no_registry_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:/", text)


def test_citation_names_this_version_and_the_paper() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == mer.__version__
    assert citation["license"] == PYPROJECT["project"]["license"] == "MIT"
    paper = citation["preferred-citation"]
    assert [author["family-names"] for author in paper["authors"]] == ["Zhai", "Zhao", "Long", "Xu", "He", "Zhao"]
    assert paper["identifiers"][0]["value"] == "arXiv:2304.04420"
    for author in paper["authors"]:
        assert f"{author['family-names']}, {author['given-names']}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_pre_commit_clones_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert {hook["id"] for hook in hooks} >= {"nbstripout", "ruff", "ruff-format", "mypy"}
    assert all(hook["language"] == "system" for hook in hooks)


def test_set_up_refuses_an_unfit_python(tmp_path: Path) -> None:
    """Before anything is downloaded or created, and with the remedy."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "setup", tmp_path / ".ci" / "setup")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        [tmp_path / ".ci" / "setup", old], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11 or 3.12 is needed" in done.stderr and "python3.9" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_wheel_carries_every_file_of_the_package(tmp_path: Path) -> None:
    """Templates, studies and styles too, not only the Python files."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "mer", source / "mer", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", tmp_path, source], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("mer/")}
    expected = {path.relative_to(source).as_posix() for path in (source / "mer").rglob("*") if path.is_file()}
    assert carried == expected
