"""Jobs of a study on a cluster, ended by its user: nobody submits them again."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mer.core.errors import InputError
from mer.core.locked import locked
from mer.core.slurm.queue import Queue, Silent, cancel
from mer.runs.job_logs import logs_folder, part_record, read_run_jobs, record_path, write_run_jobs


def cancelled_jobs(outputs: Path, study: str, runs: Collection[str]) -> list[str]:
    """End all jobs of these runs, those of their parts too; their ids.

    On record first, so that commands that wait for them do not take them for lost.

    Raises:
        InputError: the controller does not answer.
    """
    with locked(record_path(outputs, study)):
        known = {run: job for run, job in read_run_jobs(outputs, study).items() if run in runs}
        states = Queue().states()
        if states is None:
            raise InputError("The SLURM controller does not answer. Try again; nothing was cancelled.")
        write_run_jobs(outputs, study, {run: replace(job, cancelled=True) for run, job in known.items()})
    parts = [str(job) for run in runs for job in part_record(logs_folder(outputs, study, run)).values()]
    jobs = dict.fromkeys([*(job.job for job in known.values()), *parts])
    alive = [job for job in jobs if job in states and not states[job].ended]
    with suppress(Silent):
        cancel(alive)
    return alive
