"""Where things are kept: results in ``outputs/``, rebuildable data in a cache."""

import os
from pathlib import Path


def project_dir() -> Path:
    """Folder that relative paths of the suite count from: the current one.

    Its parent when the current folder is ``notebooks``, where JupyterLab and editors start a notebook's kernel.
    """
    here = Path.cwd()
    return here.parent if here.name == "notebooks" else here


def notebooks_dir() -> Path:
    """Folder of the notebooks."""
    return project_dir() / "notebooks"


def outputs_dir() -> Path:
    """Folder of all runs: ``$MER_OUTPUTS``, else ``outputs`` of the project folder."""
    chosen = os.environ.get("MER_OUTPUTS")
    return Path(chosen).resolve() if chosen else project_dir() / "outputs"


def cache_dir() -> Path:
    """Folder of what can be rebuilt (databases, aligned stores): ``$MER_CACHE``, else ``outputs/cache``.

    Inside ``outputs`` because it may hold gigabytes: a user sees it, and deleting the clone frees it.
    """
    chosen = os.environ.get("MER_CACHE")
    return Path(chosen).resolve() if chosen else outputs_dir() / "cache"


def expanded(path: Path | str) -> Path:
    """A path as a user writes it, with the home folder for ``~``; one of no user stays as it is, and is not there."""
    try:
        return Path(path).expanduser()
    except (RuntimeError, ValueError):
        return Path(path)


def given_path(path: Path | str) -> Path:
    """The same; a relative one counts from the project's folder."""
    return project_dir() / expanded(path)
