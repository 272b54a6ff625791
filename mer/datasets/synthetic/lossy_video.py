"""A clip written as a lossy video and read back: most frames are predicted from the one before them.

Small motion is what such a codec saves on: a block that changed by less than its quantiser's step stays what it was.

OpenCV's video writer quantises MPEG-4 with a fixed step, whatever bit rate or quality it is asked for. A weaker
contrast before writing, restored after reading, makes that step greater against the picture: at half the contrast it is
twice as large.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.datasets.video import VideoFile

#: MPEG-4. No other takes its place where it is missing: Motion JPEG, say, predicts nothing from frame to frame, so the
#: condition would mean something else.
CODEC = "mp4v"
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
        InputError: OpenCV cannot write `CODEC`, or the video cannot be read back.
    """
    height, width = frames[0].shape[:2]
    grey = all((frame[..., :1] == frame).all() for frame in frames)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        writer = _writer(path, width + width % 2, height + height % 2)
        for frame in frames:
            weak = np.rint((frame.astype(np.float32) - _GREY) * contrast + _GREY).astype(np.uint8)
            even = cv2.copyMakeBorder(weak, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)  # what the codec takes
            writer.write(cv2.cvtColor(even, cv2.COLOR_RGB2BGR))
        writer.release()
        for read in VideoFile(path).read(range(len(frames))):
            image = read[:height, :width].astype(np.float32)
            image = np.clip(np.rint((image - _GREY) / contrast + _GREY), 0, 255).astype(np.uint8)
            yield cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB) if grey else image


def _writer(path: Path, width: int, height: int) -> cv2.VideoWriter:
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*CODEC), _FPS, (width, height))
    if not writer.isOpened():
        raise InputError(
            f"This OpenCV ({cv2.__version__}) writes no video with {CODEC}. Install opencv-contrib-python from "
            "requirements.lock, or leave the condition 'video' out."
        )
    return writer
