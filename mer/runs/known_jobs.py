"""The last job of each run of a study, those too whose number nobody lived to put on record."""

from dataclasses import replace
from pathlib import Path

from mer.core.slurm.queue import Queue
from mer.core.slurm.tickets import is_ticket, resolved
from mer.runs.job_logs import RunJob, logs_folder, read_run_jobs, write_run_jobs


def known_jobs(outputs: Path, study: str, queue: Queue) -> dict[str, RunJob]:
    """The record, which must be locked, with SLURM's number of every job; an empty one where none was submitted.

    A process that was killed while it submitted jobs left tickets on record (`mer.core.slurm.tickets`).

    Raises:
        Silent: the controller did not answer within the queue's patience.
        InputError: SLURM refuses to tell of jobs, or nothing can be written.
    """
    known = read_run_jobs(outputs, study)
    tickets = {run: job.job for run, job in known.items() if is_ticket(job.job)}
    if tickets:
        numbers = resolved(tickets, logs_folder(outputs, study), queue)
        new = {run: replace(known[run], job=numbers.get(run, "")) for run in tickets}
        write_run_jobs(outputs, study, new)
        known |= new
    return known
