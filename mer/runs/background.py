"""Studies and single runs as processes of their own: started from a notebook, found again after its kernel restarts.

A job is ``mer study ...`` or ``mer run ...`` in a session of its own, so that nothing that ends the notebook's kernel
ends it. What is known of it stands in ``outputs/<study>/.background/<label>.json``, what it prints in
``outputs/<study>/.logs``. Resuming is starting the same again: finished runs and folds stand.

All processes of a job (its kernels, their workers) inherit a mark in their environment. It tells them from a process
that has got the number of one that ended, and finds those that outlive the one that started them.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from mer.core.errors import InputError
from mer.core.files import read_json, write_json
from mer.core.paths import outputs_dir, project_dir
from mer.runs.engine import kernel_environment
from mer.runs.record import now

FOLDER, LOGS = ".background", ".logs"
#: Label of the job that runs a whole study.
WHOLE_STUDY = "study"
_MARK = "MER_JOB"
_KEPT_LOGS = 10
#: What a notebook's kernel has in its environment that is about that kernel.
_OF_THE_KERNEL = ("JPY_", "MPLBACKEND", "PYDEVD")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CHILDREN: dict[int, subprocess.Popen] = {}  # started by this process, which must take note of their end


@dataclass(frozen=True)
class Job:
    """A process that runs a study or a single run.

    Attributes:
        study: its folder in ``outputs``; ``single`` for single runs.
        label: `WHOLE_STUDY`, or the name of the single run.
        arguments: of ``mer``.
        pid: of the process.
        created: when the system says that it began, seconds since 1970.
        started: the same for people, UTC.
        mark: what all its processes have in their environment.
        log: file with what it prints.
        cancelled: when it was cancelled, UTC; empty where it was not.
    """

    study: str
    label: str
    arguments: tuple[str, ...]
    pid: int
    created: float
    started: str
    mark: str
    log: str
    cancelled: str = ""

    @property
    def command(self) -> str:
        """The command as a person would type it."""
        import shlex

        return shlex.join(["mer", *self.arguments])


def start_job(study: str, label: str, arguments: Sequence[str], outputs: Path | None = None) -> Job:
    """Start ``mer`` with these arguments in the background.

    Raises:
        InputError: it is running already, or the outputs folder cannot be written.
    """
    outputs = outputs or outputs_dir()
    with _starting(outputs, study, label):
        earlier = find_job(study, label, outputs)
        if earlier is not None:
            if is_alive(earlier):
                raise InputError(
                    f"{earlier.command} is running already, since {earlier.started} (process {earlier.pid}). "
                    "Cancel it first, or wait for its end."
                )
            _end_all(_members(earlier), 2.0)  # what a killed one may have left behind
        log = _new_log(outputs / study / LOGS, label)
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
            write_json(_file(outputs, study, label), asdict(job))
        except (InputError, OSError) as error:
            _end_unrecorded(job)
            raise InputError(f"{job.command} was not started, for it cannot be put on record: {error}") from error
    return job


def find_jobs(outputs: Path | None = None) -> list[Job]:
    """All jobs that are known, running or not."""
    files = (outputs or outputs_dir()).glob(f"*/{FOLDER}/*.json")
    return [job for path in sorted(files) if (job := _read(path)) is not None]


def find_job(study: str, label: str = WHOLE_STUDY, outputs: Path | None = None) -> Job | None:
    """The last job of that name, running or not; None where there was none or its file is broken."""
    return _read(_file(outputs or outputs_dir(), study, label))


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
    members = _members(job)
    if alive:
        _note_cancelled(job, outputs or outputs_dir())
        with suppress(psutil.Error):
            psutil.Process(job.pid).terminate()
        end = time.monotonic() + patience
        while is_alive(job) and time.monotonic() < end:
            time.sleep(0.1)
    _end_all(_members(job) or [process for process in members if process.is_running()], 3.0)
    is_alive(job)  # takes note of the end of a child
    return alive or bool(members)


def log_tail(job: Job, lines: int = 12) -> str:
    """The last lines of what it printed; empty where the log is gone."""
    try:
        with open(job.log, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 8192))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(_ESCAPES.sub("", text).rstrip().splitlines()[-lines:])


def _note_cancelled(job: Job, outputs: Path) -> None:
    """Put it on record, unless a later job has that name by now. What cannot be written does not keep a job running."""
    with suppress(InputError, OSError), _starting(outputs, job.study, job.label):
        known = find_job(job.study, job.label, outputs)
        if known is not None and known.mark == job.mark:
            write_json(_file(outputs, job.study, job.label), asdict(replace(known, cancelled=now())))


def _end_unrecorded(job: Job) -> None:
    """End a job just started, which nothing would find again."""
    os.killpg(job.pid, signal.SIGKILL)  # it leads a group of its own, and nobody took note of its end yet
    _CHILDREN.pop(job.pid).wait()
    _end_all(_members(job), 2.0)


def _members(job: Job) -> list[psutil.Process]:
    """Every living process with the mark of the job."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(_MARK) == job.mark:
                found.append(process)
    return found


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


@contextmanager
def _starting(outputs: Path, study: str, label: str) -> Iterator[None]:
    """Only one at a time starts a job of that name."""
    path = _file(outputs, study, label).with_suffix(".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        (outputs / study / LOGS).mkdir(exist_ok=True)
        stream = open(path, "a", encoding="utf-8")  # noqa: SIM115  closed below
    except OSError as error:
        raise InputError(
            f"Cannot write {path.parent}: {error.strerror or error}. Choose another folder with MER_OUTPUTS."
        ) from error
    with stream:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield


def _new_log(folder: Path, label: str) -> Path:
    """A new file for what a job prints; of those before it the last few are kept."""
    for old in sorted(folder.glob(f"{label}-2*.log"))[: -_KEPT_LOGS + 1]:
        old.unlink(missing_ok=True)
    return folder / f"{label}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.log"


def _file(outputs: Path, study: str, label: str) -> Path:
    return outputs / study / FOLDER / f"{label}.json"


def _read(path: Path) -> Job | None:
    try:
        known: dict[str, Any] = read_json(path)
        return Job(**known | {"arguments": tuple(known["arguments"]), "pid": int(known["pid"])})
    except (InputError, OSError, TypeError, KeyError, ValueError):
        return None
