"""An array on disk that rows are appended to, for arrays that do not fit into memory."""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np


class GrowingArray:
    """A ``.npy`` file that rows are appended to; its header is corrected when it is closed."""

    def __init__(self, path: Path, row_shape: tuple[int, ...], dtype: type) -> None:
        """Start the file with a header that says "no rows"."""
        self.row_shape, self.dtype, self.rows = row_shape, np.dtype(dtype), 0
        self._stream = open(path, "wb")  # noqa: SIM115 - closed by __exit__
        self._header()
        self._data_starts = self._stream.tell()

    def append(self, rows: np.ndarray) -> None:
        """Add rows, shape (k, *row_shape), cast to the file's type."""
        if rows.shape[1:] != self.row_shape:
            raise ValueError(f"rows have shape {rows.shape[1:]}, the file {self.row_shape}")
        self._stream.write(np.ascontiguousarray(rows, dtype=self.dtype).data)
        self.rows += len(rows)

    def cut_back(self, rows: int) -> None:
        """Forget all but the first ``rows``: what was appended of a clip that turned out to be broken."""
        if not 0 <= rows <= self.rows:
            raise ValueError(f"cannot cut back to {rows} of {self.rows} rows")
        self.rows = rows
        self._stream.seek(self._data_starts + rows * int(np.prod(self.row_shape)) * self.dtype.itemsize)
        self._stream.truncate()

    def __enter__(self) -> Self:
        """The array itself."""
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Correct the header (NumPy leaves room for a growing first axis) and close."""
        with self._stream:
            self._stream.seek(0)
            self._header()
            assert self._stream.tell() == self._data_starts, "the header of a .npy file changed its length"

    def _header(self) -> None:
        about = {
            "descr": np.lib.format.dtype_to_descr(self.dtype),
            "fortran_order": False,
            "shape": (self.rows, *self.row_shape),
        }
        np.lib.format.write_array_header_1_0(self._stream, about)
