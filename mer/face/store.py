"""Build the aligned store of a database: once, keyed by what it is built from, safe to build twice at the same time."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.kept import kept_folder
from mer.core.machine_fault import MachineFault
from mer.core.paths import cache_dir
from mer.core.problems import Problem, ProblemsFound
from mer.core.processors import processors
from mer.datasets.database import Database
from mer.face.aligned_store import FORMAT, AlignedStore, StoreConfig, load_store, open_store
from mer.face.landmarks import FACE_RULE, FaceFinder, detector_identity, make_detector
from mer.face.store_corrected import with_corrections, with_own_apexes
from mer.face.store_write import write_arrays
from mer.manifest.clips import KEY

__all__ = ["FORMAT", "AlignedStore", "StoreConfig", "build_store", "open_store", "store_path"]

#: Columns of the clip table on which the frames of a store depend. Labels, emotions and notes do not count: the same
#: frames serve every label space.
_CONTENT = [*KEY, "frames", "onset", "offset"]


def build_store(
    database: Database,
    config: StoreConfig | None = None,
    detector: FaceFinder | None = None,
    workers: int | None = None,
    allow_missing: bool = False,
) -> AlignedStore:
    """Align a database once; a second call with the same input opens what is there, and builds it anew where damaged.

    Args:
        database: the clips.
        config: what the store holds; None means the defaults.
        detector: used in place of the one that ``config`` names; its name becomes part of the key.
        workers: threads that decode and warp; None means one a core, at most 8.
        allow_missing: go on without clips whose data are faulty (frames that cannot be decoded). Clips without exactly
            one whole face are always left out, with a warning.

    Returns:
        The store, in ``cache_dir()/stores/<name>-<key>``.

    Raises:
        ProblemsFound: data are faulty and ``allow_missing`` is off; all clips are named. What could be aligned is kept:
            a call with ``allow_missing`` opens it.
        MachineFault: frames could not be read for reasons that lie in the machine: limits, its disk.
        InputError: no clip could be aligned, or there is no room on the disk.
    """
    config = config or StoreConfig()
    if database.clips["apex"].isna().any():
        raise InputError(f"Clips of {database.name} have no apex; fill them in when the database is opened.")
    corrected, database = database, with_own_apexes(database)
    wanted = config.detector
    # Not the path that a user gave: what lies there is what counts, and a store may be passed on.
    config = replace(config, detector=detector.name if detector is not None else detector_identity(wanted))
    path = store_path(database, config)

    def made(instead_of: int | None = None) -> AlignedStore:
        def make(work: Path) -> None:
            _align(database, config, detector, wanted, work, workers)

        about = {"database": database.name, "synthetic": database.synthetic, "terms": database.terms}
        about |= {"config": asdict(config), "faces": FACE_RULE}
        need = _size(database, config)
        return load_store(path, kept_folder(path, FORMAT, make, about, need=need, instead_of=instead_of))

    found = _inode(path)
    store = made()
    faulty = _faulty(database, store)
    if faulty and found is not None and _any_mended(database, faulty):
        store = made(instead_of=found)
        faulty = _faulty(database, store)
    if faulty and not allow_missing:
        raise ProblemsFound(
            f"{len(faulty)} of {len(database.clips)} clips of {database.name} cannot be read. Mend them, or leave "
            "them out with --allow-missing (allow_missing=True); the others are aligned and kept:",
            faulty,
        )
    return with_corrections(store, _clips_of(corrected, store), corrected.corrections)


def store_path(database: Database, config: StoreConfig) -> Path:
    """Where the store of a database is kept: the name ends in a key of everything that its frames depend on.

    Args:
        database: the clips.
        config: what the store holds; ``detector`` is an identity (`mer.face.landmarks.detector_identity`).
    """
    settings = json.dumps({**asdict(config), "format": FORMAT, "faces": FACE_RULE}, sort_keys=True)
    # The truth of a synthetic clip belongs to its apex.
    columns = [*_CONTENT, "apex"] if database.synthetic else _CONTENT
    table = csv_text(database.clips[columns])
    key = digest(database.name, database.fingerprint, table, repr(database.left_out), settings)
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in database.name)
    return cache_dir() / "stores" / f"{name}-{key[:12]}"


def _align(
    database: Database,
    config: StoreConfig,
    detector: FaceFinder | None,
    wanted: str,
    folder: Path,
    workers: int | None,
) -> None:
    finder = detector or make_detector(wanted)
    try:
        write_arrays(folder, database, config.size, config.channels, finder, workers or processors(most=8))
    finally:
        if detector is None and hasattr(finder, "close"):
            finder.close()


def _size(database: Database, config: StoreConfig) -> int:
    """Bytes of the frames and of the true displacement of all clips; the rest is small."""
    count = int((database.clips["offset"] - database.clips["onset"] + 1).sum())
    truth = 2 * 2 * len(database.clips) if database.synthetic else 0
    return config.size**2 * (count * config.channels + truth)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _clips_of(database: Database, store: AlignedStore) -> pd.DataFrame:
    """The database's rows of the clips in the store, in the store's order."""
    return store.clips[KEY].merge(database.clips, on=KEY, how="left")


def _faulty(database: Database, store: AlignedStore) -> list[Problem]:
    """Clips that could not be aligned because of their files; not those that were left out at opening, knowingly."""
    known = {problem.clip for problem in database.left_out}
    frames = {tuple(key): str(place) for *key, place in database.clips[[*KEY, "frames"]].itertuples(index=False)}
    problems = []
    for *key, kind, reason in store.skipped[[*KEY, "kind", "reason"]].itertuples(index=False):
        clip = (str(key[0]), str(key[1]), str(key[2]))
        if kind == "data" and clip not in known:
            problems.append(Problem(frames.get(clip, ""), "", str(reason), "", clip))
    return problems


def _any_mended(database: Database, faulty: list[Problem]) -> bool:
    """Whether a clip that could not be read can be now: a file may be mended without changing its name or size."""
    rows = {tuple(row[column] for column in KEY): row for _, row in database.clips.iterrows()}
    for problem in faulty:
        row = rows.get(problem.clip) if problem.clip else None
        if row is None:
            continue
        try:
            shapes = {image.shape for image in database.frames(row)}
        except MachineFault:
            raise
        except InputError:
            continue
        if len(shapes) == 1:
            return True
    return False
