"""Pictures of the faces that could not be aligned: small onset frames in one zip archive inside the store."""

import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.datasets.image_bytes import decoded

#: File name inside a store; absent when there is nothing to show.
FAILURES = "failures.zip"
LONGEST_SIDE = 160  # pixels
_QUALITY = 85  # of the JPEG files
_SAME_TIME = (1980, 1, 1, 0, 0, 0)  # the same pictures are to give the same bytes


class FailureWriter:
    """Adds pictures to the archive one by one; makes no file when none is added."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None

    def add(self, key: str, frame: np.ndarray) -> None:
        """Keep a small copy of a frame.

        Args:
            key: ``database/subject/clip``.
            frame: uint8, RGB, shape (height, width, 3).
        """
        if self._archive is None:
            self._archive = zipfile.ZipFile(self._path, "w", zipfile.ZIP_STORED)
        about = zipfile.ZipInfo(f"{key}.jpg", _SAME_TIME)
        about.external_attr = 0o644 << 16
        self._archive.writestr(about, thumbnail_jpeg(frame))

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()


def thumbnail_jpeg(frame: np.ndarray) -> bytes:
    """A frame, its longest side at most 160 pixels, as JPEG."""
    shrink = LONGEST_SIDE / max(frame.shape[:2])
    if shrink < 1:
        size = (max(1, round(frame.shape[1] * shrink)), max(1, round(frame.shape[0] * shrink)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done, "a uint8 image can always be written as JPEG"
    return data.tobytes()


def read_failures(store: Path) -> dict[str, np.ndarray]:
    """The pictures of a store: ``database/subject/clip`` to uint8 RGB, shape (height, width, 3); empty without any.

    Raises:
        InputError: the archive is damaged.
    """
    path = store / FAILURES
    if not path.is_file():
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            data = {name.removesuffix(".jpg"): archive.read(name) for name in archive.namelist()}
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is damaged ({error}). Delete the folder {store} and run again.") from error
    return {key: _decoded(jpeg, path) for key, jpeg in data.items()}


def _decoded(jpeg: bytes, path: Path) -> np.ndarray:
    picture = decoded(np.frombuffer(jpeg, np.uint8))
    if picture is None:
        raise InputError(f"{path} is damaged: a picture cannot be decoded. Delete {path.parent} and run again.")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
