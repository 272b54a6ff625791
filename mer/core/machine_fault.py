"""Failures to read that say nothing about the file: the machine's limits, or its disk."""

import errno
import os
import re
import resource
from pathlib import Path

from mer.core.errors import InputError

#: Too many files open (by this process, by all), no memory, a disk or network drive that fails.
_OF_THE_MACHINE = {
    errno.EMFILE: "Raise the limit of open files (ulimit -n), or use fewer processes (n_jobs).",
    errno.ENFILE: "Close other programs; the whole system has too many files open.",
    errno.ENOMEM: "Use fewer processes (n_jobs), or close other programs.",
    errno.EIO: "The disk or the network drive fails: look at the system's log, and try again.",
    errno.ESTALE: "The network drive was mounted anew: try again.",
    errno.ETIMEDOUT: "The network drive does not answer: try again.",
}


class MachineFault(InputError):
    """A file could not be read, and another time or elsewhere can be: nothing is to be concluded about the file."""


def raise_machine_fault(error: BaseException, path: Path | str) -> None:
    """Raise `MachineFault` where the failure to read ``path`` says nothing about the file; else nothing happens."""
    if isinstance(error, MemoryError):
        raise MachineFault(f"{path} cannot be read: no memory is left. {_OF_THE_MACHINE[errno.ENOMEM]}") from error
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        what = error.strerror or str(error)
        raise MachineFault(f"{path} cannot be read: {what}. {_OF_THE_MACHINE[error.errno]}") from error


def open_files_words(message: str) -> str:
    """What to do about an error of another process, of which only the message is known, if too many files were open."""
    if not re.search(re.escape(os.strerror(errno.EMFILE)), message):
        return ""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"A process may have {soft} files open here. {_OF_THE_MACHINE[errno.EMFILE]}"


def cause_in_machine(error: BaseException | None) -> OSError | None:
    """The failure of the machine that an error was raised from, at whatever remove."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            return error
        error = error.__cause__
    return None
