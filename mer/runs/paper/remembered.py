"""Answers that took long, kept while there is room: another style or width of a figure asks for the same ones."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pandas as pd

Value = TypeVar("Value")


class Remembered:
    """Values by key, the least recently used of which go when all together exceed a number of bytes.

    Args:
        limit_bytes: of all values; one that is larger alone is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()  # callbacks of widgets may run beside the cells

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not there. Nobody may change it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        if size_bytes(value) > self.limit_bytes:
            return value
        with self._lock:
            self._values[key] = value
            while self.size_bytes > self.limit_bytes:
                self._values.popitem(last=False)
        return value

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays and tables that are held now."""
        return sum(map(size_bytes, self._values.values()))


def size_bytes(value: object) -> int:
    """Bytes of the arrays and tables in a value; of other parts the little that they take is left out."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, pd.DataFrame | pd.Series):
        return int(np.sum(value.memory_usage(deep=True)))
    if is_dataclass(value):
        return sum(size_bytes(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, Mapping):
        return sum(map(size_bytes, value.values()))
    return sum(map(size_bytes, value)) if isinstance(value, list | tuple) else 0
