"""What was computed or read a moment ago, kept while there is room for it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar

import numpy as np

Value = TypeVar("Value", np.ndarray, bytes)


class Kept:
    """Arrays or bytes by key, the least recently used of which go when all together exceed a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._values: OrderedDict[Hashable, np.ndarray | bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()  # callbacks of widgets may run beside the cells

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; made where it is not there, and kept unless it alone is too large."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]  # type: ignore[return-value]
        value = make()
        self.put(key, value)
        return value

    def put(self, key: Hashable, value: np.ndarray | bytes) -> None:
        """Keep a value that was made on the way, unless there is one of that key."""
        with self._lock:
            if key in self._values or _size(value) > self.limit_bytes:
                return
            self._values[key] = value
            self._bytes += _size(value)
            while self._bytes > self.limit_bytes:
                self._bytes -= _size(self._values.popitem(last=False)[1])

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    @property
    def size_bytes(self) -> int:
        """Bytes held now."""
        return self._bytes


def _size(value: np.ndarray | bytes) -> int:
    return value.nbytes if isinstance(value, np.ndarray) else len(value)
