"""Jobs of a study on a cluster, ended by its user: nobody submits them again."""

import shutil
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from mer.core.errors import InputError
from mer.core.locked import locked
from mer.core.slurm.part_jobs import read_part_jobs
from mer.core.slurm.queue import Queue, Silent, cancel
from mer.core.slurm.tickets import resolved
from mer.runs.job_logs import RunJob, logs_folder, read_run_jobs, record_path, write_run_jobs
from mer.runs.job_words import jobs_words
from mer.runs.known_jobs import known_jobs

_STEP = 1.0  # seconds in which a notebook whose job was ended may have submitted parts
_PATIENCE = 30.0  # seconds that the controller may take to answer


def cancelled_jobs(outputs: Path, study: str, runs: Collection[str]) -> list[str]:
    """End all jobs of these runs, those of their parts too; their ids.

    On record first, so that commands that wait for them do not take them for lost. Jobs that were not submitted from
    this outputs folder are left alone: a folder that came from elsewhere has numbers that are here those of other jobs.

    Raises:
        InputError: the controller does not answer, or not any more; it says what was ended. Or jobs were left alone.
    """
    queue = Queue(patience=_PATIENCE)
    ended: dict[str, None] = {}
    try:
        if queue.states() is None:  # asked before the record is locked
            raise Silent
        with locked(record_path(outputs, study)):
            known = {run: job for run, job in known_jobs(outputs, study, queue).items() if run in runs}
            write_run_jobs(outputs, study, {run: replace(job, cancelled=True) for run, job in known.items()})
        base = logs_folder(outputs, study)
        foreign = _end(known, base, [logs_folder(outputs, study, run) for run in runs], queue, ended)
    except Silent:
        said = f" any more. Cancelled so far: {jobs_words([*ended])}" if ended else ", so no job was cancelled"
        raise InputError(f"SLURM does not answer{said}. Try again when `squeue` lists your jobs.") from None
    if foreign:
        also = f" Cancelled: {jobs_words([*ended])}." if ended else ""
        raise InputError(
            f"{base} names {jobs_words(foreign)}, which run but were not submitted from there: the folder was copied "
            "or moved, or came from another cluster. They were left alone; if they are to end: scancel "
            f"{' '.join(foreign)}.{also}"
        )
    return [*ended]


def _end(
    known: dict[str, RunJob], base: Path, folders: Collection[Path], queue: Queue, ended: dict[str, None]
) -> list[str]:
    """Until none is left, for a notebook that is being ended may submit parts.

    Args:
        known: jobs of the notebooks.
        base: folder that they were submitted from.
        folders: that jobs of parts were submitted from.
        queue: asked for them.
        ended: grows by those that were ended.

    Returns:
        Jobs that are on record and run, but were not submitted from there.

    Raises:
        Silent: the controller does not answer any more; what it ended is in ``ended``.
    """
    answered = time.monotonic()
    while True:
        homes = {job.job: base for job in known.values()}
        for folder in folders:
            homes |= dict.fromkeys(resolved(read_part_jobs(folder), folder, queue).values(), folder)
        alive = queue.under_way(homes)
        own = {job for job, state in alive.items() if state.is_from(homes[job])}
        new = [job for job in alive if job in own and job not in ended]
        if not new:
            return [job for job in alive if job not in own]
        try:
            cancel(new)
            ended |= dict.fromkeys(new)
            answered = time.monotonic()
        except Silent:
            if time.monotonic() - answered >= queue.patience:
                raise
        time.sleep(_STEP)


def cancelled_with(outputs: Path, study: str, run: str = "") -> list[str]:
    """End what a study, or one of its runs, has on the cluster, if it ever was there; ids of the jobs.

    Raises:
        InputError: the controller does not answer.
    """
    runs = [name for name in read_run_jobs(outputs, study) if run in ("", name)]
    if not runs or shutil.which("squeue") is None:
        return []
    return cancelled_jobs(outputs, study, runs)
