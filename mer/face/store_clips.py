"""The same aligned frames with another clip table: other labels, other apexes."""

import os
import shutil
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
    path = store.path.with_name(f"{store.path.name}-clips-{digest(clips.to_csv(index=False))[:12]}")
    if path.is_dir():
        try:
            return open_store(path)
        except InputError:
            shutil.rmtree(path, ignore_errors=True)
    index = read_json(store.path / "index.json")
    shared = set(index["files"]) - {"clips.csv"}
    if not clips["apex"].equals(store.clips["apex"]):
        shared -= {"displacement.npy"}
    try:
        with whole_folder(path) as work:
            write_clips(clips, work / "clips.csv")
            files = describe_files(work)
            for name in sorted(shared):
                _link(store.path / name, work / name)
                files[name] = index["files"][name]
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
