"""What the header of a video says, read in an instant: a guess at its length, to be had before going through it."""

import os
from dataclasses import dataclass
from pathlib import Path

import cv2


@dataclass(frozen=True)
class VideoHeader:
    """What a header notes; 0 where it does not, or where the file is no video.

    Attributes:
        frames: an estimate (`mer.datasets.video` counts).
        fps: frames a second of playing, which for a high-speed recording may be fewer than were recorded.
    """

    frames: int = 0
    fps: float = 0.0


def video_header(path: Path | str) -> VideoHeader:
    """The header of a video; one of zeros where it cannot be read."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    capture = cv2.VideoCapture(os.path.abspath(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            return VideoHeader()
        frames, fps = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
        return VideoHeader(int(frames) if 0 < frames < 1e9 else 0, float(fps) if 0 < fps < 1e5 else 0.0)
    except cv2.error:
        return VideoHeader()
    finally:
        capture.release()
