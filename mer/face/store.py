"""The aligned store: every frame of a database's clips, aligned, 8-bit, memory-mapped; built once, checked when opened.

A store is a folder: ``frames.npy`` (all frames of all clips, one after the other), ``rows.npy`` (first row and count
of each clip), ``clips.csv``, ``skipped.csv``, ``landmarks.npy``, ``transforms.npy``, ``boxes.npy``, for synthetic
databases ``displacement.npy``, and ``index.json`` with the size and SHA-256 of each, written last.
"""

import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer.core.configs import from_dict
from mer.core.errors import InputError, MissingPath
from mer.core.files import digest, read_json, write_json
from mer.core.paths import cache_dir
from mer.datasets.database import Database
from mer.face.landmarks import LandmarkDetector, make_detector
from mer.face.store_check import check_files, describe_files
from mer.face.store_write import write_arrays
from mer.manifest.clips import read_clips

#: Changes whenever the content of a store made from the same input would.
FORMAT = 2

_ABANDONED_AFTER = 24 * 3600  # seconds without a change after which a half-built store is removed


@dataclass(frozen=True)
class StoreConfig:
    """What an aligned store holds.

    Attributes:
        size: pixels a side of the aligned square. Unstated: the paper gives none.
        channels: 1 for grey, 3 for RGB.
        detector: name of the landmark detector (`mer.face.landmarks.DETECTORS`, or that of one given to `build_store`).
    """

    size: int = 128
    channels: int = 1
    detector: str = "facemesh"

    def __post_init__(self) -> None:
        """Check the values."""
        if not 16 <= self.size <= 1024:
            raise InputError(f"size is {self.size}; expected 16 to 1024 pixels.")
        if self.channels not in (1, 3):
            raise InputError(f"channels is {self.channels}; expected 1 (grey) or 3 (RGB).")


@dataclass(frozen=True, eq=False)
class AlignedStore:
    """The aligned clips of one database. n clips, ``total`` frames of H x W pixels with C channels.

    Attributes:
        path: the store's folder; its name holds the key of what it was built from.
        config: how it was built.
        database_name, synthetic, terms: of the database it was built from.
        clips: clip table of the clips that could be aligned, index 0..n-1.
        skipped: columns database, subject, clip, reason: the clips that could not.
        frames: uint8, (total, H, W, C), memory-mapped; grey or RGB.
        start, count: int64, (n,): row ``start + k`` of ``frames`` is frame number ``onset + k``.
        landmarks: float32, (n, 68, 2), aligned pixels, of the onset frame.
        transforms: float32, (n, 2, 3), raw to aligned pixels.
        boxes: float32, (n, 9, 4), boxes of action units as fractions of the image (`mer.face.regions`).
        displacement: float16, (n, 2, H, W), true displacement of the apex frame, backward, normalised grid units, x
            first, NaN off the face, memory-mapped; None where the truth is not known.
    """

    path: Path
    config: StoreConfig
    database_name: str
    synthetic: bool
    terms: str
    clips: pd.DataFrame
    skipped: pd.DataFrame
    frames: np.ndarray
    start: np.ndarray
    count: np.ndarray
    landmarks: np.ndarray
    transforms: np.ndarray
    boxes: np.ndarray
    displacement: np.ndarray | None

    def __len__(self) -> int:
        """Number of clips."""
        return len(self.clips)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as a path, not as gigabytes."""
        return open_store, (self.path,)

    def frame(self, clip: int, number: int) -> np.ndarray:
        """One frame of clip ``clip`` (0..n-1) by its number on disk: uint8, (H, W, C).

        Raises:
            InputError: the number is outside onset..offset.
        """
        onset = int(self.clips["onset"].iloc[clip])
        if not onset <= number < onset + self.count[clip]:
            raise InputError(
                f"Clip {clip} has frames {onset} to {onset + int(self.count[clip]) - 1}; {number} is none of them."
            )
        return np.array(self.frames[int(self.start[clip]) + number - onset])

    def pair(self, clip: int) -> tuple[np.ndarray, np.ndarray]:
        """Onset and apex frame of a clip: uint8, (H, W, C) each."""
        row = self.clips.iloc[clip]
        return self.frame(clip, int(row["onset"])), self.frame(clip, int(row["apex"]))

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Onset and apex frames of all clips: float32, (n, C, H, W) each, 0 to 1."""
        apex = self.start + (self.clips["apex"] - self.clips["onset"]).to_numpy(dtype=np.int64)
        onsets, apices = (
            np.ascontiguousarray(self.frames[rows].transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)
            for rows in (self.start, apex)
        )
        return onsets, apices


