"""Calls side by side: where the parts of a run (folds, groups of a pretraining) are computed.

On this machine in processes of their own, or on a SLURM cluster as one job array (`mer.core.executor` says which). A
part must go on from what it left on disk: a job that was killed is run again.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from joblib import Parallel, delayed

from mer.core.executor import chosen_settings
from mer.core.orphans import end_if_orphan, end_with_parent
from mer.core.places import places_folder, taken_place
from mer.core.slurm.parts import spread_on_cluster
from mer.core.work_lock import working_folders, working_in

Result = TypeVar("Result")


def spread(calls: Sequence[Callable[[], Result]], workers: int) -> Iterator[Result]:
    """What the calls return, as they come to an end.

    Args:
        calls: each can be pickled, with all that it needs; they depend on nothing of each other, and on nothing of
            where they are computed.
        workers: processes side by side, at least 1; with 1 the calls run in this process. On a cluster: in each job.

    Raises:
        InputError: the cluster refuses the jobs, or loses one more often than it is tried again.
    """
    settings = chosen_settings()
    if settings is None:
        yield from spread_here(calls, workers)
    else:
        yield from spread_on_cluster(calls, workers, settings, spread_here)


def side_by_side(workers: int) -> int:
    """How many calls `spread` computes at a time, if there are as many.

    Args:
        workers: as for `spread`.
    """
    settings = chosen_settings()
    return workers if settings is None else workers * settings.at_once


def spread_here(calls: Sequence[Callable[[], Result]], workers: int) -> Iterator[Result]:
    """The same on this machine.

    Each process holds a place (`mer.core.places`), 0 up to the number of them. It works in the folders that this one
    works in (`mer.core.work_lock`), and ends with this one, however that ends (`mer.core.orphans`).
    """
    count = min(workers, max(1, len(calls)))
    if count == 1:
        yield from (call() for call in calls)
        return
    with places_folder() as folder:
        jobs = Parallel(n_jobs=count, return_as="generator_unordered")
        worker = partial(_in_place, folder, count, os.getpid(), working_folders())
        yield from jobs(delayed(partial(worker, call))() for call in calls)


def _in_place(folder: Path, count: int, parent: int, working: Sequence[Path], call: Callable[[], Result]) -> Result:
    if os.getpid() != parent:  # joblib computes in this process where it can start no others
        end_with_parent(parent)
    with ExitStack() as held:
        for path in working:
            held.enter_context(working_in(path))
        end_if_orphan()  # between the look before and the lock another run may have got the folder
        with taken_place(folder, count):
            return call()
