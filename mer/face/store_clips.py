"""The same aligned frames with another clip table: other labels, other apexes."""

import os
import shutil
from collections.abc import Callable, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.kept import INDEX, kept_folder
from mer.core.sealed import FILES, unsealed
from mer.face.aligned_store import FORMAT, AlignedStore, load_store
from mer.manifest.clips import KEY, validate_clips, write_clips


def with_clips(store: AlignedStore, clips: pd.DataFrame) -> AlignedStore:
    """The store with another clip table, as a store of its own on disk.

    Only the table takes room, the frames are shared by hard links. It has its own name, so that training in other
    processes and every key made of a store's name see the change. Made once; a damaged one is made again.

    Args:
        store: any aligned store.
        clips: the same clips in the same order, other columns changed.

    Returns:
        The store itself when nothing differs. Without ``displacement`` when an apex moved: the truth is known of the
        old one only.

    Raises:
        InputError: other clips, or the folder cannot be written.
    """
    clips = validate_clips(clips)
    if not clips[[*KEY, "onset", "offset"]].equals(store.clips[[*KEY, "onset", "offset"]]):
        raise InputError("The clip table holds other clips, or other onsets and offsets, than the store.")
    if clips.equals(store.clips):
        return store
    moved = not clips["apex"].equals(store.clips["apex"])
    return derived_store(
        store, f"clips-{digest(csv_text(clips))[:12]}", clips, {"displacement.npy"} if moved else set()
    )


def derived_store(
    store: AlignedStore,
    name: str,
    clips: pd.DataFrame,
    without: Set[str] = frozenset(),
    write: Callable[[Path], None] | None = None,
    need: int = 0,
) -> AlignedStore:
    """A store of its own on disk that shares the files of another one but for a few.

    Args:
        store: the other one.
        name: added to its folder's name; a key of everything that differs. What is there under it is opened, or made
            again where it is damaged.
        clips: its clip table.
        without: files that it does not have.
        write: writes files of its own into the folder; a file of the other store by the same name is not shared.
        need: bytes that ``write`` writes, where they are many.

    Raises:
        InputError: the folder cannot be written, or the other store was damaged since it was opened.
    """
    path = store.path.with_name(f"{store.path.name}-{name}")

    linked: dict[str, str] = {}

    def make(work: Path) -> None:
        write_clips(clips, work / "clips.csv")
        if write is not None:
            write(work)
        own = {file.name for file in work.iterdir()}
        # Looked at now: what is linked here gets a seal of its own, which would vouch for a damaged file.
        shared = unsealed(store.path, INDEX, FORMAT, "Run again: it is built again from the frames.")[FILES]
        for file in sorted(set(shared) - own - without):
            if _link(store.path / file, work / file):
                linked[file] = shared[file]["sha256"]

    about: dict[str, Any] = {"database": store.database_name, "synthetic": store.synthetic, "terms": store.terms}
    about["config"] = asdict(store.config)
    return load_store(path, kept_folder(path, FORMAT, make, about, need=need, digests=linked))


def _link(source: Path, target: Path) -> bool:
    """Whether the target is the source by another name; else it is a copy, whose bytes nobody has read yet."""
    try:
        os.link(source, target)
    except OSError:  # some file systems have no hard links
        shutil.copyfile(source, target)
        return False
    return True
