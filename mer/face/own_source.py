"""A clip of a person's own on disk: opened, the part of it that is worked on, and what is wrong with its files."""

from collections.abc import Sequence
from pathlib import Path

from mer.core.errors import InputError, MissingPath
from mer.core.near_path import near_path
from mer.core.paths import expanded
from mer.datasets.frames import IMAGE_SUFFIXES, FrameSource, open_frames
from mer.datasets.image_folder import ImageFolder
from mer.datasets.image_pair import SEPARATOR, ImagePair
from mer.datasets.video import VIDEO_SUFFIXES, VideoFile
from mer.datasets.video_header import video_header

#: Frames from onset to offset that are worked on; more hold more than one micro-expression, which lasts up to 0.5 s
#: (100 frames of 200 a second).
MOST_FRAMES = 1000
#: What a clip of one's own may be, in words.
EXPECTED = f"a video ({' '.join(sorted(VIDEO_SUFFIXES))}), a folder of numbered images, or two images"


def open_own(path: Path | str, apex_image: Path | str | None = None) -> FrameSource:
    """The frames at a path: a video, a folder of numbered images, or two images, the onset and the apex.

    Raises:
        MissingPath: there is nothing.
        InputError: there is something else.
    """
    path = expanded(path)
    if apex_image is None:
        if SEPARATOR not in str(path) and not path.exists():
            raise MissingPath(f"{path} does not exist. Expected {EXPECTED}. {near_path(path)}".rstrip())
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            raise InputError(
                f"{path} is a single image, and motion needs two: give the apex image as well, or a video or a folder "
                "of frames instead."
            )
        return open_frames(path)
    apex = expanded(apex_image)
    for role, image in (("onset", path), ("apex", apex)):
        if not image.exists():
            raise MissingPath(f"The {role} image {image} does not exist. {near_path(image)}".rstrip())
        if image.is_dir() or image.suffix.lower() in VIDEO_SUFFIXES:
            raise InputError(f"The {role} image {image} is no image. Give two images, or one video or folder alone.")
    return ImagePair(Path(f"{path}{SEPARATOR}{apex.absolute()}"))


def own_name(path: Path | str, apex_image: Path | str | None = None) -> str:
    """What a clip is called: the name of its file or folder, of two images both."""
    return Path(path).name if apex_image is None else f"{Path(path).name} and {Path(apex_image).name}"


def window(source: FrameSource, name: str, onset: int | None = None, offset: int | None = None) -> Sequence[int]:
    """Numbers of the frames from onset to offset, by default all; at most `MOST_FRAMES`.

    A video that is far too long by its header is refused without going through it.

    Raises:
        InputError: there are too many frames, fewer than two, or no frame of such a number.
    """
    if onset is not None and offset is not None and offset <= onset:
        raise InputError(f"{name}: offset {offset} is not after onset {onset}. Choose a later offset.")
    if isinstance(source, VideoFile):
        first = onset or 0
        if offset is None:
            noted = video_header(source.path).frames - first
            if noted > 2 * MOST_FRAMES:
                raise _too_long(f"{name} has about {noted + first} frames", name)
            numbers: Sequence[int] = source.numbers
        else:
            numbers = range(first, offset + 1)
    else:
        numbers = source.numbers
    if not len(numbers):
        faults = [f"{file} {what}. {remedy}" for file, what, remedy in source.faults([])]
        raise InputError(faults[0] if faults else no_images(source, name))
    for role, number in (("onset", onset), ("offset", offset)):
        if number is not None and number not in numbers:
            raise InputError(f"{name} has no frame {number}, the {role} asked for; it has {source.describe()}.")
    first, last = numbers[0] if onset is None else onset, numbers[-1] if offset is None else offset
    chosen = [number for number in numbers if first <= number <= last]
    if len(chosen) < 2:
        raise InputError(
            f"{name} has {len(chosen)} frame(s) from onset {first} to offset {last}; two at least are needed, an onset "
            "and an apex after it. Give a longer clip, two images, or another onset or offset."
        )
    if len(chosen) > MOST_FRAMES:
        raise _too_long(f"{name} has {len(chosen)} frames from onset {first} to offset {last}", name)
    return chosen


def doubts(source: FrameSource, numbers: Sequence[int]) -> tuple[str, ...]:
    """Sentences on what is wrong with the files of a clip, or unusual, and does not keep it from being read."""
    said = [f"{file} {what}. {remedy}" for file, what, remedy in source.faults(numbers)]
    if isinstance(source, VideoFile) and (steps := source.steps_ms):
        said.append(
            f"The frames of {source.path.name} are unevenly spaced, {steps[0]:.0f} to {steps[1]:.0f} ms apart "
            "(variable frame rate): here they count as if they were even."
        )
    return tuple(said)


def no_images(source: FrameSource, name: str, expected: str = EXPECTED) -> str:
    """Why a source is empty, and where its folder holds what could be meant: one of ``expected``."""
    if not isinstance(source, ImageFolder):
        return f"{name} holds {source.describe()}. Give a clip of two frames or more."
    inside = sorted(path for path in source.folder.iterdir() if not path.name.startswith("."))
    if images := [path.name for path in inside if path.suffix.lower() in IMAGE_SUFFIXES]:
        return (
            f"{name} holds {len(images)} image(s) without a number in the name ({images[0]}). Number them in the order "
            "of time: img1.png, img2.png."
        )
    likely = [path for path in inside if path.suffix.lower() in VIDEO_SUFFIXES]
    likely += [path for path in inside if path.is_dir() and len(ImageFolder(path).numbers) > 1]
    hint = f" Did you mean {str(likely[0])!r}?" if likely else ""
    return f"{name} holds no images. Expected {expected}.{hint}"


def _too_long(what: str, name: str) -> InputError:
    return InputError(
        f"{what}; at most {MOST_FRAMES} are worked on, for a micro-expression lasts up to 0.5 s. Choose the part of "
        f"{name} that holds it by the numbers of its first and last frame (--onset N --offset N; in the notebook First "
        "frame and Last frame)."
    )