def build_store(
    database: Database,
    config: StoreConfig | None = None,
    detector: LandmarkDetector | None = None,
    workers: int | None = None,
) -> AlignedStore:
    """Align a database once; a second call with the same input opens what is there.

    Two builds at the same time do not disturb each other: each works in a folder of its own, the first to finish
    gives it the store's name, the other's is dropped.

    Args:
        database: the clips.
        config: what the store holds; None means the defaults.
        detector: used in place of the one that ``config`` names; its name becomes part of the key.
        workers: threads that decode and warp; None means one a core, at most 8.

    Returns:
        The store, in ``cache_dir()/stores/<name>-<key>``.

    Raises:
        InputError: no clip could be aligned, the disk is full, or an earlier store in that place is damaged.
    """
    config = config or StoreConfig()
    if detector is not None:
        config = replace(config, detector=detector.name)
    path = store_path(database, config)
    if path.exists():
        return open_store(path)
    workers = workers or max(1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4))
    finder = detector or make_detector(config.detector)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path)
        work = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        try:
            write_arrays(work, database, config.size, config.channels, finder, workers)
            about: dict[str, Any] = {
                "database": database.name,
                "synthetic": database.synthetic,
                "terms": database.terms,
            }
            about |= {"config": asdict(config), "files": describe_files(work)}
            write_json(work / "index.json", {"format": FORMAT, **about})
            work.chmod(0o755)
            _give_name(work, path)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            f"The aligned store {path} cannot be written: {error.strerror or error}. Free some space, or set MER_CACHE "
            "to a folder that has room."
        ) from error
    finally:
        if detector is None and hasattr(finder, "close"):
            finder.close()
    return open_store(path)


def store_path(database: Database, config: StoreConfig) -> Path:
    """Where the store of a database is kept: the name ends in a key of everything that its content depends on."""
    settings = json.dumps({**asdict(config), "format": FORMAT}, sort_keys=True)
    key = digest(database.name, database.fingerprint, database.clips.to_csv(index=False), settings)
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in database.name)
    return cache_dir() / "stores" / f"{name}-{key[:12]}"


def open_store(path: Path | str, verify: bool = False) -> AlignedStore:
    """Open a store and check that it is whole.

    Sizes of all files, the full content of small ones and both ends of large ones are compared with the index.

    Args:
        path: the store's folder.
        verify: read large files in full too.

    Raises:
        MissingPath: there is no such folder.
        InputError: it is not a finished store, it has another format, or a file is missing or damaged.
    """
    path = Path(path)
    if not path.is_dir():
        raise MissingPath(f"Aligned store {path} does not exist. Build it with mer.face.store.build_store.")
    remedy = f"Delete the folder {path} and run again; it is rebuilt from the frames."
    if not (path / "index.json").is_file():
        raise InputError(f"{path} is not a finished aligned store (no index.json). {remedy}")
    index = read_json(path / "index.json")
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise InputError(f"{path} is not an aligned store of format {FORMAT}. {remedy}")
    check_files(path, index["files"], verify, remedy)

    def load(name: str, mapped: bool = False) -> np.ndarray:
        return np.load(path / name, mmap_mode="r" if mapped else None, allow_pickle=False)

    rows = load("rows.npy")
    return AlignedStore(
        path=path,
        config=from_dict(StoreConfig, index["config"]),
        database_name=index["database"],
        synthetic=index["synthetic"],
        terms=index["terms"],
        clips=read_clips(path / "clips.csv"),
        skipped=pd.read_csv(path / "skipped.csv", dtype=str, keep_default_na=False),
        frames=load("frames.npy", mapped=True),
        start=rows[:, 0],
        count=rows[:, 1],
        landmarks=load("landmarks.npy"),
        transforms=load("transforms.npy"),
        boxes=load("boxes.npy"),
        displacement=load("displacement.npy", mapped=True) if "displacement.npy" in index["files"] else None,
    )


def _give_name(work: Path, path: Path) -> None:
    try:
        os.rename(work, path)
    except OSError:
        if not path.is_dir():  # else another process was faster; its store has the same content
            raise


def _remove_abandoned(path: Path) -> None:
    """Remove half-built folders that a killed process left; one that is still being written is left alone."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        newest = max((entry.stat().st_mtime for entry in [part, *part.glob("*")]), default=0.0)
        if time.time() - newest > _ABANDONED_AFTER:
            shutil.rmtree(part, ignore_errors=True)
