"""One clip on its way into a store: its face placed, its frames decoded and warped by another thread, block by block.

Each frame is decoded once (a video is gone through once more before that, its frames counted, not turned into pictures:
`mer.datasets.video`). The onset frame, read to find the face, is the first one to be warped; the iterator that it
came from goes on to the worker. At most `QUEUED_BYTES` of aligned frames and one raw frame are held for a clip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event

import cv2
import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.datasets.database import Database
from mer.face.align import face_transform, transform_points, warp_displacement, warp_image
from mer.face.landmarks import FaceFinder, clip_points
from mer.face.pose import eye_distance, head_pose
from mer.face.regions import region_boxes

BLOCK_BYTES = 4 << 20  # aligned frames handed over at once
QUEUED_BYTES = 32 << 20  # handed over and not yet written, a clip


@dataclass(frozen=True)
class PlacedClip:
    """A clip of which it is known where the face is and where it goes.

    Attributes:
        shape: height and width of the raw onset frame.
        landmarks: float32, (68, 2), aligned pixels.
        matrix: float64, (2, 3), raw to aligned.
        boxes: float32, (9, 4), fractions.
        eye_distance: between the centres of the eyes, raw pixels.
        pose: float32, (3,), yaw, pitch, roll in degrees (`mer.face.pose`).
    """

    shape: tuple[int, int]
    landmarks: np.ndarray
    matrix: np.ndarray
    boxes: np.ndarray
    eye_distance: float
    pose: np.ndarray


def place_clip(row: pd.Series, onset: np.ndarray, size: int, finder: FaceFinder) -> PlacedClip:
    """Find the face in the onset frame and where it goes.

    Args:
        row: of the clip table.
        onset: its onset frame, uint8, RGB, shape (height, width, 3).
        size: pixels a side of the aligned square.
        finder: detector, or landmarks known by clip.

    Raises:
        FaceFault: the onset frame does not show exactly one whole face, or no landmarks are known.
    """
    points = clip_points(row, onset, finder)
    matrix = face_transform(points, size)
    landmarks = transform_points(points, matrix)
    boxes = region_boxes(landmarks, size)
    return PlacedClip(onset.shape[:2], landmarks, matrix, boxes, eye_distance(points), head_pose(points))


class ClipStream:
    """The aligned frames of one clip, made by `work` in one thread and taken by iterating in another."""

    def __init__(
        self,
        database: Database,
        row: pd.Series,
        placed: PlacedClip,
        onset: np.ndarray,
        rest: Iterator[np.ndarray],
        size: int,
        channels: int,
        stop: Event,
    ) -> None:
        """Prepare the way of a clip; nothing is read yet.

        Args:
            database: that it belongs to.
            row: of the clip table.
            placed: where its face is.
            onset: its onset frame, uint8, RGB.
            rest: the frames that follow, in order.
            size: pixels a side of the aligned square.
            channels: 1 for grey, 3 for RGB.
            stop: set when nobody will take the frames any more.
        """
        self.placed = placed
        #: True displacement, float32 (2, size, size), normalised units; None where unknown. Set when all was taken.
        self.truth: np.ndarray | None = None
        self._database, self._row, self._size, self._channels = database, row, size, channels
        self._raw: tuple[np.ndarray, Iterator[np.ndarray]] | None = (onset, rest)
        self._stop = stop
        self._block = max(1, BLOCK_BYTES // (size * size * channels))
        self._done: Queue[np.ndarray | BaseException | None] = Queue(max(2, QUEUED_BYTES // BLOCK_BYTES))

    def work(self) -> None:
        """Read and warp everything; wait when too much is not taken yet. Faults are raised where frames are taken."""
        try:
            for block in self._blocks():
                self._put(block)
            truth = self._database.true_displacement(self._row)
            self.truth = None if truth is None else self._warp_truth(truth)
            self._put(None)
        except BaseException as error:  # also a bug's: the thread that takes the frames must hear of it
            self._put(error)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Blocks of consecutive frames: uint8, shape (k, size, size, channels).

        Raises:
            InputError: a frame cannot be read or differs in size from the onset frame.
        """
        while (block := self._done.get()) is not None:
            if isinstance(block, BaseException):
                raise block
            yield block

    def _blocks(self) -> Iterator[np.ndarray]:
        assert self._raw is not None, "a clip is worked on once"
        (image, rest), self._raw = self._raw, None
        number, last = int(self._row["onset"]), int(self._row["offset"])
        while number <= last:
            block = np.empty((min(self._block, last + 1 - number), self._size, self._size, self._channels), np.uint8)
            for k in range(len(block)):
                if self._stop.is_set():
                    return
                if number > int(self._row["onset"]):
                    image = next(rest)
                self._warp(image, number, block[k])
                number += 1
            yield block

    def _warp(self, image: np.ndarray, number: int, target: np.ndarray) -> None:
        if image.shape[:2] != self.placed.shape:
            raise InputError(
                f"Frame {number} has {image.shape[1]} x {image.shape[0]} pixels, the onset frame "
                f"{self.placed.shape[1]} x {self.placed.shape[0]}; all frames of a clip must have one size."
            )
        if self._channels == 1:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        target[:] = warp_image(image, self.placed.matrix, self._size).reshape(target.shape)

    def _warp_truth(self, truth: np.ndarray) -> np.ndarray:
        if truth.shape != (2, *self.placed.shape):
            raise InputError(
                f"The true displacement has shape {truth.shape}, expected {(2, *self.placed.shape)} as the frames."
            )
        return warp_displacement(truth, self.placed.matrix, self._size)

    def _put(self, item: np.ndarray | BaseException | None) -> None:
        while not self._stop.is_set():
            try:
                return self._done.put(item, timeout=0.2)
            except Full:
                continue
