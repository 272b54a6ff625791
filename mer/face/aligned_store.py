"""The aligned store: every frame of a database's clips, aligned, 8-bit, memory-mapped; checked when opened.

A store is a folder: ``frames.npy`` (all frames of all clips, one after the other), ``rows.npy`` (first row and count
of each clip), ``clips.csv``, ``skipped.csv``, ``landmarks.npy``, ``transforms.npy``, ``boxes.npy``, ``eyes.npy``,
``pose.npy``, for synthetic databases ``displacement.npy``, where faces were not found ``failures.zip``, where a user
corrected clips ``corrections.csv``, and ``index.json``, written last: the seal (`mer.core.sealed`) of them all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer.core.configs import from_dict
from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError, MissingPath
from mer.core.kept import INDEX, open_kept
from mer.core.machine_fault import raise_machine_fault
from mer.core.sealed import FILES, Damaged, unsealed
from mer.face.failures import read_failures
from mer.manifest.clips import KEY, read_clips
from mer.manifest.own_corrections import OwnCorrection, corrected_words, read_own_corrections

#: Changes whenever the content of a store made from the same input would.
FORMAT = 4
CORRECTIONS = "corrections.csv"


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
        path: the store's folder; its name holds the key of what it was built from, and its index says that name.
        config: how it was built.
        database_name, synthetic, terms: of the database it was built from.
        clips: clip table of the clips that could be aligned, index 0..n-1.
        skipped: columns database, subject, clip, kind, reason: the clips that could not; ``kind`` is ``data`` (files or
            rows of the database are faulty) or ``face`` (no face, several, or a cut one in the onset frame).
        frames: uint8, (total, H, W, C), memory-mapped; grey or RGB.
        start, count: int64, (n,): row ``start + k`` of ``frames`` is frame number ``onset + k``.
        landmarks: float32, (n, 68, 2), aligned pixels, of the onset frame.
        transforms: float32, (n, 2, 3), raw to aligned pixels.
        boxes: float32, (n, 9, 4), boxes of action units as fractions of the image (`mer.face.regions`).
        displacement: float16, (n, 2, H, W), true displacement of the apex frame, backward, normalised grid units, x
            first, NaN off the face and for clips whose onset or apex a user moved, memory-mapped; None where the truth
            is not known.
        eye_distance: float32, (n,), between the centres of the eyes, raw pixels: how large the faces are.
        pose: float32, (n, 3), yaw, pitch, roll of the head in the onset frame, degrees (`mer.face.pose`).
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
    eye_distance: np.ndarray
    pose: np.ndarray

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

    def pairs(self, clips: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Onset and apex frames of some clips (0..n-1), or of all: float32, (k, C, H, W) each, 0 to 1.

        Raises:
            InputError: one of them has no apex.
        """
        table, start = (self.clips, self.start) if clips is None else (self.clips.iloc[clips], self.start[clips])
        missing = table["apex"].isna().to_numpy()
        if missing.any():
            first = "/".join(table.iloc[int(missing.argmax())][list(KEY)])
            raise InputError(
                f"{int(missing.sum())} of {len(table)} clips of {self.database_name} have no apex, the first is "
                f"{first}. Fill them in, or leave those clips out."
            )
        apex = start + (table["apex"] - table["onset"]).to_numpy(dtype=np.int64)
        onsets, apices = (
            np.ascontiguousarray(self.frames[rows].transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)
            for rows in (start, apex)
        )
        return onsets, apices

    def failures(self) -> dict[str, np.ndarray]:
        """Small onset frames in which no face could be placed: ``database/subject/clip`` to uint8 RGB."""
        return read_failures(self.path)

    def corrections(self) -> tuple[OwnCorrection, ...]:
        """A user's own corrections of these clips, each with what the database says itself (``was``)."""
        return read_own_corrections(self.path / CORRECTIONS)

    def corrected(self) -> str:
        """A sentence on the clips that a user corrected; empty when there are none. It stands on every figure."""
        own = self.corrections()
        return corrected_words(own) if own else ""

    def left_out(self) -> str:
        """A sentence on the clips that are not in this store; empty when none is missing. It stands on every figure."""
        if self.skipped.empty:
            return ""
        data = int((self.skipped["kind"] == "data").sum())
        face = len(self.skipped) - data
        why = [f"{data} missing or damaged"] * bool(data) + [f"{face} without one whole face"] * bool(face)
        return f"{len(self.skipped)} of {len(self.skipped) + len(self)} clips left out: {', '.join(why)}."


def open_store(path: Path | str, verify: bool = False) -> AlignedStore:
    """Open a store and check that it is whole.

    Every file is compared with its seal; a large one that was found right before and not touched since is not read
    again (`mer.core.sealed`).

    Args:
        path: the store's folder, under the name that it was built with.
        verify: read large files in full too.

    Raises:
        MissingPath: there is no such folder.
        OtherFormat: it was built by an older or a newer version.
        InputError: it is not a finished store, a file is missing or damaged, or it is another store than its name says.
    """
    path = Path(path)
    if not path.is_dir():
        raise MissingPath(f"Aligned store {path} does not exist. Build it with mer.face.store.build_store.")
    remedy = _remedy(path)
    try:
        index = open_kept(path, FORMAT, remedy)
    except FileNotFoundError as error:
        raise InputError(f"{path} is not a finished aligned store (no {INDEX}). {remedy}") from error
    if verify:
        unsealed(path, INDEX, FORMAT, remedy, every=True)
    return load_store(path, index)


def load_store(path: Path, index: dict[str, Any]) -> AlignedStore:
    """The store in a folder whose index was checked.

    Raises:
        Damaged: the files are whole, but not those of a store.
    """

    def load(name: str, mapped: bool = False) -> np.ndarray:
        return np.load(path / name, mmap_mode="r" if mapped else None, allow_pickle=False)

    try:
        rows = load("rows.npy")
        return AlignedStore(
            path=path,
            config=from_dict(StoreConfig, index["config"], complete=True),
            database_name=index["database"],
            synthetic=index["synthetic"],
            terms=index["terms"],
            clips=read_clips(path / "clips.csv"),
            skipped=read_csv_text(path / "skipped.csv", dtype=str, keep_default_na=False),
            frames=load("frames.npy", mapped=True),
            start=rows[:, 0],
            count=rows[:, 1],
            landmarks=load("landmarks.npy"),
            transforms=load("transforms.npy"),
            boxes=load("boxes.npy"),
            displacement=load("displacement.npy", mapped=True) if "displacement.npy" in index[FILES] else None,
            eye_distance=load("eyes.npy"),
            pose=load("pose.npy"),
        )
    except (KeyError, TypeError, AttributeError, ValueError, EOFError, FileNotFoundError) as error:
        raise Damaged(f"{path} holds no aligned store ({error}). {_remedy(path)}") from error
    except OSError as error:
        raise_machine_fault(error, path)
        raise


def _remedy(path: Path) -> str:
    return f"Delete the folder {path} and run again; it is rebuilt from the frames."
