"""Write the arrays of an aligned store: block by block, so that memory stays flat whatever the size of a clip."""

import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
import pandas as pd

from mer.core.csv_text import csv_text
from mer.core.errors import InputError
from mer.core.files import write_text
from mer.core.machine_fault import MachineFault
from mer.core.processors import one_opencv_thread
from mer.core.progress import progress
from mer.datasets.database import Database
from mer.face.clip_stream import ClipStream, PlacedClip, place_clip
from mer.face.failures import FAILURES, FailureWriter
from mer.face.growing_array import GrowingArray
from mer.face.landmarks import FaceFault, FaceFinder
from mer.manifest.clips import KEY, clip_key, write_clips

SKIPPED_COLUMNS = [*KEY, "kind", "reason"]


def write_arrays(
    folder: Path,
    database: Database,
    size: int,
    channels: int,
    finder: FaceFinder,
    workers: int,
) -> None:
    """Align every clip of a database and write clips, skipped clips and arrays into ``folder``.

    Faces are looked for in this thread (detectors are not thread-safe); frames are decoded and warped by ``workers``
    threads, a few clips ahead. A clip that cannot be aligned goes to ``skipped.csv`` with its reason and kind: ``face``
    (no face, several, a cut one; `FaceFault`) or ``data`` (anything wrong with its files or its row, clips that were
    left out when the database was opened included). Small pictures of the former go to ``failures.zip``.

    Args:
        folder: exists and is empty.
        database: the clips.
        size: pixels a side of the aligned square.
        channels: 1 for grey, 3 for RGB.
        finder: detector, or landmarks known by clip.
        workers: threads that decode and warp.

    Raises:
        MachineFault: frames could not be read, and the fault is not theirs.
        InputError: no clip could be aligned.
    """
    kept: list[int] = []
    counts: list[int] = []
    placed_clips: list[PlacedClip] = []
    skipped: dict[int, InputError] = {}
    any_truth = False
    waiting: deque[tuple[int, ClipStream]] = deque()
    stop = Event()
    bar = progress(what=f"Aligning {database.name}", total=len(database.clips), unit="clips")
    with (
        bar,
        one_opencv_thread(),
        GrowingArray(folder / "frames.npy", (size, size, channels), np.uint8) as frames,
        GrowingArray(folder / "displacement.npy", (2, size, size), np.float16) as truths,
        FailureWriter(folder / FAILURES) as failures,
        ThreadPoolExecutor(workers) as pool,
        _set_at_end(stop),
    ):

        def collect() -> None:
            nonlocal any_truth
            index, stream = waiting.popleft()
            bar.update()
            before = frames.rows
            try:
                for block in stream:
                    frames.append(block)
            except MachineFault:
                raise
            except InputError as error:
                frames.cut_back(before)
                skipped[index] = error
                return
            any_truth |= stream.truth is not None
            truths.append(np.full((1, 2, size, size), np.nan) if stream.truth is None else stream.truth[None])
            kept.append(index)
            counts.append(frames.rows - before)
            placed_clips.append(stream.placed)

        for index in range(len(database.clips)):
            row = database.clips.iloc[index]
            try:
                rest = database.frames(row)
                onset = next(rest)
                placed = place_clip(row, onset, size, finder)
            except MachineFault:
                raise
            except InputError as error:
                skipped[index] = error
                if isinstance(error, FaceFault):
                    failures.add(clip_key(row), onset)
                bar.update()
                continue
            stream = ClipStream(database, row, placed, onset, rest, size, channels, stop)
            waiting.append((index, stream))
            pool.submit(stream.work)
            while len(waiting) > 2 * workers:
                collect()
        while waiting:
            collect()
    if not any_truth:
        (folder / "displacement.npy").unlink()
    table = _skipped_table(database, skipped)
    _report(database, table, len(kept))
    write_text(folder / "skipped.csv", csv_text(table))
    write_clips(database.clips.iloc[kept], folder / "clips.csv")
    count = np.array(counts, np.int64)
    np.save(folder / "rows.npy", np.stack([np.cumsum(count) - count, count], axis=1))
    np.save(folder / "landmarks.npy", np.stack([placed.landmarks for placed in placed_clips]))
    np.save(folder / "transforms.npy", np.stack([placed.matrix for placed in placed_clips]).astype(np.float32))
    np.save(folder / "boxes.npy", np.stack([placed.boxes for placed in placed_clips]))
    np.save(folder / "eyes.npy", np.array([placed.eye_distance for placed in placed_clips], np.float32))
    np.save(folder / "pose.npy", np.stack([placed.pose for placed in placed_clips]))


@contextmanager
def _set_at_end(stop: Event) -> Iterator[None]:
    """Let the workers go when the block ends, also by an error: nobody takes their frames any more."""
    try:
        yield
    finally:
        stop.set()


def _skipped_table(database: Database, skipped: dict[int, InputError]) -> pd.DataFrame:
    """Columns of `SKIPPED_COLUMNS`: clips of the table in its order, then those left out when it was opened."""
    rows = []
    for index in sorted(skipped):
        row, error = database.clips.iloc[index], skipped[index]
        kind = "face" if isinstance(error, FaceFault) else "data"
        rows.append([*(row[column] for column in KEY), kind, _without_roots(database, str(error))])
    faults: dict[tuple[str, str, str], list[str]] = {}
    for problem in database.left_out:
        if problem.clip is not None:
            faults.setdefault(problem.clip, []).append(f"{problem.place}: {problem.what} {problem.remedy}".rstrip())
    rows += [[*clip, "data", _without_roots(database, " ".join(reasons))] for clip, reasons in faults.items()]
    return pd.DataFrame(rows, columns=SKIPPED_COLUMNS, dtype=object)


def _without_roots(database: Database, words: str) -> str:
    """A message without the folders of this machine: a store may be passed on."""
    for root in sorted({str(database.root), *map(str, database.roots.values())}, key=len, reverse=True):
        words = words.replace(f"{root}/", "")
    return words


def _report(database: Database, table: pd.DataFrame, kept: int) -> None:
    """Raise or warn, according to what was skipped."""
    if table.empty and kept:
        return
    total = kept + len(table)
    if table.empty:
        raise InputError(f"{database.name} has no clips to align. Look at its clip table.")
    first = table.iloc[0]
    example = f"{clip_key(first)}: {first['reason']}"
    if not kept:
        raise InputError(
            f"None of the {len(table)} clips of {database.name} could be aligned. The first: {example} "
            "Check the folder of frames and look at one onset frame."
        )
    data = int((table["kind"] == "data").sum())
    warnings.warn(
        f"{len(table)} of {total} clips of {database.name} could not be aligned and are left out ({data} because of "
        f"their data, {len(table) - data} because of the face; the store's table 'skipped' has the reasons). "
        f"The first: {example}",
        stacklevel=2,
    )
