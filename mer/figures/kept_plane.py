"""Planes of features that were computed before: UMAP takes seconds, and in a fresh process a minute of compiling."""

from collections import OrderedDict
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from mer.core.array_file import read_array
from mer.core.errors import InputError
from mer.core.files import digest
from mer.core.kept import kept_folder
from mer.core.paths import cache_dir

#: Raised whenever the same features would give another plane, or the file is another.
FORMAT = 1
_PLANE = "plane.npy"
_MOST_PLANES = 8
#: By digest, planes that could not be written; the last of them.
_UNWRITTEN: OrderedDict[str, np.ndarray] = OrderedDict()


def kept_plane(values: np.ndarray, compute: Callable[[np.ndarray], np.ndarray], **parameters: float) -> np.ndarray:
    """``compute(values)``, or what it gave the last time for the same values and parameters: float32 (n, 2).

    Kept in the cache (`mer.core.paths.cache_dir`), sealed, in ``planes/<digest>``; the digest is of the values, their
    shape and type, the parameters, and UMAP's version. One that is damaged is computed anew. Where nothing can be
    written the last planes are kept in memory, so that a figure and a view share theirs.

    Args:
        values: features of the clips, (n, E).
        compute: gives the plane.
        parameters: what else decides what it gives, such as ``seed``.
    """
    values = np.ascontiguousarray(values)
    try:
        umap = version("umap-learn")
    except PackageNotFoundError:
        umap = "none"
    said = [f"{name}={value}" for name, value in sorted(parameters.items())]
    name = digest(str(FORMAT), values.tobytes(), f"{values.shape} {values.dtype.str}", umap, *said)[:32]
    if name in _UNWRITTEN:
        return _UNWRITTEN[name].copy()
    made: list[np.ndarray] = []

    def make(work: Path) -> None:
        made.append(compute(values).astype(np.float32))
        np.save(work / _PLANE, made[0])

    path = cache_dir() / "planes" / name
    try:
        kept_folder(path, FORMAT, make)
        return read_array(path / _PLANE)
    except InputError:
        found = made[0] if made else compute(values).astype(np.float32)
        _UNWRITTEN[name] = found.copy()
        while len(_UNWRITTEN) > _MOST_PLANES:
            _UNWRITTEN.popitem(last=False)
        return found
