"""A ``.npy`` file of a known shape written piece by piece, so that the whole need not fit into memory."""

from math import prod
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np


class ArrayWriter:
    """The same file as `numpy.save` makes of the whole array; pieces come in the order of the array's last axes."""

    def __init__(self, target: Path | BinaryIO, shape: tuple[int, ...], dtype: type) -> None:
        """Start the file; a stream that is given stays open."""
        self.shape, self.dtype, self.left = shape, np.dtype(dtype), prod(shape)
        self._own = isinstance(target, Path)
        self._stream = open(target, "wb") if isinstance(target, Path) else target  # noqa: SIM115 - closed by __exit__
        about = {"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._stream, about)

    def add(self, piece: np.ndarray) -> None:
        """Write the numbers that follow, whatever shape they have, cast to the file's type."""
        if piece.size > self.left:
            raise ValueError(f"{piece.size} numbers more, but only {self.left} are left of shape {self.shape}")
        self._stream.write(np.ascontiguousarray(piece, dtype=self.dtype).data)
        self.left -= piece.size

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close; without an error all numbers must be there."""
        if self._own:
            self._stream.close()
        if error is None and self.left:
            raise ValueError(f"{self.left} numbers are missing of an array of shape {self.shape}")
