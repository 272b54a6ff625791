"""A stream of frames, each beside an onset that moves on with it: what a model of pairs can be asked about at any time.

A clip has an onset that somebody marked; a stream has none. Here the face is looked for in every so many frames (the
key frames), and a frame's onset is the newest key frame that lies at least a given time before it. Onset and frame are
aligned by one transform, the onset's, as those of a clip are, so the motion between them is untouched.

Deviation: the paper's onsets are marked by hand, and it knows no stream. A micro-expression lasts up to 0.5 s and rises
in about half of it, so an onset a quarter of a second back sees most of the rise; an older one sees more of the head's
motion. A frame's score is about these moments alone: whether there is an expression at all it does not say.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import FaceFault, LandmarkDetector, the_face
from mer.face.regions import region_boxes


@dataclass(frozen=True, eq=False)
class KeyFrame:
    """A frame in which the face was looked for.

    Attributes:
        number: of the frame.
        aligned: uint8, (size, size, channels).
        matrix: float64, (2, 3), raw to aligned.
        boxes: float32, (9, 4), boxes of action units, fractions.
    """

    number: int
    aligned: np.ndarray
    matrix: np.ndarray
    boxes: np.ndarray


@dataclass(frozen=True, eq=False)
class StreamFrame:
    """A frame of a stream.

    Attributes:
        number: from 0.
        aligned: uint8, (size, size, channels), by the transform of its onset; None where it has no onset.
        onset: its onset; None of the first frame, and where no face was found.
        fault: why no face was found; empty where one was.
    """

    number: int
    aligned: np.ndarray | None = None
    onset: KeyFrame | None = None
    fault: str = ""


class RunningOnset:
    """Gives every frame of a stream its onset."""

    def __init__(self, detector: LandmarkDetector, size: int, channels: int, lag: int, renew: int) -> None:
        """Begin before the first frame.

        Args:
            detector: finds the face in key frames.
            size: pixels a side of the aligned square.
            channels: 1 for grey, 3 for RGB.
            lag: least age of an onset in frames; at the start of a stream, and after a gap, it may be younger.
            renew: frames from one key frame to the next.

        Raises:
            InputError: lag or renew is below 1.
        """
        if lag < 1 or renew < 1:
            raise InputError(f"lag is {lag} and renew {renew} frames; expected 1 or more of each.")
        self.detector, self.size, self.channels, self.lag, self.renew = detector, size, channels, lag, renew
        self._keys: list[KeyFrame] = []
        self._fault, self._number, self._shape = "", 0, (0, 0)

    def take(self, image: np.ndarray) -> StreamFrame:
        """The next frame, uint8 RGB (height, width, 3), with its onset.

        Where a key frame shows no face to work with, the frames up to the next one that does have no onset, and what
        came before is no onset any more: the face may be another's.

        Raises:
            InputError: it differs in size from those before.
        """
        number, self._number = self._number, self._number + 1
        if number and image.shape[:2] != self._shape:
            raise InputError(
                f"Frame {number} has {image.shape[1]} x {image.shape[0]} pixels, those before {self._shape[1]} x "
                f"{self._shape[0]}; all frames of a stream must have one size."
            )
        self._shape = image.shape[:2]
        if number % self.renew == 0:
            self._look(number, image)
        while len(self._keys) > 1 and self._keys[1].number <= number - self.lag:
            del self._keys[0]
        if not self._keys or self._keys[0].number == number:
            return StreamFrame(number, fault=self._fault)
        return StreamFrame(number, self._warp(image, self._keys[0].matrix), self._keys[0])

    def _look(self, number: int, image: np.ndarray) -> None:
        try:
            points = the_face(image, self.detector)
            matrix = face_transform(points, self.size)
            boxes = region_boxes(transform_points(points, matrix), self.size)
        except FaceFault as fault:
            self._keys, self._fault = [], str(fault)
            return
        self._keys.append(KeyFrame(number, self._warp(image, matrix), matrix, boxes))
        self._fault = ""

    def _warp(self, image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        seen = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if self.channels == 1 else image
        return warp_image(seen, matrix, self.size).reshape(self.size, self.size, self.channels)
