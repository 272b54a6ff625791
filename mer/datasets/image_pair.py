"""A clip of which only two pictures are left: onset and apex."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.datasets.image_bytes import image_file_fault, link_fault, read_frame

SEPARATOR = "|"
_ROLES = ("onset", "apex")


class ImagePair:
    """Two images, ``onset.png|apex.png``: the onset is frame 0, the apex frame 1."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        """Find both images.

        Args:
            path: folder and both names, joined by ``|``; both parts are relative to ``root``.
            root: folder that links must not leave; where it is None the second image is looked for in the folders
                above the first.

        Raises:
            InputError: not two names, or the second could be one of several files.
        """
        parts = str(path).split(SEPARATOR)
        if len(parts) != len(_ROLES) or not all(part.strip() for part in parts):
            raise InputError(f"{path} is no pair of images. Write onset{SEPARATOR}apex: two files, no more.")
        first, second = Path(parts[0].strip()), Path(parts[1].strip())
        self._root = None if root is None else root.resolve()
        self._paths = (first, _second(first, second, root))
        self.numbers: tuple[int, ...] = tuple(n for n, path in enumerate(self._paths) if os.path.lexists(path))

    def path(self, number: int) -> Path:
        """The image of a number, 0 (onset) or 1 (apex).

        Raises:
            MissingPath: there is none.
        """
        if number not in self.numbers:
            shown = f"{_ROLES[number]} image {self._paths[number]}" if number in (0, 1) else f"frame {number} of a pair"
            raise MissingPath(f"The {shown} does not exist (there are: {self.describe()}).")
        return self._paths[number]

    def read(self, numbers: Sequence[int]) -> Iterator[np.ndarray]:
        """See `mer.datasets.frames.FrameSource`."""
        for number in sorted(numbers):
            yield read_frame(self.path(number))

    def describe(self) -> str:
        """``an onset image (0) and an apex image (1)``, or which of them there is."""
        return " and ".join(f"an {_ROLES[number]} image ({number})" for number in self.numbers) or "no images"

    def listing(self, numbers: Sequence[int]) -> list[tuple[str, int]]:
        """Name and size in bytes of the images; -1 where a link leads nowhere."""
        paths = [self._paths[number] for number in self.numbers if number in numbers]
        return [(path.name, path.stat().st_size if path.exists() else -1) for path in paths]

    def faults(self, numbers: Sequence[int]) -> list[tuple[str, str, str]]:
        """See `mer.datasets.frames.FrameSource`; reads 128 bytes of each image."""
        found = []
        for number in (one for one in self.numbers if one in numbers):
            path = self._paths[number]
            fault = link_fault(path, self._root) if self._root else None
            fault = fault or image_file_fault(path, self._root)
            if fault:
                found.append((path.name, *fault))
        return found


def _second(first: Path, second: Path, root: Path | None) -> Path:
    """Where the second image lies: below the root, or below that folder above the first which has it."""
    if second.is_absolute() or root is not None:
        return second if root is None else root / second
    there = [folder / second for folder in first.parents if os.path.lexists(folder / second)]
    if len(there) > 1:
        raise InputError(
            f"{second}, the apex image beside {first}, could be {there[0]} or {there[1]}. Rename one of them."
        )
    return there[0] if there else first.parent / second
