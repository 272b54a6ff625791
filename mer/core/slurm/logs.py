"""What jobs leave in their folder: what they wrote, and what is said of it.

Of the attempts at a call only the log of the last one is kept: those of jobs that were lost, and of a notebook's job of
an earlier start, are deleted as soon as the call has a result. The others stay: they are small, and may hold a warning.
"""

from collections.abc import Iterable
from pathlib import Path

from mer.core.slurm.queue import GONE, JobState


def log_file(folder: Path, job: str) -> Path:
    """Where the standard error of a job goes; its standard output lies beside it (``.out``)."""
    return folder / f"{job}_0_log.err"


def words(state: JobState) -> str:
    """A state for people: ``NODE_FAIL on n1``, ``PENDING, Resources``."""
    text = "no longer in the queue" if state.state == GONE else state.state
    return f"{text}{f' on {state.node}' if state.node else ''}{f', {state.reason}' if state.reason else ''}"


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, indented, each on a line of its own; empty where there is none."""
    try:
        kept = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-lines:]
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in kept if "submitit INFO" not in line)


def remove_logs(folder: Path, jobs: Iterable[str]) -> None:
    """Delete what jobs wrote of which nothing is needed any more."""
    for job in jobs:
        log = log_file(folder, job)
        for path in (log, log.with_suffix(".out")):
            path.unlink(missing_ok=True)


def remove_pickles(folder: Path) -> None:
    """Delete what was only needed to run jobs that are all at an end; their logs and scripts stay."""
    for pattern in ("*.pkl", ".submission_file_*"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
