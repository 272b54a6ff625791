"""A database opened for reading: its clip table, its frames, its terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.array_file import read_array
from mer.core.errors import MissingPath
from mer.core.problems import Problem, problems_table
from mer.datasets.frames import FrameSource, open_frames
from mer.datasets.gaps import inside, missing_runs, stand_in
from mer.manifest.clips import KEY, clip_key
from mer.manifest.own_correction import OwnCorrection


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
        gaps: databases whose release lacks frames inside clips; the clip's last frame before a gap stands for those in
            it (`mer.datasets.gaps`).
        corrections: a user's own that changed ``clips``, each with what the database says itself as ``was``.
        own_clips: what the database says itself: the clip table without a user's corrections, before emotions become
            classes. None where ``clips`` has none of them.
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
    corrections: tuple[OwnCorrection, ...] = ()
    own_clips: pd.DataFrame | None = None

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
        onset, offset = int(row["onset"]), int(row["offset"])
        source = self.source(row)
        on_disk = source.numbers
        wanted = range(onset, offset + 1) if numbers is None else numbers
        if numbers is None:  # not gone through, for an offset may be mistyped
            missing = missing_runs(on_disk, onset, offset)
        else:
            missing = [(n, n) for n in sorted(set(numbers)) if not len(inside(on_disk, n, n))]
        if not missing:
            return source.read(wanted)
        there = inside(on_disk, onset, offset)
        if row["database"] in self.gaps and len(there) and onset <= missing[0][0] and missing[-1][1] <= offset:
            own = set(on_disk)
            return _filled(source, [n if n in own else stand_in(there, n) for n in wanted])
        count = sum(last - first + 1 for first, last in missing)
        raise MissingPath(
            f"{clip_key(row)}: {count} frame(s) of {wanted[0]}..{wanted[-1]} are not in {self.folder(row)} (first "
            f"missing: {missing[0][0]}; it has {source.describe()})."
        )

    def frame(self, row: pd.Series, number: int) -> np.ndarray:
        """One frame: uint8, RGB, shape (height, width, 3)."""
        return next(iter(self.frames(row, [number])))

    def left_out_table(self) -> pd.DataFrame:
        """The faults in ``left_out`` as a table (`mer.core.problems.problems_table`)."""
        return problems_table(self.left_out)

    def true_displacement(self, row: pd.Series) -> np.ndarray | None:
        """Exact backward displacement of a synthetic clip, onset and apex, or None where nobody knows it.

        It belongs to the rendered onset and apex: of a clip whose own a user moved nobody knows it.

        Returns:
            float32, shape (2, height, width), pixels of the raw frame, x first: the surface point seen at apex pixel
            p was at p + displacement(p) in the onset frame. NaN where no face is.

        Raises:
            InputError: its file is no array.
        """
        if not self.synthetic or clip_key(row) in self.moved:
            return None
        path = self.folder(row) / "displacement.npy"
        return read_array(path).astype(np.float32) if path.is_file() else None

    @cached_property
    def moved(self) -> frozenset[str]:
        """Keys (``database/subject/clip``) of the clips whose onset or apex is not the database's own."""
        if self.own_clips is None:
            return frozenset()
        both = self.clips[[*KEY, "onset", "apex"]].merge(self.own_clips[[*KEY, "onset", "apex"]], on=KEY)
        other = (both["onset_x"] != both["onset_y"]) | (both["apex_x"] != both["apex_y"])
        return frozenset(both.loc[other.fillna(True), KEY].agg("/".join, axis=1)) if len(both) else frozenset()


def _filled(source: FrameSource, stand_ins: Sequence[int]) -> Iterator[np.ndarray]:
    """Frames of a clip with gaps, by the numbers of those that are shown (ascending); each is read once."""
    frames = source.read(sorted(set(stand_ins)))
    shown, image = None, None
    for number in stand_ins:
        if number != shown:
            shown, image = number, next(frames)
        assert image is not None
        yield image
