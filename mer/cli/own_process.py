"""A command under a limit of memory (``ulimit``) runs in a process of its own, watched by the one that was started.

Native libraries that find no memory may end the process instead of raising: measured under ``ulimit -v`` are an abort
(torch), a fault of addresses (OpenCV), and an end with status 1 (OpenBLAS). Who watches can say what happened. No need
is guessed for that, so nothing is refused that works; and where no limit is set, there is no second process.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import TypeVar

import click

Result = TypeVar("Result")
#: By which a user ends a command, or a reader of its output that goes away.
_POLITE = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE}
#: What the watching process waits for; blocked from before there is a second process, so that none is missed.
_AWAITED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
_PR_SET_PDEATHSIG = 1
#: However it ended, it was Python that ended it, and said what there was to say.
_TOLD = b"."


def watched(work: Callable[[], Result]) -> Result:
    """Do the work of a command; its result, or its exception, comes out of this function.

    Where a limit of memory holds that comes out in another process, and this one ends with the other's status.
    """
    if not _limited():
        return work()
    _flush()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started this may have it ignored
    parent, (reading, writing) = os.getpid(), os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    child = os.fork()
    if child:
        os.close(writing)
        _leave_as(child, reading)
    os.close(reading)
    # By the thread that started this process, which is the parent's first and lives as long; a thread of our own that
    # looks for the parent (`mer.core.orphans`) would take addresses, of which there are few.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        result = work()
    except MemoryError:  # not even its words found memory
        os._exit(1)
    except BaseException:
        os.write(writing, _TOLD)
        raise
    os.write(writing, _TOLD)
    return result


def _leave_as(child: int, reading: int) -> None:
    status = _status(child)
    if not os.read(reading, 1) and -status not in _POLITE:
        from mer.core.memory import limited_words

        click.echo(f"Error: {limited_words()}", err=True)
        status = 1
    _flush()
    os._exit(status if status >= 0 else 128 - status)


def _status(child: int) -> int:
    """How the other process ended, below 0 by a signal; until then it gets the signals that are meant for it."""
    while True:
        got = signal.sigwaitinfo(_AWAITED)
        if got.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        elif got.si_signo != signal.SIGINT or got.si_code <= 0:  # a terminal sends its own to both
            os.kill(child, got.si_signo)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by whoever started this
            stream.flush()


def _limited() -> bool:
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    return sys.platform == "linux" and any(resource.getrlimit(kind)[0] != resource.RLIM_INFINITY for kind in kinds)
