"""A database opened for reading: its clip table, its frames, its terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import MissingPath
from mer.core.problems import Problem, problems_table
from mer.datasets.frames import FrameSource, open_frames
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
        roots: folder of each value of the ``database`` column that does not lie in ``root``.
        left_out: faults because of which clips are not in ``clips`` (opened with ``allow_missing``).
        remarks: sentences about what a reader of results should know, oddities of the release.
        gaps: databases whose release lacks frames inside clips; the last frame before a gap stands for those in it.
    """

    name: str
    root: Path
    clips: pd.DataFrame
    synthetic: bool
    terms: str
    fingerprint: str
    roots: Mapping[str, Path] = field(default_factory=dict)
    left_out: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    gaps: frozenset[str] = frozenset()

    def folder(self, row: pd.Series) -> Path:
        """Where a clip's frames lie: a folder of images, a video, or two images joined by ``|``."""
        return self.roots.get(row["database"], self.root) / row["frames"]

    def source(self, row: pd.Series) -> FrameSource:
        """The clip's frames, ready to be read by number."""
        return open_frames(self.folder(row), self.roots.get(row["database"], self.root))

    def frames(self, row: pd.Series, numbers: Sequence[int] | None = None) -> Iterator[np.ndarray]:
        """Frames of a clip in the order of their numbers, each read once: uint8, RGB, shape (height, width, 3).

        Args:
            row: of ``clips``.
            numbers: ascending frame numbers; default onset to offset, all of them.

        Raises:
            MissingPath: some of them have no file; found before the first frame is read.
            InputError: a frame cannot be decoded.
        """
        wanted = range(int(row["onset"]), int(row["offset"]) + 1) if numbers is None else numbers
        source = self.source(row)
        missing = sorted(set(wanted) - set(source.numbers))
        if missing and row["database"] in self.gaps:
            return _filled(source, wanted)
        if missing:
            raise MissingPath(
                f"{clip_key(row)}: {len(missing)} frame(s) of {wanted[0]}..{wanted[-1]} are not in "
                f"{self.folder(row)} (first missing: {missing[0]}; it has {source.describe()})."
            )
        return source.read(wanted)

    def frame(self, row: pd.Series, number: int) -> np.ndarray:
        """One frame: uint8, RGB, shape (height, width, 3)."""
        return next(iter(self.frames(row, [number])))

    def left_out_table(self) -> pd.DataFrame:
        """The faults in ``left_out`` as a table (`mer.core.problems.problems_table`)."""
        return problems_table(self.left_out)

    def true_displacement(self, row: pd.Series) -> np.ndarray | None:
        """Exact backward displacement of a synthetic clip, onset and apex, or None where nobody knows it.

        Returns:
            float32, shape (2, height, width), pixels of the raw frame, x first: the surface point seen at apex pixel
            p was at p + displacement(p) in the onset frame. NaN where no face is.
        """
        path = self.folder(row) / "displacement.npy"
        return np.load(path, allow_pickle=False).astype(np.float32) if path.is_file() else None


def _filled(source: FrameSource, wanted: Sequence[int]) -> Iterator[np.ndarray]:
    """Frames of a clip with gaps: for one that is missing the nearest before it, or the first there is."""
    there = np.asarray(source.numbers)
    stands_for = there[np.clip(np.searchsorted(there, np.asarray(wanted), side="right") - 1, 0, None)]
    frames = source.read(sorted(set(stands_for.tolist())))
    number, image = None, None
    for stand_in in stands_for:
        if stand_in != number:
            number, image = stand_in, next(frames)
        assert image is not None
        yield image
