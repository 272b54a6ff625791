"""Where the jobs of a study on a cluster leave what they write, and which job was whose.

Below ``outputs/<study>/.logs``: ``jobs.json`` (the last job of each run), ``<job>_0_log.err`` and ``.out`` of the jobs
that execute notebooks, and a folder for each run with the same of the jobs of its parts. Which of them are kept says
`mer.core.slurm.logs`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import read_mapping, write_json
from mer.core.run_record import RECORD_FORMAT, refuse_newer
from mer.core.sealed import FORMAT
from mer.core.slurm.logs import log_file
from mer.core.stamp import now
from mer.runs.jobs import LOGS

_RECORD = "jobs.json"
_REMEDY = "Delete the file once none of its jobs runs (squeue)."
_KINDS = {"run": str, "job": str, "key": str, "submitted": str, "cancelled": bool}


@dataclass(frozen=True)
class RunJob:
    """The last job that executes, or executed, the notebook of a run.

    Attributes:
        run: its name.
        job: id in SLURM; while it is submitted a ticket (`mer.core.slurm.tickets`), empty where none was.
        key: what it computes: the hash of the run, and whether it was forced.
        submitted: when, UTC.
        cancelled: whether a user ended it, so that nobody submits it again.
    """

    run: str
    job: str
    key: str
    submitted: str
    cancelled: bool = False


def logs_folder(outputs: Path, study: str, run: str = "") -> Path:
    """Where jobs of a study write, or those of the parts of one of its runs."""
    return outputs / study / LOGS / run


def record_path(outputs: Path, study: str) -> Path:
    """The file with the last job of each run."""
    return logs_folder(outputs, study) / _RECORD


def read_run_jobs(outputs: Path, study: str) -> dict[str, RunJob]:
    """The last job of each run that ever was on a cluster.

    Raises:
        InputError: the record cannot be read, or is of a newer version of this suite: whose jobs run is then not known,
            and what runs would be started twice.
    """
    path = record_path(outputs, study)
    if not path.exists():
        return {}
    content = read_mapping(path)
    found = {}
    for run, known in content.items():
        if not isinstance(known, dict):
            raise InputError(f"{path}: {run!r} is {known!r:.60}, expected an object. {_REMEDY}")
        fields = dict(known)
        refuse_newer(path, fields.pop(FORMAT, None))
        try:
            found[run] = RunJob(**fields)
        except TypeError as error:
            raise InputError(f"{path}: {run!r} is no job ({error}). {_REMEDY}") from error
        if odd := [name for name, kind in _KINDS.items() if not isinstance(getattr(found[run], name), kind)]:
            raise InputError(f"{path}: {odd[0]!r} of {run!r} is {fields[odd[0]]!r:.60}. {_REMEDY}")
    return found


def write_run_jobs(outputs: Path, study: str, jobs: Mapping[str, RunJob]) -> None:
    """Put jobs on record, beside those of other runs.

    Raises:
        InputError: nothing can be written there.
    """
    known = {**read_run_jobs(outputs, study), **jobs}
    write_json(record_path(outputs, study), {run: {FORMAT: RECORD_FORMAT, **asdict(job)} for run, job in known.items()})


def run_job(run: str, job: str, key: str) -> RunJob:
    """A job that was just submitted."""
    return RunJob(run, job, key, submitted=now())


def log_lines(outputs: Path, study: str, run: str = "") -> list[str]:
    """Every log of a study's jobs, or of those of one run: whose it is, and its path."""
    lines = []
    jobs = read_run_jobs(outputs, study)
    base = logs_folder(outputs, study)
    names = {path.name for path in base.glob("*") if path.is_dir()} | set(jobs)
    for name in sorted(names & {run} if run else names):
        if name in jobs and (log := log_file(base, jobs[name].job)).is_file():
            lines += [f"{name}  notebook, job {jobs[name].job}  {log}"]
        logs = sorted((base / name).glob("*_log.err"), key=_order)
        lines += [f"{name}  part, job {_job(log)}  {log}" for log in logs]
    if not run:
        lines += [f"{study}  started from a board  {log}" for log in sorted(base.glob("*.log"))]
    return lines


def _job(log: Path) -> str:
    return log.name.removesuffix("_0_log.err")


def _order(log: Path) -> tuple[int, ...]:
    return tuple(int(word) for word in _job(log).split("_") if word.isdigit())
