"""The simplest apex that is fitted: a fixed place in the clip, learned from other people.

In CASME II and SAMM it is 8 to 9 frames off, no more than the middle frame: annotated apexes spread by 0.16 of the clip
around a median close to the middle.
"""

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.face.aligned_store import AlignedStore
from mer.face.store_clips import with_clips
from mer.manifest.clips import person

#: A database with fewer annotated clips of other people takes the median over all databases.
LEAST_CLIPS = 5


def learned_ratio(clips: pd.DataFrame, held_out: str, database: str) -> float:
    """Median relative position of the annotated apexes (0 onset, 1 offset) of everyone but one person.

    Args:
        clips: clip table; apexes whose source is not ``annotated`` do not count.
        held_out: ``database/subject``, whose clips do not count.
        database: whose clips count; all of them where it has fewer than `LEAST_CLIPS`.

    Raises:
        InputError: nobody else has an annotated apex.
    """
    known = (clips["apex_source"] == "annotated") & clips["apex"].notna() & (clips["offset"] > clips["onset"])
    others = clips[known.to_numpy(dtype=bool) & (person(clips) != held_out).to_numpy()]
    if others.empty:
        raise InputError(
            f"No clip of people other than {held_out!r} has an annotated apex, so no ratio can be learned. Take the "
            "middle frame (apex 'middle'), or add a database whose apexes are annotated."
        )
    own = others[others["database"] == database]
    used = own if len(own) >= LEAST_CLIPS else others
    return float(((used["apex"] - used["onset"]) / (used["offset"] - used["onset"])).astype(float).median())


def learned_ratios(clips: pd.DataFrame) -> np.ndarray:
    """`learned_ratio` of every clip, its own person held out: float64, (n,)."""
    who = pd.Series(list(zip(person(clips), clips["database"], strict=True)))
    ratios = {key: learned_ratio(clips, *key) for key in who.unique()}
    return who.map(ratios).to_numpy(np.float64)


def with_learned_ratio(store: AlignedStore) -> AlignedStore:
    """The store with the apex of every clip where the annotated apexes of other people say it is.

    A test person's apexes are never looked at for that person's clips. They do count, as some among many in a median,
    for those of the people it is tested against; who wants none of that calls `learned_ratio` on a table without them.

    Returns:
        A store of its own (`mer.face.store_clips`), ``apex_source`` "spotted".
    """
    clips = store.clips
    last = np.asarray(store.count) - 1
    steps = np.floor(learned_ratios(clips) * last + 0.5).astype(np.int64)
    steps = np.clip(steps, np.minimum(1, last), last)
    return with_clips(store, clips.assign(apex=(clips["onset"] + steps).astype("Int64"), apex_source="spotted"))
