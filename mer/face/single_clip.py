"""One clip of a person's own, outside of any database: read once, its face found, all frames aligned from the onset.

Frames are read from onset to offset, each once; one raw frame is held at a time, of the others only the aligned face.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.progress import progress
from mer.datasets.frames import FrameSource
from mer.datasets.image_pair import ImagePair
from mer.datasets.video import VideoFile
from mer.datasets.video_header import VideoHeader, video_header
from mer.face.align import face_transform, transform_points, warp_image
from mer.face.landmarks import ClipLandmarks, FaceFault, FaceFinder, the_face
from mer.face.own_source import doubts, window
from mer.face.pose import head_pose
from mer.face.regions import region_boxes

_SHOW_BAR_FROM = 200  # frames
#: Shows progress over items: called as `mer.core.progress.progress` is.
Bar = Callable[..., Iterable[Any]]


@dataclass(frozen=True, eq=False)
class SingleClip:
    """A clip, aligned.

    Attributes:
        name: of its file or folder, for messages and titles.
        numbers: of its frames, onset to offset, ascending.
        frames: uint8, (n, size, size, 1 or 3), aligned by one similarity transform.
        raw_onset: uint8, RGB, (height, width, 3).
        points: float32, (68, 2), landmarks in the raw onset frame, pixels.
        landmarks: float32, (68, 2), the same in the aligned square.
        boxes: float32, (9, 4), boxes of action units, fractions of the aligned square.
        matrix: float64, (2, 3), raw to aligned.
        pose: float32, (3,), yaw, pitch, roll in degrees (`mer.face.pose`).
        header: of a video; of zeros otherwise.
        pair: it is two images, onset and apex.
        doubts: sentences on what is wrong with its files and did not keep it from being read.
    """

    name: str
    numbers: tuple[int, ...]
    frames: np.ndarray
    raw_onset: np.ndarray
    points: np.ndarray
    landmarks: np.ndarray
    boxes: np.ndarray
    matrix: np.ndarray
    pose: np.ndarray
    header: VideoHeader = field(default_factory=VideoHeader)
    pair: bool = False
    doubts: tuple[str, ...] = ()

    def place(self, number: int) -> int:
        """Which of the frames has this number.

        Raises:
            InputError: none.
        """
        if number not in self.numbers:
            raise InputError(
                f"Frame {number} is none of the frames {self.numbers[0]} to {self.numbers[-1]} of {self.name}. "
                "Choose one of them, or another onset or offset."
            )
        return self.numbers.index(number)


def read_clip(
    source: FrameSource,
    name: str,
    finder: FaceFinder,
    size: int,
    channels: int = 1,
    onset: int | None = None,
    offset: int | None = None,
    seen: Callable[[int, np.ndarray], None] | None = None,
    bar: Bar = progress,
) -> SingleClip:
    """Read a clip, find its face in the onset frame and align all of it by one transform.

    Args:
        source: its frames (`open_own`).
        name: for messages.
        finder: of the face; landmarks that are known by clip will not do.
        size: pixels a side of the aligned square.
        channels: 1 for grey, 3 for RGB.
        onset, offset: frame numbers; the first and the last by default.
        seen: called with the number of each raw frame and the frame, uint8 RGB, while it is at hand.
        bar: shows progress of long clips.

    Raises:
        FaceFault: the onset frame does not show exactly one whole face; the message names the frame.
        MissingPath: a frame is missing.
        InputError: a frame cannot be read or differs in size from the onset; two images are the same; too few or too
            many frames.
    """
    if isinstance(finder, ClipLandmarks):
        raise InputError("Landmarks from a file are those of a database's clips. Use the detector facemesh or dlib.")
    numbers = window(source, name, onset, offset)
    frames = np.empty((len(numbers), size, size, channels), np.uint8)
    images = source.read(numbers)
    raw = next(iter(images))
    if seen is not None:
        seen(numbers[0], raw)
    pair = isinstance(source, ImagePair)
    points = _face(raw, finder, f"the onset image of {name}" if pair else f"frame {numbers[0]} of {name}, its onset")
    matrix = face_transform(points, size)
    landmarks = transform_points(points, matrix)
    _warp(raw, matrix, frames[0])
    rest = zip(numbers[1:], images, strict=True)
    shown = bar(rest, "Reading frames", len(numbers) - 1, "frames") if len(numbers) >= _SHOW_BAR_FROM else rest
    for place, (number, image) in enumerate(shown, start=1):
        if image.shape != raw.shape:
            what = "The apex image" if pair else f"Frame {number}"
            raise InputError(
                f"{what} of {name} has {image.shape[1]} x {image.shape[0]} pixels, the onset {raw.shape[1]} x "
                f"{raw.shape[0]}; both must come from one clip, in one size."
            )
        if pair and np.array_equal(image, raw):
            raise InputError(f"Onset and apex image of {name} are one picture, so nothing moves. Choose another apex.")
        if seen is not None:
            seen(number, image)
        _warp(image, matrix, frames[place])
    return SingleClip(
        name=name,
        numbers=tuple(numbers),
        frames=frames,
        raw_onset=raw,
        points=points,
        landmarks=landmarks,
        boxes=region_boxes(landmarks, size),
        matrix=matrix,
        pose=head_pose(points),
        header=video_header(source.path) if isinstance(source, VideoFile) else VideoHeader(),
        pair=pair,
        doubts=doubts(source, numbers),
    )


def _face(raw: np.ndarray, finder: Any, where: str) -> np.ndarray:
    try:
        return the_face(raw, finder)
    except FaceFault as fault:
        remedy = "Choose an onset in which the face is seen, or another clip: one person, from the front, whole."
        raise type(fault)(f"In {where}: {fault} {remedy}") from None


def _warp(image: np.ndarray, matrix: np.ndarray, target: np.ndarray) -> None:
    """The aligned face of a raw frame, in grey or colour as the target is."""
    if target.shape[2] == 1:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    target[:] = warp_image(image, matrix, len(target)).reshape(target.shape)
