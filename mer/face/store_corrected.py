"""A store with a user's own corrections: the frames of the database as it is, shared, under the corrected clip table.

Moving an apex or writing a label aligns nothing again. The corrections that count lie in the store, so that whoever
opens it can say so. Notes do not count: no result depends on them, so a store keeps those of the database, and nothing
is computed again because a user wrote one.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.files import digest
from mer.datasets.database import Database
from mer.face.aligned_store import CORRECTIONS, AlignedStore
from mer.face.store_clips import derived_store, with_clips
from mer.manifest.clips import KEY
from mer.manifest.own_corrections import OwnCorrection, own_corrections_text, write_own_corrections


def with_own_apexes(database: Database) -> Database:
    """A synthetic database with the apexes that were rendered, so far as they lie in the corrected clips.

    Its store has their true displacement, and stays the same whatever apex a user wishes.
    """
    if not database.synthetic or database.own_clips is None:
        return database
    clips = database.clips
    own = clips[KEY].merge(database.own_clips[[*KEY, "apex"]], on=KEY, how="left")["apex"]
    inside = own.between(clips["onset"], clips["offset"]).fillna(False).astype(bool)
    return replace(database, clips=clips.assign(apex=clips["apex"].mask(inside, own)))


def with_corrections(store: AlignedStore, clips: pd.DataFrame, corrections: Sequence[OwnCorrection]) -> AlignedStore:
    """The store with another clip table, and the corrections that are in it.

    Args:
        store: as aligned.
        clips: the same clips in the same order.
        corrections: a user's own, each with what the database says itself as ``was``; those of clips that the store
            does not have are passed over.

    Returns:
        A store of its own on disk; where nothing is corrected as `with_clips`. The true displacement of clips whose
        apex is another one is NaN there.
    """
    keys = set(clips[KEY].itertuples(index=False, name=None))
    clips = _with_own_notes(clips, corrections)
    mine = [replace(one, saved="") for one in corrections if one.clip_key in keys and one.changes_results]
    if not mine:
        return with_clips(store, clips)
    moved = (clips["apex"] != store.clips["apex"]).fillna(True).to_numpy(dtype=bool)
    truth = store.displacement

    def write(folder: Path) -> None:
        write_own_corrections(mine, folder / CORRECTIONS)
        if truth is not None and moved.any():
            fields = np.array(truth)
            fields[moved] = np.nan
            np.save(folder / "displacement.npy", fields)

    # Why a user corrected a clip is not what is computed from: other words for it make no other store.
    key = digest(csv_text(clips), own_corrections_text(replace(one, reason="") for one in mine))[:12]
    return derived_store(store, f"corrected-{key}", clips, write=write)


def _with_own_notes(clips: pd.DataFrame, corrections: Sequence[OwnCorrection]) -> pd.DataFrame:
    """The clip table with the database's own notes where a user wrote others."""
    was = {one.clip_key: one.was for one in corrections if not one.changes_results}
    if not was:
        return clips
    keys = clips[KEY].itertuples(index=False, name=None)
    notes = [was.get(key, note) for key, note in zip(keys, clips["note"], strict=True)]
    return clips.assign(note=pd.Series(notes, clips.index, object))
