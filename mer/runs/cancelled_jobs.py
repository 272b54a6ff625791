"""Jobs of a study on a cluster, ended by its user: nobody submits them again."""

import shutil
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mer.core.errors import InputError
from mer.core.locked import locked
from mer.core.slurm.queue import Queue, Silent, cancel
from mer.core.slurm.tickets import resolved
from mer.runs.job_logs import logs_folder, part_record, read_run_jobs, record_path, write_run_jobs
from mer.runs.known_jobs import known_jobs

_STEP = 1.0  # seconds in which a notebook whose job was ended may have submitted parts


def cancelled_jobs(outputs: Path, study: str, runs: Collection[str]) -> list[str]:
    """End all jobs of these runs, those of their parts too; their ids.

    On record first, so that commands that wait for them do not take them for lost.

    Raises:
        InputError: the controller does not answer.
    """
    queue = Queue()
    if queue.states() is None:
        raise InputError("SLURM does not answer, so no job was cancelled. Try again when `squeue` lists your jobs.")
    with locked(record_path(outputs, study)):
        known = {run: job for run, job in known_jobs(outputs, study, queue).items() if run in runs}
        write_run_jobs(outputs, study, {run: replace(job, cancelled=True) for run, job in known.items()})
    ended: dict[str, None] = {}
    while True:
        folders = [logs_folder(outputs, study, run) for run in runs]
        parts = [job for folder in folders for job in resolved(part_record(folder), folder, queue).values()]
        alive = queue.alive(dict.fromkeys([*(job.job for job in known.values()), *parts]))
        new = [job for job in alive if job not in ended]
        if not new:
            return [*ended]
        with suppress(Silent):
            cancel(new)
            ended |= dict.fromkeys(new)
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
