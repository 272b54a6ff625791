"""Memory that is freed and soon wanted again stays with the process, where the C library can be told so."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library

#: Of glibc's ``mallopt``, with the values for afterwards. glibc raises both thresholds by itself as large blocks are
#: freed, but never again once any option was set; so they are left as high as it would ever have raised them.
_TRIM_THRESHOLD, _TRIM_AFTERWARDS = -1, 64 * 2**20
_MAP_THRESHOLD, _MAP_AFTERWARDS = -3, 32 * 2**20
_MOST_MAPPED, _MAPPED_AFTERWARDS = -4, 65536


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Inside, large blocks come from what was freed before instead of from the system.

    A training step on a CPU frees and takes the same tens of megabytes again and again; fresh pages have to be
    cleared by the system each time, which can take a third of the step. It changes no result. Afterwards what is free
    goes back. Elsewhere than with glibc nothing happens, nor where a user set malloc's options: variables
    ``MALLOC_...``, or ``glibc.malloc`` in ``GLIBC_TUNABLES``.
    """
    try:
        library = ctypes.CDLL(find_library("c"))
        option, trim = library.mallopt, library.malloc_trim
    except (AttributeError, OSError, TypeError):
        yield
        return
    if _user_has_set_options():
        yield
        return
    option(_MOST_MAPPED, 0)
    option(_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        option(_MOST_MAPPED, _MAPPED_AFTERWARDS)
        option(_MAP_THRESHOLD, _MAP_AFTERWARDS)
        option(_TRIM_THRESHOLD, _TRIM_AFTERWARDS)
        trim(0)


def _user_has_set_options() -> bool:
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    return "glibc.malloc." in tunables or any(name.startswith("MALLOC_") for name in os.environ)
