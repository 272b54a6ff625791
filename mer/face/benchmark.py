"""How fast frames become an aligned store on this machine: ``python -m mer.face.benchmark``.

Renders clips of 640 x 480 pixels with the embedded generator, writes them as JPEG into a temporary folder, and aligns
them with one worker thread and with two. What is timed is all of `mer.face.store.build_store`: reading, decoding,
finding the face in each onset frame, warping, writing, digests; the face model is loaded before. The files lie in the
system's cache of the disk; from a slow disk the megabytes a second below are what has to be read.
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import pandas as pd

from mer.core.files import write_text
from mer.datasets.database import Database
from mer.datasets.folder import open_folder
from mer.face.landmarks import detector_identity, make_detector
from mer.face.store import StoreConfig, build_store
from mer.manifest.clips import write_clips

WIDTH, HEIGHT = 640, 480
#: Frames from onset to offset of the 442 clips of the composite database.
COMPOSITE_FRAMES = 25_469


@dataclass(frozen=True)
class Speed:
    """What one build took.

    Attributes:
        workers: threads that decode and warp.
        frames: aligned.
        megabytes: of image files read.
        seconds: of the build.
        memory_mb: how much the process grew while it built, at its largest.
    """

    workers: int
    frames: int
    megabytes: float
    seconds: float
    memory_mb: float

    @property
    def frames_a_second(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds

    def __str__(self) -> str:
        """One line for a terminal."""
        minutes = COMPOSITE_FRAMES / self.frames_a_second / 60
        return (
            f"{self.workers} worker(s)  {self.frames_a_second:6.0f} frames/s  {self.megabytes / self.seconds:6.1f} MB/s"
            f"  memory +{self.memory_mb:4.0f} MB  {COMPOSITE_FRAMES} frames in {minutes:.1f} minutes"
        )


def make_clips(folder: Path, clips: int, quality: int = 95) -> Database:
    """Rendered clips in frames of 640 x 480 pixels, as JPEG.

    Args:
        folder: where to write; exists and is empty.
        clips: how many.
        quality: of the JPEG files.
    """
    from mer.datasets.synthetic.build import build_synthetic
    from mer.datasets.synthetic.plan import SyntheticConfig

    config = SyntheticConfig(
        subjects=min(clips, 4), clips_per_subject=-(-clips // min(clips, 4)), looks=("synthetic-casme2",)
    )
    with tempfile.TemporaryDirectory(dir=folder) as square:
        database = build_synthetic(replace(config, size=HEIGHT), Path(square) / "square", n_jobs=2)
        table = database.clips.iloc[:clips]
        for _, row in table.iterrows():
            target = folder / row["frames"]
            target.mkdir(parents=True)
            for number, frame in zip(_numbers(row), database.frames(row), strict=True):
                side = (WIDTH - HEIGHT) // 2
                wide = cv2.copyMakeBorder(frame, 0, 0, side, side, cv2.BORDER_REFLECT_101)
                path = target / f"img{number}.jpg"
                cv2.imwrite(str(path), cv2.cvtColor(wide, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    write_clips(table, folder / "clips.csv")
    write_text(folder / "database.json", json.dumps({"name": "benchmark", "synthetic": True, "terms": "rendered"}))
    return open_folder(folder)


def measure(folder: Path, workers: int, size: int, detector: str) -> Speed:
    """Align the database of a folder once, into a store that is thrown away."""
    database = open_folder(folder)
    finder: Any = make_detector(detector)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["MER_CACHE"] = cache
        with _memory() as largest:
            start = time.perf_counter()
            store = build_store(database, StoreConfig(size=size), finder, workers)
            seconds = time.perf_counter() - start
        frames = len(store.frames)
    clips = (row for _, row in database.clips.iterrows())
    read = sum(size for row in clips for _, size in database.source(row).listing(_numbers(row)))
    return Speed(workers, frames, read / 1e6, seconds, largest[0])


def main(arguments: list[str] | None = None) -> list[Speed]:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m mer.face.benchmark", description="Speed of the aligned store.")
    parser.add_argument("--clips", type=int, default=16, help="clips to render (default %(default)s)")
    parser.add_argument("--size", type=int, default=128, help="side of the aligned square (default %(default)s)")
    parser.add_argument("--detector", default="facemesh", help="landmark detector (default %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="threads (default 1 2)")
    given = parser.parse_args(arguments)
    detector_identity(given.detector)  # a misspelt name is told before anything is rendered
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        print(f"Rendering {given.clips} clips of {WIDTH} x {HEIGHT} pixels ...", flush=True)
        make_clips(Path(folder), given.clips)
        for workers in given.workers:
            # A process each: what one build leaves in memory is not to be there for the next.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                speeds.append(pool.submit(measure, Path(folder), workers, given.size, given.detector).result())
            print(speeds[-1], flush=True)
    return speeds


def _numbers(row: pd.Series) -> range:
    return range(int(row["onset"]), int(row["offset"]) + 1)


@contextmanager
def _memory() -> Iterator[list[float]]:
    """How much the process grows at most while the block runs, MB; looked at a hundred times a second.

    The system's own record of the peak is no help: a process inherits it from the one that started it.
    """
    import psutil

    process, ended, largest = psutil.Process(), threading.Event(), [0.0]
    before = process.memory_info().rss

    def look() -> None:
        while not ended.wait(0.01):
            largest[0] = max(largest[0], (process.memory_info().rss - before) / 1e6)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield largest
    finally:
        ended.set()
        watcher.join()


if __name__ == "__main__":
    main()
