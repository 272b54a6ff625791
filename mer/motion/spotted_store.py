"""A store with spotted apexes in place of missing ones, or of all."""

import json
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import digest, read_json, write_json
from mer.core.kept import kept_folder
from mer.core.paths import cache_dir
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.face.store_clips import with_clips
from mer.motion.spotting import ClipView, SpotConfig, spot_all

#: Raised whenever the same frames and configuration would give other apexes, or the file is another.
FORMAT = 3
_APEXES = "apexes.json"


def with_spotted_apexes(
    store: AlignedStore, config: SpotConfig | None = None, only: Literal["unannotated", "all"] = "unannotated"
) -> AlignedStore:
    """The store with the apex of its clips spotted.

    It is a store of its own on disk (`mer.face.store_clips`), so that training in other processes and every key made of
    a store's name see the spotted apexes. Apexes are looked for once, and again where what was kept is damaged.

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
    return with_clips(store, _remembered(store, chosen, config, only))


def _remembered(store: AlignedStore, chosen: np.ndarray, config: SpotConfig, only: str) -> pd.DataFrame:
    """The clip table with spotted apexes, looked for once: a small folder of the cache keeps what was found."""
    settings = json.dumps({**asdict(config), "only": only, "format": FORMAT}, sort_keys=True)
    key = digest(settings, store.path.name, csv_text(store.clips))
    folder = cache_dir() / "apexes" / f"{store.path.name}-{key[:12]}"
    kept_folder(folder, FORMAT, lambda work: write_json(work / _APEXES, _spotted(store, chosen, config)))
    apexes, sources = zip(*read_json(folder / _APEXES), strict=True)
    return store.clips.assign(apex=pd.array(apexes, "Int64"), apex_source=list(sources))


def _spotted(store: AlignedStore, chosen: np.ndarray, config: SpotConfig) -> list[list[Any]]:
    """Apex and its source of every clip of the store, those of the chosen rows spotted."""
    spans = [(int(store.start[clip]), int(store.start[clip] + store.count[clip])) for clip in chosen]
    inputs: list[ClipView] = [
        (store.frames[first:end], store.boxes[clip], store.landmarks[clip])
        for (first, end), clip in zip(spans, chosen, strict=True)
    ]
    found = list(progress(spot_all(inputs, config), "Spotting apexes", total=len(inputs), unit="clips"))
    apexes, sources = store.clips["apex"].tolist(), store.clips["apex_source"].tolist()
    for clip, one in zip(chosen, found, strict=True):
        apexes[clip] = int(store.clips["onset"].iloc[clip]) + one.index
        sources[clip] = "middle" if one.flat or config.method == "middle" else "spotted"
    return [[int(apex), str(source)] for apex, source in zip(apexes, sources, strict=True)]
