"""Pictures and videos of a few pixels, made on the spot for tests of what reads them."""

import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

CODECS = {
    ".avi": "MJPG",
    ".mp4": "mp4v",
    ".m4v": "mp4v",
    ".mov": "mp4v",
    ".mkv": "mp4v",
    ".webm": "VP80",
    ".wmv": "WMV2",
}


def smooth(height: int = 40, width: int = 60, seed: int = 0) -> np.ndarray:
    """A picture that every format compresses well: uint8, RGB."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), 4)
    return cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX)


def encoded(suffix: str, image: np.ndarray | None = None) -> bytes:
    """Bytes of an image file; of an RGB picture, or of a grey one."""
    image = smooth() if image is None else image
    return cv2.imencode(suffix, image[..., ::-1] if image.ndim == 3 else image)[1].tobytes()


def write_image(path: Path, image: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(path.suffix, image))
    return path


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG that notes how it is to be turned, as telephones write it (EXIF tag 0x0112)."""
    tiff = struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def write_video(path: Path, frames: int = 20, size: tuple[int, int] = (48, 64)) -> Path:
    """A video whose frame n has the grey value 10 n."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = cv2.VideoWriter_fourcc(*CODECS[path.suffix])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, 30, size[::-1])
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((*size, 3), 10 * number, np.uint8))
    writer.release()
    return path


def write_gif(path: Path, values: list[int], durations_ms: list[int], size: tuple[int, int] = (48, 64)) -> Path:
    """A GIF of plain grey frames, each shown for as long as is said."""
    frames = [Image.fromarray(np.full((*size, 3), value, np.uint8)) for value in values]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations_ms)
    return path


def turned(mp4: bytes) -> bytes:
    """An MP4 that notes that it is to be shown turned by a quarter, as telephones write it (matrix of ``tkhd``)."""
    at = mp4.index(b"tkhd") + 4 + 40
    return mp4[:at] + struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30) + mp4[at + 36 :]
