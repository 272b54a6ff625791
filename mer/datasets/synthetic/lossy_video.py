"""A clip written as a lossy video and read back: most frames are predicted from the one before them.

Small motion is what such a codec saves on: a block that changed by less than its quantiser's step stays what it was.

OpenCV's video writer quantises MPEG-4 with a fixed step, whatever bit rate or quality it is asked for. A weaker
contrast before writing, restored after reading, makes that step greater against the picture: at half the contrast it is
twice as large.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.datasets.video import VideoFile

#: Codecs and their containers, the preferred one first: MPEG-4 predicts from frame to frame, Motion JPEG does not.
CODECS = (("mp4v", ".mp4"), ("MJPG", ".avi"))
_GREY = 128  # contrast is taken about this value
_FPS = 25.0  # noted in the file only; no frame is dropped or repeated


def through_video(frames: Sequence[np.ndarray], contrast: float = 1.0) -> Iterator[np.ndarray]:
    """Frames as they come back from a video.

    Args:
        frames: uint8, RGB, all (height, width, 3), at least one; grey ones come back grey.
        contrast: share of their contrast at which they are written, above 0; the less, the more is lost.

    Yields:
        The frames, of the same shape and number.

    Raises:
        InputError: OpenCV can write none of `CODECS`, or the video cannot be read back.
    """
    height, width = frames[0].shape[:2]
    grey = all((frame[..., :1] == frame).all() for frame in frames)
    codec, suffix = video_codec()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{suffix}"
        writer = _writer(path, codec, width + width % 2, height + height % 2)
        for frame in frames:
            weak = np.rint((frame.astype(np.float32) - _GREY) * contrast + _GREY).astype(np.uint8)
            even = cv2.copyMakeBorder(weak, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # what the codec takes
            writer.write(cv2.cvtColor(even, cv2.COLOR_RGB2BGR))
        writer.release()
        for read in VideoFile(path).read(range(len(frames))):
            image = read[:height, :width].astype(np.float32)
            image = np.clip(np.rint((image - _GREY) / contrast + _GREY), 0, 255).astype(np.uint8)
            yield cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) if grey else image


@cache
def video_codec() -> tuple[str, str]:
    """The first of `CODECS` that this OpenCV can write, and its container.

    Raises:
        InputError: it can write none.
    """
    with TemporaryDirectory() as folder:
        for codec, suffix in CODECS:
            writer = _writer(Path(folder) / f"try{suffix}", codec, 64, 64)
            opened = writer.isOpened()
            writer.release()
            if opened:
                return codec, suffix
    raise InputError(
        f"This OpenCV ({cv2.__version__}) writes no video with {' or '.join(codec for codec, _ in CODECS)}. Install "
        "opencv-contrib-python from requirements.lock, or leave the condition 'video' out."
    )


def _writer(path: Path, codec: str, width: int, height: int) -> cv2.VideoWriter:
    return cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), _FPS, (width, height))
