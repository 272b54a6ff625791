"""What the header of a video says, read in an instant: a guess at its length, to be had before going through it."""

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import cv2

#: Codecs that compress each frame by itself, or not at all.
_FRAME_BY_FRAME = {"mjpg", "mjpa", "mjpb", "ffv1", "hfyu", "ffvh", "dib", "rgba", "raw", "i420", "yv12", "png", "mpng"}
_FRAME_BY_FRAME |= {"apco", "apcs", "apcn", "apch", "ap4h", "ap4x", "mjp2"}  # ProRes, Motion JPEG 2000
_ERRORS = cv2.utils.logging.LOG_LEVEL_ERROR  # without warnings
_LOG_LEVEL = Lock()  # it is one for all threads


@dataclass(frozen=True)
class VideoHeader:
    """What a header notes; 0 where it does not, or where the file is no video.

    Attributes:
        frames: an estimate (`mer.datasets.video` counts).
        fps: frames a second of playing, which for a high-speed recording may be fewer than were recorded.
        codec: four letters, ``h264``, ``mp4v``, ``mjpg``, in lower case.
    """

    frames: int = 0
    fps: float = 0.0
    codec: str = ""

    @property
    def between_frames(self) -> bool:
        """Whether the codec keeps what differs from other frames, and may so hide or feign motion below a pixel."""
        return bool(self.codec) and self.codec not in _FRAME_BY_FRAME


def quiet_capture(path: Path | str) -> cv2.VideoCapture:
    """A video opened without words on the terminal: what is wrong with it is told in our own; to be released."""
    # an absolute path, for FFmpeg takes "a:b.avi" for a protocol; FFmpeg by name, for others read "1.avi" as images
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    with _LOG_LEVEL:
        before = cv2.utils.logging.setLogLevel(_ERRORS)
        try:
            return cv2.VideoCapture(os.path.abspath(path), cv2.CAP_FFMPEG)
        finally:
            cv2.utils.logging.setLogLevel(before)


def video_header(path: Path | str) -> VideoHeader:
    """The header of a video; one of zeros where it cannot be read."""
    capture = quiet_capture(path)
    try:
        if not capture.isOpened():
            return VideoHeader()
        frames, fps = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True).decode("ascii", "ignore")
        codec = "".join(letter for letter in codec if letter.isalnum()).lower()
        return VideoHeader(int(frames) if 0 < frames < 1e9 else 0, float(fps) if 0 < fps < 1e5 else 0.0, codec)
    except cv2.error:
        return VideoHeader()
    finally:
        capture.release()
