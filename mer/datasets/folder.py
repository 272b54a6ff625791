"""A database as a folder: a clip table beside the frames, and a few words about them."""

from pathlib import Path
from typing import Any

from mer.core.files import digest, read_json
from mer.datasets.database import Database
from mer.datasets.frames import IMAGE_SUFFIXES
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
        fingerprint=str(about.get("fingerprint") or _fingerprint(folder)),
    )


def _fingerprint(folder: Path) -> str:
    """Digest of the clip table and of the images' names and sizes: to read gigabytes at each opening takes too long."""
    images = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    listed = (f"{path.relative_to(folder).as_posix()} {path.stat().st_size}" for path in images)
    return digest((folder / "clips.csv").read_bytes(), *listed)
