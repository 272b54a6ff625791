"""Where things are kept: results in ``outputs/``, rebuildable data in a cache."""

import os
from pathlib import Path


def outputs_dir() -> Path:
    """Folder of all runs: ``$MER_OUTPUTS``, else ``outputs`` of the current folder."""
    return Path(os.environ.get("MER_OUTPUTS", "outputs")).resolve()


def cache_dir() -> Path:
    """Folder of what can be rebuilt (databases, aligned stores): ``$MER_CACHE``, else ``outputs/cache``.

    Inside ``outputs`` because it may hold gigabytes: a user sees it, and deleting the clone frees it.
    """
    chosen = os.environ.get("MER_CACHE")
    return Path(chosen).resolve() if chosen else outputs_dir() / "cache"
