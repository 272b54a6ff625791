"""Rows of an array within a ``.npz`` archive, read when they are asked for: nobody waits for clips nobody looks at.

The members of an archive written by ``numpy.savez_compressed`` can be read from their beginning only. While one is
read, the state of the decompressor is put by at the start of every block of rows; later reads begin there. The blocks
read last are kept, up to a number of bytes.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import numpy as np

from mer.core.errors import InputError, MissingPath
from mer.widgets.kept import Kept

_MOST_BLOCKS = 512  # of a member: the state put by for each has about 45 kB
_LEAST_BLOCK = 2**18  # bytes
_PIECE = 2**16  # compressed bytes read at a time
#: What reading a file that is no archive of arrays, or broke since, ends in.
BROKEN = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Member:
    """Where an array stands in an archive.

    Attributes:
        path: of the archive.
        stamp: size and time of change of the file when it was looked at.
        name: of the array.
        start: first byte of its (compressed) data in the file.
        length: of these data, bytes.
        packed: whether they are compressed (deflate).
        head: bytes of the header before the values.
        shape, dtype: of the array.
        by_rows: whether rows stand one after the other, as C order has them.
        checksum: CRC-32 of header and values.
    """

    path: Path
    stamp: tuple[int, int]
    name: str
    start: int
    length: int
    packed: bool
    head: int
    shape: tuple[int, ...]
    dtype: np.dtype
    by_rows: bool
    checksum: int


def archive_members(path: Path) -> dict[str, Member]:
    """Arrays of an archive, from their headers alone; none for a file that is missing or broken."""
    found = {}
    try:
        stamp = _stamp(path)
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                with archive.open(info) as stream:
                    version = np.lib.format.read_magic(stream)
                    reads = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
                    shape, fortran, dtype = reads[version[0]](stream)
                    head = stream.tell()
                file.seek(info.header_offset + 26)
                lengths = np.frombuffer(file.read(4), "<u2")  # of the name and of the extra field before the data
                start = info.header_offset + 30 + int(lengths.sum())
                name = info.filename.removesuffix(".npy")
                packed = info.compress_type == zipfile.ZIP_DEFLATED
                by_rows = (not fortran or len(shape) < 2) and (packed or info.compress_type == zipfile.ZIP_STORED)
                found[name] = Member(
                    path, stamp, name, start, info.compress_size, packed, head, shape, dtype, by_rows, info.CRC
                )
    except BROKEN:
        return {}
    return found


class StoredRows:
    """The rows of one array (`mer.core.rows.Rows`); several threads may ask.

    Every access raises `MissingPath` once the archive is gone, `InputError` once it is another one or broken.
    """

    def __init__(self, member: Member, kept: Kept) -> None:
        """``kept`` holds the blocks read last, of all arrays of the archive."""
        self.member, self._kept = member, kept
        self.shape, self.dtype = member.shape, member.dtype
        self._row_bytes = int(np.prod(member.shape[1:], dtype=np.int64)) * member.dtype.itemsize
        block = max(_LEAST_BLOCK, self._row_bytes * len(self) // _MOST_BLOCKS)
        self._rows_of_block = max(1, block // max(1, self._row_bytes))
        self._blocks = -(-len(self) // self._rows_of_block)
        self._states: list[tuple[int, Any]] = []  # at the start of each block: compressed bytes before it, and how
        self._sum = 0  # CRC-32 of what was read up to the last of them
        self._lock = Lock()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        """Rows as ``numpy`` gives them."""
        if isinstance(rows, tuple) or not self.member.by_rows or not self._row_bytes:
            return np.asarray(self)[rows]
        places = np.arange(len(self))[rows]
        if places.ndim == 0:
            return self._row(int(places))
        found = np.empty((places.size, *self.shape[1:]), self.dtype)
        for at in np.argsort(places, axis=None, kind="stable"):  # in the order of the file
            found[at] = self._row(int(places.flat[at]))
        return found.reshape(*places.shape, *self.shape[1:])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All rows, which are not kept."""
        with self._file() as file, np.load(file, allow_pickle=False) as arrays:
            values = arrays[self.member.name]
        return values if dtype is None else values.astype(dtype, copy=False)

    def steps_ahead(self) -> Iterator[None]:
        """Read on to the end of the array, a block a step, so that later every row is near a state put by."""
        if not (self.member.packed and self.member.by_rows and self._row_bytes):
            return
        while True:
            with self._lock:
                if len(self._states) > self._blocks:
                    return
                with self._file() as file:
                    self._next_state(file)
            yield

    def _row(self, row: int) -> np.ndarray:
        block, within = divmod(row, self._rows_of_block)
        data = self._kept.get((self.member.name, block), lambda: self._block(block))
        start = within * self._row_bytes
        values = np.frombuffer(data[start : start + self._row_bytes], self.dtype)
        return values.reshape(self.shape[1:]).copy()

    def _block(self, block: int) -> bytes:
        with self._lock, self._file() as file:
            if not self.member.packed:
                file.seek(self.member.start + self.member.head + block * self._size(0))
                return _whole(file.read(self._size(block)), self._size(block))
            while len(self._states) <= block:
                self._next_state(file)
            return self._next_state(file) if len(self._states) == block + 1 else self._inflated(file, block)[0]

    def _size(self, block: int) -> int:
        """Bytes of a block; the last may be shorter."""
        rows = min(self._rows_of_block, len(self) - block * self._rows_of_block)
        return rows * self._row_bytes

    def _next_state(self, file: BinaryIO) -> bytes:
        """Put by the state after the last one known, and give what was read on the way: the header, or a block."""
        if not self._states:
            data, state = _inflate(file, self.member, (0, zlib.decompressobj(-zlib.MAX_WBITS)), self.member.head)
        else:
            data, state = self._inflated(file, len(self._states) - 1)
        self._sum = zlib.crc32(data, self._sum)
        if len(self._states) == self._blocks and self._sum != self.member.checksum:
            raise zlib.error(f"the checksum of the array {self.member.name} is wrong")
        self._states.append(state)
        return data

    def _inflated(self, file: BinaryIO, block: int) -> tuple[bytes, tuple[int, Any]]:
        return _inflate(file, self.member, self._states[block], self._size(block))

    @contextmanager
    def _file(self) -> Iterator[BinaryIO]:
        path = self.member.path
        try:
            stamp = _stamp(path)
        except OSError as error:
            raise MissingPath(f"{path} is gone: the run was deleted or moved. Open the view again.") from error
        if stamp != self.member.stamp:
            raise InputError(f"{path} is another one than when the view was opened. Open the view again.")
        try:
            with open(path, "rb") as file:
                yield file
        except BROKEN as error:
            raise InputError(f"{path} can no longer be read ({error}). Open the view again.") from error


def _inflate(file: BinaryIO, member: Member, state: tuple[int, Any], size: int) -> tuple[bytes, tuple[int, Any]]:
    """So many bytes from a state of the decompressor on, and the state behind them."""
    at, engine = state[0], state[1].copy()
    file.seek(member.start + at)
    parts, lacking = [], size
    while lacking:
        piece = file.read(min(_PIECE, member.length - at))
        part = engine.decompress(piece, lacking)
        if not piece and not part:
            raise zlib.error(f"the array {member.name} ends too early")
        at += len(piece) - len(engine.unconsumed_tail)
        parts.append(part)
        lacking -= len(part)
    return b"".join(parts), (at, engine)


def _whole(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise EOFError("it ends too early")
    return data


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
