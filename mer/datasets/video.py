"""A clip as a video file. Its first frame is number 0, whatever a player shows.

Frames are decoded one after the other from the start of the file, never sought: after a jump, decoders land near the
frame wanted, not always on it, and an apex that is off by three frames is another apex. For the same reason frames
are counted by going through the file; what its header says is an estimate in many files.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.machine_fault import MachineFault, raise_machine_fault
from mer.datasets.image_bytes import COPY_AGAIN, link_fault
from mer.datasets.video_header import quiet_capture, video_header

#: Of what can be read, and so of a person's own clips.
VIDEO_SUFFIXES = {".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".gif"}
#: Of the clips of a released database, whose other files (previews as .gif or .webm) are none.
RELEASE_SUFFIXES = {".avi", ".mp4", ".mov", ".mkv"}
_UNEVEN = 1.5  # times the usual step
_Counted = tuple[int, int, tuple[float, float] | None]
_REMEDY = "Copy it again from where it came from, or convert it: ffmpeg -i <file> -c:v mjpeg -q:v 1 <new file>.avi."


class VideoFile:
    """Frames of a video: numbers from 0, counted by going through it once for as long as the file stays the same."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        """Find the file.

        Args:
            path: the video.
            root: folder that links must not leave; None allows any.

        Raises:
            MissingPath: there is no such file.
        """
        self.path = path
        self._root = None if root is None else root.resolve()
        if not os.path.lexists(path):
            raise MissingPath(f"Video {path} does not exist.")

    @property
    def numbers(self) -> range:
        """0 up to the last frame that can be decoded; empty where none can."""
        return range(self._count()[0])

    def read(self, numbers: Sequence[int]) -> Iterator[np.ndarray]:
        """See `mer.datasets.frames.FrameSource`; all frames before the last one asked for are decoded."""
        wanted = sorted(numbers)
        if wanted and wanted[0] < 0:
            raise MissingPath(f"Frame {wanted[0]} is not in {self.path}: the first frame of a video is number 0.")
        with _opened(self.path) as capture:
            place, image = -1, None
            for number in wanted:
                if number > place:
                    while place < number:
                        if not capture.grab():
                            raise InputError(
                                f"{self.path} ends after {place + 1} frame(s), frame {number} was wanted (the first is "
                                f"number 0). {_REMEDY}"
                            )
                        place += 1
                    done, image = capture.retrieve()
                    if not done or image is None:
                        raise InputError(f"{self.path}: frame {number} cannot be decoded. {_REMEDY}")
                    image = cv2.cvtColor(_three_channels(image), cv2.COLOR_BGR2RGB)
                assert image is not None
                yield image

    def in_order(self) -> Iterator[np.ndarray]:
        """All frames from number 0 on, each decoded once, when it is asked for; nothing is counted before.

        Yields:
            uint8, RGB, shape (height, width, 3).

        Raises:
            InputError: it cannot be opened as a video, or the decoder fails.
        """
        with _opened(self.path) as capture:
            while True:
                done, image = capture.read()
                if not done or image is None:
                    return
                yield cv2.cvtColor(_three_channels(image), cv2.COLOR_BGR2RGB)

    def describe(self) -> str:
        """``frames 0 to 99 of a video``."""
        count = len(self.numbers)
        return f"frames 0 to {count - 1} of a video" if count else "no frames: the video cannot be read"

    def listing(self, numbers: Sequence[int]) -> list[tuple[str, int]]:
        """Name and size in bytes of the video."""
        return [(self.path.name, self.path.stat().st_size if self.path.exists() else -1)]

    def faults(self, numbers: Sequence[int]) -> list[tuple[str, str, str]]:
        """See `mer.datasets.frames.FrameSource`; goes through the video once."""
        name = self.path.name
        if (self._root is not None or self.path.is_symlink()) and (fault := link_fault(self.path, self._root)):
            return [(name, *fault)]
        if self.path.stat().st_size == 0:
            return [(name, "is empty (zero bytes)", COPY_AGAIN)]
        count, noted, _ = self._count()
        if not count:
            codec = video_header(self.path).codec
            why = f"codec {codec}, unknown to this decoder" if codec else "damaged, cut off, or without pictures"
            return [(name, f"cannot be read as a video ({why})", _REMEDY)]
        tolerated = max(2, noted // 50)  # headers are often estimates
        if noted > count + tolerated and numbers and max(numbers) >= count - 1:
            return [(name, f"ends early: {noted} frames according to its header, {count} can be read", _REMEDY)]
        return []

    @property
    def steps_ms(self) -> tuple[float, float] | None:
        """The shortest and the longest time between two frames of a video that is not evenly spaced.

        None where the longest is at most 1.5 times the usual one (the median): so much varies in even videos too, whose
        files hold their times in whole ms.

        Frames are reckoned by number everywhere, so in such a video equal numbers are not equal times.
        """
        return self._count()[2]

    def _count(self) -> _Counted:
        try:
            about = self.path.stat()
        except OSError:
            return 0, 0, None
        return _counted(os.path.abspath(self.path), about.st_size, about.st_mtime_ns)


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    """The video, opened; closed afterwards whatever happens.

    Raises:
        MachineFault: it cannot be opened for reasons that lie in the machine.
        InputError: it cannot be opened, or the decoder fails inside the block.
    """
    capture = quiet_capture(path)
    try:
        if not capture.isOpened():
            _check_machine(path)  # the decoder does not say why
            raise InputError(f"{path} cannot be read as a video. {_REMEDY}")
        yield capture
    except cv2.error as error:
        raise InputError(f"{path} cannot be decoded ({error.err or error}). {_REMEDY}") from error
    finally:
        capture.release()


def _check_machine(path: Path) -> None:
    try:
        with open(path, "rb") as stream:
            stream.read(1)
    except OSError as error:
        raise_machine_fault(error, path)


@lru_cache(maxsize=4096)
def _counted(path: str, size: int, changed: int) -> _Counted:
    """Of a file of this size and time of change: frames that can be read, frames by its header, and `steps_ms`."""
    try:
        with _opened(Path(path)) as capture:
            noted = capture.get(cv2.CAP_PROP_FRAME_COUNT)
            times = []
            while capture.grab():
                times.append(capture.get(cv2.CAP_PROP_POS_MSEC))
            return len(times), int(noted) if 0 < noted < 1e9 else len(times), _uneven(times)
    except MachineFault:
        raise
    except InputError:
        return 0, 0, None


def _uneven(times: list[float]) -> tuple[float, float] | None:
    """The shortest and the longest step where the longest is far above the usual one, as where a frame is missing."""
    steps = np.diff(times)
    if len(steps) < 2 or steps.min() < 0 or not steps.max() > _UNEVEN * np.median(steps) > 0:
        return None
    return float(steps.min()), float(steps.max())


def _three_channels(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 or image.shape[2] == 1 else image
