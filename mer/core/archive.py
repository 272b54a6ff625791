"""Archives of arrays (``.npz``), whatever a file of that name turns out to hold: the one door to them."""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.core.finished_run import checked

#: What reading a file that is no archive of arrays, or a damaged one, ends in.
_BROKEN = (
    *(OSError, ValueError, EOFError, KeyError, MemoryError, NotImplementedError, RuntimeError, OverflowError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, SyntaxError),
)


class Arrays(Mapping[str, np.ndarray]):
    """The arrays of an open archive by name, each read (and its checksum compared) when it is asked for."""

    def __init__(self, path: Path, stored: np.lib.npyio.NpzFile, remedy: str) -> None:
        self._path, self._stored, self._remedy = path, stored, remedy

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._stored.files:
            raise InputError(f"{self._path} holds no array {name!r}, only {self._stored.files}. {self._remedy}")
        try:
            values = self._stored[name]
        except _BROKEN as error:
            raise _damaged(self._path, error, self._remedy) from error
        if not isinstance(values, np.ndarray):
            raise InputError(f"{self._path} is damaged: {name!r} in it is no array. {self._remedy}")
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored.files)

    def __len__(self) -> int:
        return len(self._stored.files)


@contextmanager
def open_npz(path: Path | str, remedy: str = "Make it again.") -> Iterator[Arrays]:
    """Open an archive of arrays; nothing is unpickled.

    Args:
        path: of the file.
        remedy: what a user can do where it is damaged, in sentences.

    Raises:
        MissingPath: no such file.
        InputError: it is no archive of arrays; reading an array raises it where that is damaged or not there.
        Damaged: it is not as the finished run that it is of left it.
    """
    path = checked(path)
    try:
        stored = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise MissingPath(f"{path} does not exist. {remedy}") from error
    except _BROKEN as error:
        raise _damaged(path, error, remedy) from error
    if not isinstance(stored, np.lib.npyio.NpzFile):
        raise InputError(f"{path} holds a single array, expected an archive of arrays. {remedy}")
    with stored:
        yield Arrays(path, stored, remedy)


def read_npz(path: Path | str, remedy: str = "Make it again.") -> dict[str, np.ndarray]:
    """All arrays of an archive by name. Arguments and errors as `open_npz`."""
    with open_npz(path, remedy) as arrays:
        return dict(arrays)


def _damaged(path: Path, error: BaseException, remedy: str) -> InputError:
    return InputError(f"{path} is damaged or no archive of arrays ({type(error).__name__}: {error}). {remedy}")
