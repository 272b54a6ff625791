"""Where the manifests lie: lists of clips, label mappings, corrections, layouts of releases."""

import os
from pathlib import Path

from mer.core.errors import MissingPath


def manifests_dir() -> Path:
    """Folder of the manifests: ``$MER_MANIFESTS``, else ``data_manifests`` beside the package.

    Raises:
        MissingPath: there is no such folder (the package was installed without its repository).
    """
    chosen = os.environ.get("MER_MANIFESTS")
    folder = Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "data_manifests"
    if not folder.is_dir():
        origin = "named by MER_MANIFESTS" if chosen else "beside the package"
        raise MissingPath(
            f"The folder of manifests {folder} ({origin}) does not exist. Work from a clone of the repository "
            "(pip install -e .), or set MER_MANIFESTS to its folder data_manifests."
        )
    return folder
