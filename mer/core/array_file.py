"""One array from a ``.npy`` file, whatever the file turns out to hold."""

import tokenize
import zipfile
from pathlib import Path

import numpy as np

from mer.core.errors import InputError

#: What NumPy ends in with a header that it cannot read, sizes that nothing can hold, any file that starts with "PK".
_BROKEN = (
    *(OSError, ValueError, EOFError, MemoryError, OverflowError, SyntaxError, RecursionError, TypeError),
    *(tokenize.TokenError, zipfile.BadZipFile),
)


def read_array(path: Path) -> np.ndarray:
    """The array of a ``.npy`` file: numbers of any shape, nothing is unpickled.

    Raises:
        InputError: it cannot be read, is no such file, is an archive of arrays, or holds no numbers.
    """
    try:
        content = np.load(path, allow_pickle=False)
    except _BROKEN as error:
        raise InputError(f"{path} is not a NumPy array ({error}). Write it with numpy.save.") from error
    if not isinstance(content, np.ndarray):
        content.close()
        raise InputError(f"{path} is an archive of arrays, expected one array. Write it with numpy.save.")
    if content.dtype.kind not in "iuf":
        raise InputError(f"{path} holds {content.dtype} {content.shape}, expected numbers. Write it with numpy.save.")
    return content
