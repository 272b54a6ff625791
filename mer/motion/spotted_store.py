"""A store with spotted apexes in place of missing ones, and how far such apexes lie from annotated ones."""

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest, read_json, write_json
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore, open_store
from mer.face.store_check import describe_files
from mer.manifest.clips import KEY, write_clips
from mer.motion.spotting import SpotConfig, spot_all

#: Changes whenever the same frames and configuration would give other apexes.
VERSION = 1


def with_spotted_apexes(
    store: AlignedStore, config: SpotConfig | None = None, only: Literal["unannotated", "all"] = "unannotated"
) -> AlignedStore:
    """The store with the apex of its clips spotted.

    It is a store of its own on disk, beside the first, so that training in other processes and every key made of a
    store's name see the spotted apexes. Only its clip table takes room; the frames are shared by hard links. Done once:
    a later call opens what is there, and makes it again where that is damaged.

    Args:
        store: any aligned store.
        config: how; None means the defaults.
        only: ``unannotated`` leaves every clip alone whose apex somebody gave: clips without apex, with the middle
            frame or with one spotted before are done. ``all`` is for measuring the spotter.

    Returns:
        A store with ``apex`` and ``apex_source`` ("spotted"; "middle" where the method is ``middle`` or nothing moved)
        of those clips replaced, or the store itself when there are none. It has no ``displacement`` if an apex moved:
        the truth is known of the old one only.

    Raises:
        InputError: an unknown ``only``, or the store cannot be written.
    """
    config = config or SpotConfig()
    if only not in ("unannotated", "all"):
        raise InputError(f"only is {only!r}; expected 'unannotated' or 'all'.")
    clips = store.clips
    given = clips["apex"].notna() & ~clips["apex_source"].isin(["middle", "spotted"])
    chosen = np.arange(len(clips)) if only == "all" else np.flatnonzero(~given.to_numpy(dtype=bool))
    if not len(chosen):
        return store
    path = spotted_path(store, config, only)
    if path.is_dir():
        try:
            return open_store(path)
        except InputError:
            shutil.rmtree(path, ignore_errors=True)
    _write(store, _with_apexes(store, chosen, config), path, config)
    return open_store(path)


def spotted_path(store: AlignedStore, config: SpotConfig, only: str = "unannotated") -> Path:
    """Where the store with spotted apexes is kept."""
    settings = json.dumps({**asdict(config), "only": only, "version": VERSION}, sort_keys=True)
    key = digest(settings, store.clips.to_csv(index=False))
    return store.path.with_name(f"{store.path.name}-apex-{key[:12]}")


def spotting_error(store: AlignedStore, spotted: AlignedStore) -> pd.DataFrame:
    """How far spotted apexes lie from annotated ones, beside the middle frame's error.

    Args:
        store: holds annotated apexes (``apex_source`` "annotated"); other clips do not count.
        spotted: the same clips with spotted apexes (`with_spotted_apexes` with ``only="all"``).

    Returns:
        A row a database, and one named "all" where there are several: database, clips, error_frames, error_share,
        middle_error_frames, middle_error_share. Mean absolute errors; a share is of the clip's length in frames.

    Raises:
        InputError: the two hold different clips, or no apex is annotated.
    """
    if not store.clips[KEY].equals(spotted.clips[KEY]):
        raise InputError("The two stores hold different clips; spot the apexes of the same store.")
    clips = store.clips
    annotated = ((clips["apex_source"] == "annotated") & clips["apex"].notna()).to_numpy(dtype=bool)
    if not annotated.any():
        raise InputError("No clip has an annotated apex, so there is nothing to compare with.")
    truth = clips["apex"][annotated].to_numpy(dtype=np.int64)
    length = store.count[annotated]
    error = np.abs(spotted.clips["apex"][annotated].to_numpy(dtype=np.int64) - truth)
    middle = np.abs(clips["onset"][annotated].to_numpy(dtype=np.int64) + length // 2 - truth)
    measured = pd.DataFrame(
        {
            "database": clips["database"][annotated].to_numpy(),
            "error_frames": error,
            "error_share": error / length,
            "middle_error_frames": middle,
            "middle_error_share": middle / length,
        }
    )
    parts = list(measured.groupby("database", sort=True))
    if len(parts) > 1:
        parts.append(("all", measured))
    rows = [
        {"database": str(name), "clips": len(part), **part.drop(columns="database").mean().to_dict()}
        for name, part in parts
    ]
    return pd.DataFrame(rows)


def _with_apexes(store: AlignedStore, chosen: np.ndarray, config: SpotConfig) -> pd.DataFrame:
    """The clip table with the apexes of the chosen rows spotted."""
    spans = [(int(store.start[clip]), int(store.start[clip] + store.count[clip])) for clip in chosen]
    inputs = [(store.frames[first:end], store.boxes[clip]) for (first, end), clip in zip(spans, chosen, strict=True)]
    found = list(progress(spot_all(inputs, config), "Spotting apexes", total=len(inputs), unit="clips"))
    clips = store.clips.copy()
    rows = clips.index[chosen]
    clips.loc[rows, "apex"] = clips.loc[rows, "onset"] + np.array([one.index for one in found])
    by_rule = [one.flat or config.method == "middle" for one in found]
    clips.loc[rows, "apex_source"] = np.where(by_rule, "middle", "spotted")
    return clips


def _write(store: AlignedStore, clips: pd.DataFrame, path: Path, config: SpotConfig) -> None:
    """A store at ``path``: the files of ``store`` with another clip table."""
    index = read_json(store.path / "index.json")
    shared = set(index["files"]) - {"clips.csv"}
    if not clips["apex"].equals(store.clips["apex"]):
        shared -= {"displacement.npy"}
    work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
    try:
        write_clips(clips, work / "clips.csv")
        own = describe_files(work)
        for name in sorted(shared):
            _link(store.path / name, work / name)
        index["files"] = own | {name: index["files"][name] for name in sorted(shared)}
        write_json(work / "index.json", {**index, "apexes": asdict(config)})
        work.chmod(0o755)
        if not path.is_dir():
            os.rename(work, path)
    except OSError as error:
        if not path.is_dir():  # else another process was faster; its store has the same content
            raise InputError(
                f"The store {path} cannot be written: {error.strerror or error}. Free some space, or set MER_CACHE to "
                "a folder that has room."
            ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # some file systems have no hard links
        shutil.copyfile(source, target)
