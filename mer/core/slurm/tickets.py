"""Jobs between their submission and their record, so that a process killed there does not submit them twice.

Before jobs are submitted each stands on record by a ticket: the name that the array gets, which nothing else has, and
its place in the array. A process that finds a ticket on record looks for jobs of that name. Where there are none, what
they were to compute is deleted first, so that one that SLURM takes in only then computes nothing.
"""

import math
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from mer.core.errors import InputError
from mer.core.slurm.queue import Queue, Silent, cancel, own_jobs

Key = TypeVar("Key")


def new_name(name: str) -> str:
    """A name for an array that nothing else has, without what ``squeue --name`` takes for a list."""
    plain = re.sub(r"[^\w.=-]", "_", name)
    return f"{plain}-{uuid.uuid4().hex[:12]}"


def ticket(name: str, position: int) -> str:
    """What stands on record for a job of which SLURM's number is not yet known."""
    return f"{name}#{position}"


def is_ticket(job: str) -> bool:
    """Whether it is a ticket, not SLURM's number of a job."""
    return "#" in job


def ticket_names(jobs: Iterable[str]) -> set[str]:
    """The names in those of them that are tickets."""
    return {job.rpartition("#")[0] for job in jobs if is_ticket(job)}


def sent(folder: Path, name: str) -> Path:
    """File with what each of the jobs of that name runs; what they compute lies beside it (`sent_calls`)."""
    return folder.absolute() / f"sent-{name.rpartition('-')[2]}.pkl"


def sent_calls(folder: Path, name: str) -> Path:
    """File with the calls, one a job."""
    return sent(folder, name).with_suffix(".calls.pkl")


def revoke(folder: Path, name: str) -> None:
    """See to it that no job of that name computes anything: neither one in the queue nor one that is still on its way.

    Raises:
        Silent: the controller does not answer; what runs goes on.
    """
    for path in (sent_calls(folder, name), sent(folder, name)):
        path.unlink(missing_ok=True)
    with suppress(InputError):
        cancel(own_jobs(name, folder))


def revoke_in_time(folder: Path, name: str, patience: float = math.inf) -> None:
    """The same, as soon as the controller answers.

    Raises:
        Silent: it did not within so many seconds.
    """
    end = time.monotonic() + patience
    while True:
        try:
            revoke(folder, name)
            return
        except Silent:
            if time.monotonic() >= end:
                raise
            time.sleep(2)


def resolved(jobs: Mapping[Key, str], folder: Path, queue: Queue) -> dict[Key, str]:
    """The same with SLURM's number in place of a ticket, without those of which the queue has no job.

    Waits for an answer of the controller. What has ended keeps its number: a result, or at least its log, may be there.

    Args:
        jobs: numbers and tickets, of processes that submit no more.
        folder: of the jobs.
        queue: asked for them.

    Raises:
        Silent: the controller did not answer within the queue's patience.
        InputError: ``squeue`` refuses to tell.
    """
    numbers: dict[str, str] = {}
    for name in ticket_names(jobs.values()):
        states = queue.answer(name)
        numbers |= {ticket(name, int(job.partition("_")[2] or 0)): job for job in states}
        if all(state.ended for state in states.values()):
            revoke_in_time(folder, name, queue.patience)
    found = {key: numbers.get(job, "") if is_ticket(job) else job for key, job in jobs.items()}
    return {key: job for key, job in found.items() if job}
