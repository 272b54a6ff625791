"""The same clips beginning at another frame: later ones share the frames, earlier ones bring theirs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import digest
from mer.face.aligned_store import AlignedStore
from mer.face.growing_array import GrowingArray
from mer.face.store_clips import derived_store
from mer.manifest.clips import validate_clips


def with_onsets(store: AlignedStore, onsets: np.ndarray, earlier: Mapping[int, np.ndarray]) -> AlignedStore:
    """The store with other onsets, as a store of its own on disk.

    Landmarks, boxes and transform of a clip stay those of its old onset, so faces stand where they stood. The true
    displacement is left out: it is known of the old onset only. Frames are shared by hard links where no clip begins
    earlier; otherwise all of them are written anew.

    Args:
        store: any aligned store.
        onsets: (n,), frame numbers, not after the apexes.
        earlier: for every row whose onset comes earlier its aligned frames from there to the old onset, exclusive:
            uint8, (k, H, W, C).

    Returns:
        The store itself where no onset differs.

    Raises:
        InputError: an onset after the apex, frames that are missing or of another shape, or no room on the disk.
    """
    old = store.clips["onset"].to_numpy(np.int64)
    later = np.asarray(onsets, np.int64) - old
    if not later.any():
        return store
    for row in np.flatnonzero(later < 0).tolist():
        shape = earlier[row].shape if row in earlier else None
        if shape != (-later[row], *store.frames.shape[1:]):
            raise InputError(
                f"Clip {row} begins {-later[row]} frames earlier; expected so many aligned frames of shape "
                f"{store.frames.shape[1:]}, found {shape}."
            )
    clips = validate_clips(store.clips.assign(onset=old + later))
    first, count = np.asarray(store.start), np.asarray(store.count) - later

    def write(folder: Path) -> None:
        start = first + later
        if (later < 0).any():
            start = np.cumsum(count) - count
            with GrowingArray(folder / "frames.npy", store.frames.shape[1:], np.uint8) as frames:
                for row in range(len(store)):
                    if later[row] < 0:
                        frames.append(earlier[row])
                    begin = int(first[row]) + max(0, int(later[row]))
                    frames.append(store.frames[begin : int(first[row] + store.count[row])])
        np.save(folder / "rows.npy", np.stack([start, count], axis=1))

    name = f"onsets-{digest(csv_text(clips))[:12]}"
    need = int(count.sum()) * store.frames[:1].nbytes if (later < 0).any() else 0
    return derived_store(store, name, clips, {"displacement.npy"}, write, need)
