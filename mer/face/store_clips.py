"""The same aligned frames with another clip table: other labels, other apexes."""

import os
import shutil
from collections.abc import Callable, Set
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest, read_json, write_json
from mer.core.folders import whole_folder
from mer.face.aligned_store import AlignedStore, open_store
from mer.face.store_check import describe_files
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
        store, f"clips-{digest(clips.to_csv(index=False))[:12]}", clips, {"displacement.npy"} if moved else set()
    )


def derived_store(
    store: AlignedStore,
    name: str,
    clips: pd.DataFrame,
    without: Set[str] = frozenset(),
    write: Callable[[Path], None] | None = None,
) -> AlignedStore:
    """A store of its own on disk that shares the files of another one but for a few.

    Args:
        store: the other one.
        name: added to its folder's name; a key of everything that differs. What is there under it is opened.
        clips: its clip table.
        without: files that it does not have.
        write: writes files of its own into the folder; a file of the other store by the same name is not shared.

    Raises:
        InputError: the folder cannot be written.
    """
    path = store.path.with_name(f"{store.path.name}-{name}")
    if path.is_dir():
        try:
            return open_store(path)
        except InputError:
            shutil.rmtree(path, ignore_errors=True)
    index = read_json(store.path / "index.json")
    try:
        with whole_folder(path) as work:
            write_clips(clips, work / "clips.csv")
            if write is not None:
                write(work)
            files = describe_files(work)
            for shared in sorted(set(index["files"]) - set(files) - without):
                _link(store.path / shared, work / shared)
                files[shared] = index["files"][shared]
            write_json(work / "index.json", {**index, "files": files})
    except OSError as error:
        raise InputError(
            f"The store {path} cannot be written: {error.strerror or error}. Free some space, or set MER_CACHE to a "
            "folder that has room."
        ) from error
    return open_store(path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # some file systems have no hard links
        shutil.copyfile(source, target)
