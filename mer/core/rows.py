"""What stands for an array with one row a clip: the array itself, or one whose rows are read when asked for."""

from typing import Any, Protocol

import numpy as np


class Rows(Protocol):
    """The part of ``numpy.ndarray`` that can be had without reading all of it; ``np.asarray`` reads all."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows first."""

    @property
    def dtype(self) -> Any:
        """Of the values."""

    def __len__(self) -> int:
        """Number of rows."""

    def __getitem__(self, rows: Any, /) -> Any:
        """One row for a whole number, several for a slice, an array of positions, or one of booleans."""

    def __array__(self, dtype: Any = None, /) -> np.ndarray:
        """All rows."""
