"""A database as a folder: a clip table beside the frames, and a few words about them."""

from pathlib import Path
from typing import Any

from mer.core.files import digest, read_json
from mer.datasets.database import Database
from mer.manifest.clips import read_clips


def open_folder(folder: Path) -> Database:
    """Open a folder with ``clips.csv`` and, optionally, ``database.json`` {name, synthetic, terms, fingerprint}."""
    clips = read_clips(folder / "clips.csv")
    about: dict[str, Any] = read_json(folder / "database.json") if (folder / "database.json").is_file() else {}
    return Database(
        name=str(about.get("name", folder.resolve().name)),
        root=folder,
        clips=clips,
        synthetic=bool(about.get("synthetic", False)),
        terms=str(about.get("terms", "Terms of use unknown; ask who gave you the data.")),
        fingerprint=str(about.get("fingerprint") or digest((folder / "clips.csv").read_bytes())),
    )
