"""Who still computes in a run's folder: the processes of a killed run go on for a moment, and must not meet the next.

A run's lock ends with the command that started it. The kernel of its notebook notices a second later that the command
was killed, and the kernel's workers a little after that (`mer.core.orphans`). Until then they could write into a
folder that has a new owner. So every process that computes for a run holds this lock shared, and whoever begins the
run waits until it has it alone.

The lock is the operating system's (``flock``) on ``.locks/<name>.work.lock`` beside the folder, so it outlives the
folder and ends with the processes that hold it, however they end. It is one of this machine: where a file system knows
no such locks nobody waits, and jobs of a cluster hold none, for they outlive a killed run on purpose and are found
again (`mer.core.slurm.parts`).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

from mer.core.locked import open_lock, take_lock

_REMEDY = "A run is to work there: choose another folder with MER_OUTPUTS, or get the right to write there."
#: The folders that this process works in, with how often each was entered and not left; threads share it.
_working: Counter[Path] = Counter()
_counting = Lock()
#: What it holds to its end.
_to_the_end = ExitStack()


@contextmanager
def working_in(folder: Path | str) -> Iterator[None]:
    """Work in a run's folder; workers that are started meanwhile (`mer.core.spread`) do so too.

    It waits while somebody has the folder alone (`alone_in`). Inside itself, also for a folder in that folder, the
    outer folder is held once more.

    Args:
        folder: of the run; it need not exist.

    Raises:
        InputError: the lock file cannot be made.
    """
    folder = Path(folder).absolute()
    folder = next((one for one in (folder, *folder.parents) if one in working_folders()), folder)
    with open_lock(work_lock(folder), _REMEDY) as stream:
        take_lock(stream.fileno(), shared=True)
        with _counting:
            _working[folder] += 1
        try:
            yield
        finally:
            with _counting:
                _working[folder] -= 1


def work_to_the_end(folder: Path | str) -> None:
    """The same until this process ends, for the kernel of a batch run. Errors as `working_in`."""
    _to_the_end.enter_context(working_in(folder))


def working_folders() -> tuple[Path, ...]:
    """The folders that this process works in."""
    with _counting:
        return tuple(folder for folder, entered in _working.items() if entered)


@contextmanager
def alone_in(folder: Path | str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Have a run's folder alone: wait until no process works in it any more, and let none begin.

    Held while the folder is made ready for a new run, by the process that starts the kernel, which itself never works
    there. Processes of a killed run end within about a second, so the wait is short.

    Args:
        folder: of the run; it need not exist.
        on_wait: called once if there is somebody to wait for.

    Raises:
        InputError: the lock file cannot be made.
    """
    with open_lock(work_lock(Path(folder).absolute()), _REMEDY) as stream:
        told = False
        while not take_lock(stream.fileno(), wait=False):
            if not told:
                on_wait()
                told = True
            time.sleep(0.1)
        yield


def work_lock(folder: Path) -> Path:
    """The lock file of a run's folder."""
    return folder.parent / ".locks" / f"{folder.name}.work.lock"
