"""What was computed or read a moment ago, kept while there is room for it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pandas as pd

Value = TypeVar("Value")


class Kept:
    """Values by key, the least recently used of which go when all together exceed a number of bytes.

    Args:
        limit_bytes: of all values; one that is larger alone is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()  # with its bytes
        self._bytes = 0
        self._lock = Lock()  # callbacks of widgets may run beside the cells

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; made where it is not there, kept unless it alone is too large. Not to be changed."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]
        value = make()
        self.put(key, value)
        return value

    def put(self, key: Hashable, value: object) -> None:
        """Keep a value that was made on the way, unless there is one of that key."""
        size = size_bytes(value)
        with self._lock:
            if key in self._values or size > self.limit_bytes:
                return
            self._values[key] = value, size
            self._bytes += size
            while self._bytes > self.limit_bytes:
                self._bytes -= self._values.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._values.clear()
            self._bytes = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    @property
    def size_bytes(self) -> int:
        """Bytes held now."""
        return self._bytes


def size_bytes(value: object) -> int:
    """Bytes of the arrays, tables and bytes in a value; of other parts the little that they take is left out."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, pd.DataFrame | pd.Series):
        return int(np.sum(value.memory_usage(deep=True)))
    if is_dataclass(value):
        return sum(size_bytes(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, Mapping):
        return sum(map(size_bytes, value.values()))
    return sum(map(size_bytes, value)) if isinstance(value, list | tuple) else 0
