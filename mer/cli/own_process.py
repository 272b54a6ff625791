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
from typing import Any, TypeVar

import click

Result = TypeVar("Result")
#: By which a user ends a command, or a reader of its output that goes away.
_POLITE = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE}
_PR_SET_PDEATHSIG = 1
#: However it ended, it was Python that ended it, and said what there was to say.
_TOLD = b"."


def watched(work: Callable[[], Result]) -> Result:
    """Do the work of a command; its result, or its exception, comes out of this function.

    Where a limit of memory holds that comes out in another process, and this one ends with the other's status.
    """
    if not _limited():
        return work()
    sys.stdout.flush()
    sys.stderr.flush()
    parent, (reading, writing) = os.getpid(), os.pipe()
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
    def pass_on(number: int, frame: Any) -> None:
        os.kill(child, number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    told = os.read(reading, 1)
    if not told and -status not in _POLITE:
        from mer.core.memory import limited_words

        click.echo(f"Error: {limited_words()}", err=True)
        status = 1
    sys.stderr.flush()
    os._exit(status if status >= 0 else 128 - status)


def _limited() -> bool:
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    return sys.platform == "linux" and any(resource.getrlimit(kind)[0] != resource.RLIM_INFINITY for kind in kinds)
