"""Memory that is freed and soon wanted again stays with the process, where the C library can be told so."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library

#: Of glibc's ``mallopt``, with the values that it starts with.
_TRIM_THRESHOLD, _TRIM_AT_START = -1, 128 * 1024
_MOST_MAPPED, _MAPPED_AT_START = -4, 65536


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside, large blocks come from what was freed before instead of from the system.

    A training step on a CPU frees and takes the same tens of megabytes again and again; fresh pages have to be
    cleared by the system each time, which can take a third of the step. It changes no result. Elsewhere than with
    glibc nothing happens. Afterwards what is free goes back.
    """
    try:
        library = ctypes.CDLL(find_library("c"))
        option, trim = library.mallopt, library.malloc_trim
    except (AttributeError, OSError, TypeError):
        yield
        return
    option(_MOST_MAPPED, 0)
    option(_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        option(_MOST_MAPPED, _MAPPED_AT_START)
        option(_TRIM_THRESHOLD, _TRIM_AT_START)
        trim(0)
