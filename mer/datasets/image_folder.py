"""A clip as numbered images in one folder, as all releases have it."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.machine_fault import raise_machine_fault
from mer.datasets.image_bytes import IMAGE_SUFFIXES, image_file_fault, link_fault, read_frame

_NUMBER = re.compile(r"[0-9]+")


class ImageFolder:
    """Numbered images of a folder, looked up once.

    The number is the last run of digits of a file's name before its suffix: ``reg_img46.jpg`` is 46, ``006_05562.jpg``
    is 5562. Passed over: files of other kinds, images without a number, and hidden files (``._img46.jpg``, left behind
    by some systems).
    """

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        """List the folder.

        Args:
            folder: where the images lie.
            root: folder that links must not leave; None allows any.

        Raises:
            MissingPath: the folder does not exist.
            MachineFault: it cannot be listed for reasons that lie in the machine.
        """
        self.folder = folder
        self._root = None if root is None else root.resolve()
        self._names: dict[int, list[str]] = {}
        try:
            with os.scandir(folder) as entries:
                found = [(entry.name, entry.is_dir(), entry.is_symlink()) for entry in entries]
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingPath(f"Frame folder {folder} does not exist.") from error
        except OSError as error:
            raise_machine_fault(error, folder)
            raise InputError(f"Frame folder {folder} cannot be listed ({error.strerror or error}).") from error
        self._links = {name for name, _, is_link in found if is_link}
        for name, is_folder, _ in sorted(found):
            stem, suffix = os.path.splitext(name)
            digits = _NUMBER.findall(stem)
            if digits and suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".") and not is_folder:
                self._names.setdefault(int(digits[-1]), []).append(name)
        self.numbers: tuple[int, ...] = tuple(sorted(self._names))

    def path(self, number: int) -> Path:
        """The image of a number.

        Raises:
            MissingPath: there is none.
            InputError: there are two.
        """
        names = self._names.get(number)
        if names is None:
            raise MissingPath(f"Frame {number} is not in {self.folder} (it has {self.describe()}).")
        if len(names) > 1:
            raise InputError(f"{self.folder}: frame {number} stands twice ({', '.join(names)}). Remove all but one.")
        return self.folder / names[0]

    def read(self, numbers: Sequence[int]) -> Iterator[np.ndarray]:
        """See `mer.datasets.frames.FrameSource`."""
        for number in sorted(numbers):
            yield read_frame(self.path(number))

    def describe(self) -> str:
        """``images 46 to 86``, or ``no images``."""
        if not self.numbers:
            return "no images"
        first, last = self.numbers[0], self.numbers[-1]
        return f"images {first} to {last}" if last > first else f"image {first}"

    def listing(self, numbers: Sequence[int]) -> list[tuple[str, int]]:
        """Name and size in bytes of the images of these numbers; a size of -1 where a link leads nowhere."""
        names = [name for number in sorted(set(numbers)) for name in self._names.get(number, ())]
        return [(name, _size(self.folder / name)) for name in names]

    def faults(self, numbers: Sequence[int]) -> list[tuple[str, str, str]]:
        """See `mer.datasets.frames.FrameSource`; reads 128 bytes of each image."""
        if self._root is not None and (fault := link_fault(self.folder, self._root)):
            return [(self.folder.name, *fault)]
        found = []
        wanted = numbers if isinstance(numbers, range) else set(numbers)
        for number in (one for one in self.numbers if one in wanted):  # a range may be far longer
            names = self._names[number]
            if len(names) > 1:
                what = f"has the frame number {number} of {names[0]}: two images with one number"
                found += [(name, what, "Remove all but one.") for name in names[1:]]
            for name in names:
                fault = image_file_fault(self.folder / name, self._root, name in self._links)
                if fault:
                    found.append((name, *fault))
        return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
