"""A database opened for reading: its clip table, its frames, its terms."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import MissingPath
from mer.datasets.frames import frame_paths, read_frame
from mer.manifest.clips import clip_key


@dataclass(frozen=True)
class Database:
    """Clips whose frames lie on disk.

    Attributes:
        name: what a study calls it.
        root: folder that the ``frames`` column is relative to.
        clips: checked clip table (`mer.manifest.clips`).
        synthetic: whether the faces are rendered; every figure and table made from it then says "synthetic".
        terms: one sentence on licence or terms of use, printed on outputs.
        fingerprint: text that changes when the content does; stores are keyed by it.
    """

    name: str
    root: Path
    clips: pd.DataFrame
    synthetic: bool
    terms: str
    fingerprint: str

    def frame_paths(self, row: pd.Series) -> dict[int, Path]:
        """Frame number to image file for one clip, onset to offset, in order."""
        paths = frame_paths(self.root / row["frames"])
        wanted = range(int(row["onset"]), int(row["offset"]) + 1)
        missing = [number for number in wanted if number not in paths]
        if missing:
            raise MissingPath(
                f"{clip_key(row)}: {len(missing)} frame(s) of {row['onset']}..{row['offset']} have no file in "
                f"{self.root / row['frames']} (first missing: {missing[0]})."
            )
        return {number: paths[number] for number in wanted}

    def frame(self, row: pd.Series, number: int) -> np.ndarray:
        """One frame: uint8, RGB, shape (height, width, 3)."""
        return read_frame(self.frame_paths(row)[number])

    def true_displacement(self, row: pd.Series) -> np.ndarray | None:
        """Exact backward displacement of a synthetic clip, onset and apex, or None where nobody knows it.

        Returns:
            float32, shape (2, height, width), pixels of the raw frame, x first: the surface point seen at apex pixel
            p was at p + displacement(p) in the onset frame. NaN where no face is.
        """
        path = self.root / row["frames"] / "displacement.npy"
        return np.load(path, allow_pickle=False).astype(np.float32) if path.is_file() else None
