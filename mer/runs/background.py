"""Studies and single runs as processes of their own: started from a notebook, found again after its kernel restarts.

A job is ``mer study ...`` or ``mer run ...`` in a session of its own, so that nothing that ends the notebook's kernel
ends it. What is known of it stands on disk (`mer.runs.jobs`). Resuming is starting the same again: finished runs and
folds stand.

All processes of a job (its kernels, their workers) inherit a mark in their environment. It tells them from a process
that has got the number of one that ended, and finds those that outlive the one that started them.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil

from mer.core.errors import InputError
from mer.core.paths import outputs_dir, project_dir
from mer.core.stamp import now
from mer.runs.engine import kernel_environment
from mer.runs.jobs import LOGS, Job, find_job, job_lock, new_log, write_job

_MARK = "MER_JOB"
#: What a notebook's kernel has in its environment that is about that kernel.
_OF_THE_KERNEL = ("JPY_", "MPLBACKEND", "PYDEVD")
_CHILDREN: dict[int, subprocess.Popen] = {}  # started by this process, which must take note of their end


def start_job(study: str, label: str, arguments: Sequence[str], outputs: Path | None = None) -> Job:
    """Start ``mer`` with these arguments in the background.

    Raises:
        InputError: it is running already, or the outputs folder cannot be written.
    """
    outputs = outputs or outputs_dir()
    with job_lock(outputs, study, label):
        earlier = find_job(study, label, outputs)
        if earlier is not None:
            if is_alive(earlier):
                raise InputError(
                    f"{earlier.command} is running already, since {earlier.started} (process {earlier.pid}). "
                    "Cancel it first, or wait for its end."
                )
            _end_all(members(earlier), 2.0)  # what a killed one may have left behind
        log = new_log(outputs / study / LOGS, label)
        mark = uuid.uuid4().hex
        own = {key: value for key, value in kernel_environment().items() if not key.startswith(_OF_THE_KERNEL)}
        with open(log, "wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "mer", *arguments],
                cwd=project_dir(),
                env=own | {_MARK: mark, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        _CHILDREN[process.pid] = process
        try:
            created = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            created = time.time()
        job = Job(study, label, tuple(arguments), process.pid, created, now(), mark, str(log))
        try:
            write_job(job, outputs)
        except (InputError, OSError) as error:
            _end_unrecorded(job)
            raise InputError(f"{job.command} was not started, for it cannot be put on record: {error}") from error
    return job


def is_alive(job: Job) -> bool:
    """Whether its process runs. A process that merely has its number by now is told by its start and its mark."""
    if (child := _CHILDREN.get(job.pid)) is not None and child.poll() is not None:
        del _CHILDREN[job.pid]
    try:
        process = psutil.Process(job.pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and abs(process.create_time() - job.created) < 2.0
            and process.environ().get(_MARK) == job.mark
        )
    except psutil.Error:
        return False


def cancel_job(job: Job, patience: float = 15.0, outputs: Path | None = None) -> bool:
    """Stop it with its kernels and workers: politely first, whatever is left after ``patience`` seconds by force.

    Takes up to a few seconds more than ``patience``: to be called outside the thread that serves a notebook.

    Returns:
        Whether anything of it was running.
    """
    alive = is_alive(job)
    family = members(job)
    if alive:
        _note_cancelled(job, outputs or outputs_dir())
        with suppress(psutil.Error):
            psutil.Process(job.pid).terminate()
        end = time.monotonic() + patience
        while is_alive(job) and time.monotonic() < end:
            time.sleep(0.1)
    _end_all(members(job) or [process for process in family if process.is_running()], 3.0)
    is_alive(job)  # takes note of the end of a child
    return alive or bool(family)


def members(job: Job) -> list[psutil.Process]:
    """Every living process with the mark of the job."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(_MARK) == job.mark:
                found.append(process)
    return found


def _note_cancelled(job: Job, outputs: Path) -> None:
    """Put it on record, unless a later job has that name by now. What cannot be written does not keep a job running."""
    with suppress(InputError, OSError), job_lock(outputs, job.study, job.label):
        known = find_job(job.study, job.label, outputs)
        if known is not None and known.mark == job.mark:
            write_job(replace(known, cancelled=now()), outputs)


def _end_unrecorded(job: Job) -> None:
    """End a job just started, which nothing would find again."""
    os.killpg(job.pid, signal.SIGKILL)  # it leads a group of its own, and nobody took note of its end yet
    _CHILDREN.pop(job.pid).wait()
    _end_all(members(job), 2.0)


def _end_all(processes: list[psutil.Process], patience: float) -> None:
    """Ask them to end, then make them."""
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=patience)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=patience)
