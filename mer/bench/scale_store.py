"""An aligned store as large as ten composite databases, made without ten databases: its frames are a file with holes.

Its frames were read whole when it was sealed; opening it looks at their times and reads the tables, as with any store.
"""

import os
from pathlib import Path

import numpy as np

from mer.bench.scale_data import KnownPoints, clip_table
from mer.core.kept import INDEX, KEY
from mer.core.sealed import seal
from mer.face.aligned_store import FORMAT
from mer.face.canonical import square_points
from mer.face.regions import region_boxes
from mer.face.store_write import SKIPPED_COLUMNS
from mer.manifest.clips import validate_clips, write_clips

#: Frames at either end that are on the disk, and those that are written at a time.
_ENDS, _AT_ONCE = 64, 512


def make_large_store(folder: Path, counts: list[int], size: int, noise: bool = False) -> Path:
    """A finished store of clips with so many frames each.

    Args:
        folder: is made.
        counts: frames of each clip, at least 3.
        size: pixels a side.
        noise: write all frames, so that the file has no holes.
    """
    folder.mkdir(parents=True)
    clips, total = len(counts), sum(counts)
    frames = np.lib.format.open_memmap(folder / "frames.npy", "w+", np.uint8, (total, size, size, 1))
    rng = np.random.default_rng(0)
    for start in range(0, total, _AT_ONCE) if noise else (0, max(0, total - _ENDS)):
        part = frames[start : start + (_AT_ONCE if noise else _ENDS)]
        part[:] = rng.integers(0, 256, part.shape, np.uint8)
    frames.flush()
    del frames
    count = np.asarray(counts, np.int64)
    points = square_points(size).astype(np.float32)
    np.save(folder / "rows.npy", np.stack([np.cumsum(count) - count, count], axis=1))
    np.save(folder / "landmarks.npy", np.tile(points, (clips, 1, 1)))
    np.save(folder / "transforms.npy", np.tile(np.eye(2, 3, dtype=np.float32), (clips, 1, 1)))
    np.save(folder / "boxes.npy", np.tile(region_boxes(points, size), (clips, 1, 1)))
    np.save(folder / "eyes.npy", np.full(clips, size / 3, np.float32))
    np.save(folder / "pose.npy", np.zeros((clips, 3), np.float32))
    (folder / "skipped.csv").write_text(",".join(SKIPPED_COLUMNS) + "\n", encoding="utf-8")
    write_clips(validate_clips(clip_table(clips, counts)), folder / "clips.csv")
    about = {"database": "made-up", "synthetic": True, "terms": "made up"}
    about |= {"config": {"size": size, "channels": 1, "detector": KnownPoints.name}, KEY: folder.name}
    seal(folder, INDEX, FORMAT, about, [file.name for file in folder.iterdir()])
    return folder


def forget_files(folder: Path) -> None:
    """Ask the system to drop what it holds of a folder's files in memory, so that they are read from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.iterdir():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
