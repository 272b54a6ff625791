"""Reading a run's folder while another process may be making the run again: one run or the other, never some of each.

A finished run that is made again is first moved aside, then written anew file by file, ``result.json`` last. Whoever
reads several files meanwhile could get old ones and new ones, or miss some. So who reads looks at ``result.json``
before and after: it is another file, or none, if the run was replaced in between.

What is open for hours in a notebook and reads files as they are asked for (`OpenedRun`) cannot begin anew: what it has
shown is of the run that it opened. It refuses those of another one.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mer.core.errors import InputError, MissingPath
from mer.core.locked import take_lock

Found = TypeVar("Found")
#: States of a run's ``result.json``, its ``parameters.json`` and its folder.
_Making = tuple[tuple[int, ...] | None, ...]
#: Of these runs in a row one is found whole, unless something makes a run again and again.
_TRIES = 5


class BeingMade(InputError):
    """A run is just being made again, or was while it was read."""


class MadeAgain(InputError):
    """A run was made again since it was opened."""


class OpenedRun:
    """A run whose files are read when they are asked for, all of the making that was there when it was opened.

    Args:
        folder: of the run; also one that is not finished, which may finish, or not there.
    """

    def __init__(self, folder: Path | str) -> None:
        self._makings: dict[Path, _Making] = {}
        self.also(folder)

    def also(self, folder: Path | str) -> None:
        """From now on another run's files are read too, all of one making of that one."""
        self._makings.setdefault(Path(folder), _making(folder))

    @property
    def makings(self) -> tuple[object, ...]:
        """What tells the runs that were opened from all others."""
        return tuple(self._makings.items())

    @contextmanager
    def one_making(self) -> Iterator[None]:
        """What is read within the block is of the runs that were opened.

        Raises:
            MadeAgain: one was replaced before, or meanwhile; whatever else the block raised may come of that.
            BeingMade: a file is missing of one that is just being made.
        """
        self._check()
        try:
            yield
        except Exception as error:
            self._check()
            if isinstance(error, MissingPath | FileNotFoundError):
                self._refuse_half_made(error)
            raise
        self._check()

    def _check(self) -> None:
        for folder, making in tuple(self._makings.items()):
            if not _goes_on(making, _making(folder)):
                raise MadeAgain(
                    f"{folder} was made again since it was opened, or is just being made: what was read of it before "
                    "and what lies there now are of two runs. Open it again; in a notebook, run the cell again."
                )

    def _refuse_half_made(self, error: Exception) -> None:
        for folder in self._makings:
            if which_run(folder) is None and is_held(run_lock(folder)):
                raise being_made(folder) from error


def read_one_run(folder: Path | str, read: Callable[[], Found]) -> Found:
    """What ``read`` returns, of one run: it is called again where the run was replaced meanwhile.

    Args:
        folder: of the run; also one that is not finished, or not there.
        read: reads files of the folder, and changes nothing.

    Raises:
        BeingMade: there is no whole run to read just now. Whatever else ``read`` raises of a run that was not replaced
            is raised as it is.
    """
    for _ in range(_TRIES):
        before = _making(folder)
        if before[-1] is None and (is_held(run_lock(Path(folder))) or _making(folder) != before):
            continue  # set aside for one that is being made: nothing here tells that one from the next
        try:
            found = read()
        except (InputError, OSError) as error:
            held = before[0] is None and is_held(run_lock(Path(folder)))
            if _making(folder) != before:
                continue
            if held and not isinstance(error, BeingMade):
                raise being_made(folder) from error
            raise
        if _making(folder) == before:
            return found
    raise being_made(folder)


def which_run(folder: Path | str) -> tuple[int, ...] | None:
    """What tells the finished run in a folder from every other one; None where none is."""
    return _state(Path(folder) / "result.json")


def _making(folder: Path | str) -> _Making:
    # Without a result, parameters.json tells: every making begins with writing it. Without a folder nothing does.
    place = _state(Path(folder))
    return which_run(folder), _state(Path(folder) / "parameters.json"), place and place[:2]


def _goes_on(before: _Making, now: _Making) -> bool:
    """Whether it is the same making: a finished one has the same result, another may have got on or finished."""
    if before[0] is not None:
        return now[0] == before[0]
    return all(earlier in (None, later) for earlier, later in zip(before[1:], now[1:], strict=True))


def _state(file: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def being_made(folder: Path | str) -> BeingMade:
    """The error that says so."""
    return BeingMade(f"{folder} is being made again by another process just now. Read it once that has ended: mer runs")


def run_lock(folder: Path) -> Path:
    """The lock file of a run, which the process holds that makes it."""
    return folder.parent / ".locks" / f"{folder.name}.lock"


def is_held(lock: Path) -> bool:
    """Whether a process holds a lock for itself; it is looked at shared, so that who looks is not taken for one."""
    try:
        with open(lock, encoding="utf-8") as stream:
            return not take_lock(stream.fileno(), wait=False, shared=True)
    except FileNotFoundError:
        return False
    except OSError:
        return True
