"""A clip's frames, read by number, whether they are images in a folder, a video, or just an onset and an apex picture.

Frame numbers are those that stand in the files' names (folder), count from 0 (video: its first frame is number 0), or
are 0 for the onset and 1 for the apex (pair).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.datasets.image_bytes import IMAGE_SUFFIXES, read_frame
from mer.datasets.image_folder import ImageFolder
from mer.datasets.image_pair import SEPARATOR, ImagePair
from mer.datasets.video import VIDEO_SUFFIXES, VideoFile

__all__ = ["IMAGE_SUFFIXES", "FrameSource", "open_frames", "read_frame"]


class FrameSource(Protocol):
    """Frames of one clip on disk."""

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the frames that there are, ascending."""

    def read(self, numbers: Sequence[int]) -> Iterator[np.ndarray]:
        """The frames asked for in ascending order, each decoded once, when it is asked for.

        Returns:
            uint8, RGB, shape (height, width, 3) each.

        Raises:
            MissingPath: there is no frame of that number.
            InputError: a frame cannot be read; the message names its file.
        """

    def describe(self) -> str:
        """What there is, for messages: ``images 46 to 86``."""

    def listing(self, numbers: Sequence[int]) -> list[tuple[str, int]]:
        """Name and size in bytes of the files that hold the frames asked for, for fingerprints; a video is one."""

    def faults(self, numbers: Sequence[int]) -> list[tuple[str, str, str]]:
        """File name, what is wrong with it (to be put after "it") and remedy; found without decoding images."""


def open_frames(path: Path, root: Path | None = None) -> FrameSource:
    """The frames at a path.

    Args:
        path: a folder of numbered images, a video file, or two images joined by ``|``: ``a/onset.png|a/apex.png``,
            both relative to the same folder.
        root: folder that links must not leave, and that both parts of a pair are relative to; default: links may lead
            anywhere, and a pair's folder is found by looking where its second image lies.

    Raises:
        MissingPath: there is nothing.
        InputError: there is something else.
    """
    path = Path(path)
    if path.is_dir():
        return ImageFolder(path, root)
    if SEPARATOR in str(path):
        return ImagePair(path, root)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return VideoFile(path, root)
    if not path.exists():
        raise MissingPath(f"{path} does not exist; expected a folder of images or a video file.")
    what = "a single image" if path.suffix.lower() in IMAGE_SUFFIXES else f"a file {path.suffix or 'without suffix'}"
    raise InputError(
        f"{path} is {what}. Give a folder of images, a video ({' '.join(sorted(VIDEO_SUFFIXES))}), or two images "
        f"joined by {SEPARATOR}: onset.png{SEPARATOR}apex.png."
    )
