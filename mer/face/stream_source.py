"""A stream on disk: a video or a folder of numbered images of any length, opened, with its frames a second."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.near_path import near_path
from mer.core.paths import expanded
from mer.datasets.folder import TABLE
from mer.datasets.frames import IMAGE_SUFFIXES
from mer.datasets.image_folder import ImageFolder
from mer.datasets.image_pair import SEPARATOR
from mer.datasets.noted_clip import NotedClip, noted_clip
from mer.datasets.video import VIDEO_SUFFIXES, VideoFile
from mer.datasets.video_header import VideoHeader, video_header
from mer.face.own_source import no_images

#: Frames a second of what notes none, a folder of images for instance.
USUAL_FPS = 30.0
#: What a stream may be, in words.
EXPECTED = f"a video ({' '.join(sorted(VIDEO_SUFFIXES))}) or a folder of numbered images"
_PAIR = "Two images, an onset and an apex, are for `mer predict ONSET APEX`."

FpsSource = Literal["given", "table", "video", "assumed"]


@dataclass(frozen=True, eq=False)
class StreamSource:
    """A stream that can be read.

    Attributes:
        name: of its file or folder.
        frames: uint8, RGB, (height, width, 3) each, decoded when asked for; to be gone through once.
        total: how many there are; None where only going through it would tell.
        fps: frames a second.
        fps_from: ``given`` by the caller, noted in a database's ``table`` or by the ``video``, or ``assumed``.
        fps_words: the same in words.
        numbers: of a folder's images, as in their names; None of a video.
        header: of a video; of zeros otherwise.
        noted: what the database that it belongs to says of it; None where it belongs to none.
    """

    name: str
    frames: Iterator[np.ndarray]
    total: int | None
    fps: float
    fps_from: FpsSource
    fps_words: str
    numbers: tuple[int, ...] | None
    header: VideoHeader
    noted: NotedClip | None

    @property
    def caveats(self) -> list[str]:
        """Sentences on what the times of this stream rest on, where nothing notes them."""
        said = []
        if self.fps_from == "assumed":
            said.append(
                f"{self.fps:g} frames a second assumed, for {'the video' if self.numbers is None else 'a folder'} "
                "notes none; give --fps. How far back an onset lies is counted by it, so scores depend on it too."
            )
        if self.numbers is not None and (lacking := self.numbers[-1] - self.numbers[0] + 1 - len(self.numbers)):
            said.append(
                f"Images {self.numbers[0]} to {self.numbers[-1]}: for {lacking} of these numbers there is no image; "
                "the others count as evenly spaced."
            )
        return said


def open_stream(path: Path | str, fps: float | None = None) -> StreamSource:
    """The stream at a path.

    Args:
        path: video or folder of numbered images.
        fps: frames a second; None for what a database's table says, then what the video notes, then `USUAL_FPS`.

    Raises:
        MissingPath: there is nothing.
        InputError: there is something else, or the rate is none that a camera has.
    """
    path = expanded(path)
    _check_kind(path)
    noted = noted_clip(path)
    if not path.is_dir():
        header = video_header(path)
        video = VideoFile(path).in_order()
        return StreamSource(path.name, video, header.frames or None, *_rate(fps, noted, header), None, header, noted)
    images = ImageFolder(path)
    numbers = images.numbers
    if len(numbers) < 2:
        raise InputError(_no_stream(path, images))
    none = VideoHeader()
    return StreamSource(path.name, images.read(numbers), len(numbers), *_rate(fps, noted, none), numbers, none, noted)


def only_one(paths: Sequence[Path]) -> Path:
    """The path of a stream, given alone; a pattern that the shell has filled in gives many.

    Raises:
        InputError: there are several.
    """
    if len(paths) == 1:
        return paths[0]
    if all(path.suffix.lower() in IMAGE_SUFFIXES for path in paths):
        hint = f"Give the folder of the frames{_own_folder(paths[0])}."
        raise InputError(f"{len(paths)} images are given. {hint} {_PAIR}")
    raise InputError(f"{len(paths)} clips are given, {paths[0]} first. Give one: {EXPECTED}.")


def _rate(given: float | None, noted: NotedClip | None, header: VideoHeader) -> tuple[float, FpsSource, str]:
    """A table goes before the header: a high-speed recording may be stored to be played slowly."""
    if given is not None:
        return _possible(given, "--fps is"), "given", "as given"
    if noted is not None and noted.fps is not None:
        return _possible(noted.fps, f"{noted.where} notes"), "table", f"by {noted.where}"
    if header.fps:
        return _possible(header.fps, "The video notes"), "video", "as the video notes"
    return USUAL_FPS, "assumed", "assumed"


def _possible(fps: float, noted: str) -> float:
    """The rate, where a camera can have it."""
    if not 1 <= fps <= 1000:
        hint = "" if noted.startswith("--fps") else " Give the true rate by --fps."
        raise InputError(f"{noted} {fps:g}; expected 1 to 1000 frames a second.{hint}")
    return fps


def _check_kind(path: Path) -> None:
    """Refuse what is neither a folder nor a video, and say what may have been meant."""
    if path.is_dir() or (path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES):
        return
    if SEPARATOR in str(path):
        raise InputError(f"{path} is a pair of images and no stream. Give {EXPECTED}. {_PAIR}")
    if not path.exists():
        if set(path.name) & set("*?["):
            raise InputError(f"{path} is a pattern. Give the folder itself{_own_folder(path)}, or one video.")
        raise MissingPath(f"{path} does not exist. Expected {EXPECTED}. {near_path(path)}".rstrip())
    if path.suffix.lower() in IMAGE_SUFFIXES:
        raise InputError(f"{path} is a single image. Give the folder of the frames{_own_folder(path)}. {_PAIR}")
    if path.name == TABLE:
        raise InputError(f"{path} is the table of a database. Give one of its clips: {EXPECTED}.")
    raise InputError(f"{path} is a file {path.suffix or 'without suffix'}. Give {EXPECTED}.")


def _own_folder(path: Path) -> str:
    """Name and content of the folder that a path lies in, where that can be a stream."""
    if not path.parent.is_dir() or len((images := ImageFolder(path.parent)).numbers) < 2:
        return ""
    return f", {str(path.parent)!r} ({images.describe()})"


def _no_stream(path: Path, images: ImageFolder) -> str:
    if images.numbers:
        return f"{path} holds {images.describe()} alone. Give {EXPECTED}. {_PAIR}"
    if (path / TABLE).is_file():
        return f"{path} is a database, with {TABLE}. Give one of its clips: {EXPECTED}."
    return no_images(images, str(path), EXPECTED)
