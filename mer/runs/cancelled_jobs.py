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

    On record first, so that commands that wait for them do not take them for lost.

    Raises:
        InputError: the controller does not answer, or not any more; it says what was ended.
    """
    queue = Queue(patience=_PATIENCE)
    ended: dict[str, None] = {}
    try:
        if queue.states() is None:  # asked before the record is locked
            raise Silent
        with locked(record_path(outputs, study)):
            known = {run: job for run, job in known_jobs(outputs, study, queue).items() if run in runs}
            write_run_jobs(outputs, study, {run: replace(job, cancelled=True) for run, job in known.items()})
        _end(known, [logs_folder(outputs, study, run) for run in runs], queue, ended)
    except Silent:
        said = f" any more. Cancelled so far: {jobs_words([*ended])}" if ended else ", so no job was cancelled"
        raise InputError(f"SLURM does not answer{said}. Try again when `squeue` lists your jobs.") from None
    return [*ended]


def _end(known: dict[str, RunJob], folders: Collection[Path], queue: Queue, ended: dict[str, None]) -> None:
    """Until none is left, for a notebook that is being ended may submit parts.

    Raises:
        Silent: the controller does not answer any more; what it ended is in ``ended``.
    """
    answered = time.monotonic()
    while True:
        parts = [job for folder in folders for job in resolved(read_part_jobs(folder), folder, queue).values()]
        alive = queue.alive(dict.fromkeys([*(job.job for job in known.values()), *parts]))
        new = [job for job in alive if job not in ended]
        if not new:
            return
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
