"""What is known of the jobs that run in the background: one file a job, and the logs of what they print.

A job is a process that runs ``mer study ...`` or ``mer run ...``; `mer.runs.background` starts and ends it. Its record
stands in ``outputs/<study>/.background/<label>.json``, what it prints in ``outputs/<study>/.logs``.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import read_mapping, write_json
from mer.core.locked import open_lock
from mer.core.paths import outputs_dir
from mer.core.run_record import RECORD_FORMAT, refuse_newer
from mer.core.sealed import FORMAT, OtherFormat
from mer.runs.folder import OTHER_FOLDER

FOLDER, LOGS = ".background", ".logs"
#: Label of the job that runs a whole study.
WHOLE_STUDY = "study"
KEPT_LOGS = 10
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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


def find_jobs(outputs: Path | None = None) -> list[Job]:
    """All jobs that are known, running or not; none of a newer version of this suite."""
    found = []
    for path in sorted((outputs or outputs_dir()).glob(f"*/{FOLDER}/*.json")):
        with suppress(OtherFormat):
            found.append(_read(path))
    return [job for job in found if job is not None]


def find_job(study: str, label: str = WHOLE_STUDY, outputs: Path | None = None) -> Job | None:
    """The last job of that name, running or not; None where there was none or its file is broken.

    Raises:
        OtherFormat: a newer version of this suite started it: whether it runs is not known, it would be started twice.
    """
    return _read(job_file(outputs or outputs_dir(), study, label))


def write_job(job: Job, outputs: Path) -> None:
    """Put a job on record.

    Raises:
        InputError, OSError: it cannot be written.
    """
    write_json(job_file(outputs, job.study, job.label), {FORMAT: RECORD_FORMAT, **asdict(job)})


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


def new_log(folder: Path, label: str) -> Path:
    """A new file for what a job prints, and its folder; of those before it the last few are kept.

    Raises:
        InputError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot write {folder}: {error.strerror or error}. {OTHER_FOLDER}") from error
    for old in sorted(folder.glob(f"{label}-2*.log"))[: -KEPT_LOGS + 1]:
        old.unlink(missing_ok=True)
    return folder / f"{label}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.log"


@contextmanager
def job_lock(outputs: Path, study: str, label: str) -> Iterator[None]:
    """Only one process at a time starts a job of that name, or changes its record.

    Raises:
        InputError: the outputs folder cannot be written.
    """
    path = job_file(outputs, study, label).with_suffix(".lock")
    with open_lock(path, OTHER_FOLDER) as stream:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield


def job_file(outputs: Path, study: str, label: str) -> Path:
    """Where the record of a job stands."""
    return outputs / study / FOLDER / f"{label}.json"


def _read(path: Path) -> Job | None:
    try:
        known = read_mapping(path, arguments=list, pid=int, created=(int, float), started=str, mark=str, log=str)
        number = known.pop(FORMAT, None)
    except InputError:
        return None
    refuse_newer(path, number)
    try:
        return Job(**known | {"arguments": tuple(map(str, known["arguments"]))})
    except TypeError:
        return None
