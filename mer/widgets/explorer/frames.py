"""Frames of the clips of an aligned store by number, also those outside onset..offset where the raw files are there."""

from bisect import bisect_left, bisect_right

import cv2
import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.datasets.database import Database
from mer.datasets.frames import FrameSource
from mer.datasets.video import VideoFile
from mer.face.align import warp_image
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import clip_key
from mer.widgets.kept import Kept

#: Frames before the onset and after the offset that a clip's time line reaches at most: others are another movement.
MOST_OUTSIDE = 250
_KEPT_BYTES = 32 << 20
_VIDEO_BLOCK = 16  # frames read at once of a video, which is decoded from its start each time


class ClipFrames:
    """Aligned frames of clips; raw files are read when one of theirs is asked for, and a bounded number is kept.

    Args:
        store: aligned clips.
        database: that they were aligned from; None shows the store's frames only.
    """

    def __init__(self, store: AlignedStore, database: Database | None = None) -> None:
        self.store, self.database = store, database
        self._kept = Kept(_KEPT_BYTES)
        self._source: tuple[int, FrameSource] | None = None  # of the clip looked at
        self._onsets = store.clips["onset"].to_numpy(dtype=np.int64)

    def stored(self, clip: int) -> range:
        """Numbers of the frames in the store."""
        onset = int(self._onsets[clip])
        return range(onset, onset + int(self.store.count[clip]))

    def span(self, clip: int) -> tuple[int, int]:
        """First and last frame that can be shown: of the store, or of the raw files when there is a database.

        Raises:
            InputError: the clip's files are gone or cannot be read.
        """
        inside = self.stored(clip)
        if self.database is None:
            return inside[0], inside[-1]
        numbers = self._frames_of(clip).numbers
        near = numbers[
            bisect_left(numbers, inside[0] - MOST_OUTSIDE) : bisect_right(numbers, inside[-1] + MOST_OUTSIDE)
        ]
        first, last = (near[0], near[-1]) if len(near) else (inside[0], inside[-1])
        return min(int(first), inside[0]), max(int(last), inside[-1])

    def frame(self, clip: int, number: int) -> np.ndarray:
        """One aligned frame: uint8, (H, W, C).

        Raises:
            MissingPath: the store has been deleted, or there is no frame of that number on disk.
            InputError: the frame lies outside the store and no database was given, or its file cannot be read.
        """
        if number in self.stored(clip):
            self.check()
            return self.store.frame(clip, number)
        if self.database is None:
            inside = self.stored(clip)
            raise InputError(
                f"Frame {number} is outside the stored {inside[0]} to {inside[-1]} of this clip. Give the database too "
                "to see it: explore_samples(store, database)."
            )
        return self._kept.get((clip, number), lambda: self._raw(clip, number))

    def block(self, clip: int) -> np.ndarray:
        """All stored frames of a clip: uint8, (count, H, W, C), memory-mapped."""
        self.check()
        start = int(self.store.start[clip])
        return self.store.frames[start : start + int(self.store.count[clip])]

    def check(self) -> None:
        """See that the store still lies where it was opened; a file cut short under our feet would end the kernel.

        Raises:
            MissingPath: it was deleted or changed since.
        """
        path = self.store.path / "frames.npy"
        try:
            size = path.stat().st_size
        except OSError:
            size = -1
        if size < self.store.frames.nbytes:
            raise MissingPath(
                f"The aligned store {self.store.path} was deleted or changed since it was opened. Run the cell that "
                "prepares it again; it is rebuilt from the frames."
            )

    def _frames_of(self, clip: int) -> FrameSource:
        assert self.database is not None
        if self._source is None or self._source[0] != clip:
            self._source = (clip, self.database.source(self.store.clips.iloc[clip]))
        return self._source[1]

    def _raw(self, clip: int, number: int) -> np.ndarray:
        source = self._frames_of(clip)
        row = self.store.clips.iloc[clip]
        numbers = source.numbers
        place = bisect_left(numbers, number)
        if place == len(numbers) or numbers[place] != number:
            raise MissingPath(f"{clip_key(row)} has no frame {number} on disk (it has {source.describe()}).")
        if not isinstance(source, VideoFile):
            return self._aligned(clip, row, next(iter(source.read([number]))))
        inside = self.stored(clip)
        wanted = [n for n in numbers[max(0, place - _VIDEO_BLOCK) : place + _VIDEO_BLOCK] if n not in inside]
        found: np.ndarray | None = None
        for other, image in zip(wanted, source.read(wanted), strict=True):
            aligned = self._aligned(clip, row, image)
            if other == number:
                found = aligned
            else:
                self._kept.put((clip, other), aligned)
        assert found is not None
        return found

    def _aligned(self, clip: int, row: pd.Series, image: np.ndarray) -> np.ndarray:
        config = self.store.config
        if config.channels == 1:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        made = warp_image(image, np.asarray(self.store.transforms[clip], np.float64), config.size)
        return made.reshape(config.size, config.size, config.channels)
