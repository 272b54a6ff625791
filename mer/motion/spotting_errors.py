"""How far apexes that were found lie from those that people annotated, and how long finding them takes.

Published errors are often of longer clips than onset to offset, so they can be compared in frames only with clips cut
in the same way: all errors here are of clips from onset to offset.
"""

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import KEY
from mer.motion.spotting import SpotConfig, spot_apex

#: Part that holds all clips.
ALL = "all"


def clip_errors(store: AlignedStore, found: Mapping[str, AlignedStore]) -> pd.DataFrame:
    """The error of every method on every clip whose apex is annotated.

    Args:
        store: with annotated apexes (``apex_source`` "annotated"); other clips do not count.
        found: name of a method to the same clips with its apexes.

    Returns:
        Columns method, database, subject, clip, frames (length of the clip), error_frames (found minus annotated: above
        0 is too late) and error_share (the same as a share of the clip's length).

    Raises:
        InputError: a store holds other clips, there is no method, or no apex is annotated.
    """
    clips = store.clips
    annotated = ((clips["apex_source"] == "annotated") & clips["apex"].notna()).to_numpy(dtype=bool)
    if not annotated.any():
        raise InputError("No clip has an annotated apex, so there is nothing to compare with.")
    if not found:
        raise InputError("No spotted apexes to compare; give at least one method.")
    truth = clips["apex"][annotated].to_numpy(np.int64)
    frames = np.asarray(store.count)[annotated]
    parts = []
    for method, spotted in found.items():
        if not store.clips[KEY].equals(spotted.clips[KEY]):
            raise InputError(f"The store of {method!r} holds different clips; spot the apexes of the same store.")
        error = spotted.clips["apex"][annotated].to_numpy(np.int64) - truth
        part = clips[KEY][annotated].assign(frames=frames, error_frames=error, error_share=error / frames)
        parts.append(part.assign(method=method))
    columns = ["method", *KEY, "frames", "error_frames", "error_share"]
    return pd.concat(parts, ignore_index=True)[columns]


def errors_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors of every method on every database.

    Args:
        errors: from `clip_errors`.

    Returns:
        A row a part and method, all clips first, then each database where there are several: part, method, clips,
        error_frames and error_share (means of absolute values), bias_frames (mean with its sign), worst_frames.
    """
    databases = list(dict.fromkeys(errors["database"]))
    rows = []
    for part in [ALL, *(databases if len(databases) > 1 else [])]:
        inside = errors if part == ALL else errors[errors["database"] == part]
        for method, own in inside.groupby("method", sort=False):
            size = own[["error_frames", "error_share"]].abs()
            row = {"part": part, "method": method, "clips": len(own), **size.mean().to_dict()}
            rows.append(row | {"bias_frames": own["error_frames"].mean(), "worst_frames": size["error_frames"].max()})
    return pd.DataFrame(rows)


def seconds_per_clip(store: AlignedStore, config: SpotConfig, clips: int = 8) -> float:
    """Mean time to find one apex in one thread, measured now on clips spread over the store; frames are in memory."""
    rows = np.unique(np.linspace(0, len(store) - 1, clips).round().astype(int))
    seconds = 0.0
    for row in rows:
        first = int(store.start[row])
        frames = np.array(store.frames[first : first + int(store.count[row])])
        before = perf_counter()
        spot_apex(frames, store.boxes[row], config, store.landmarks[row])
        seconds += perf_counter() - before
    return seconds / len(rows)
