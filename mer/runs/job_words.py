"""What is said of the jobs of a study on a cluster, and of those that failed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mer.core.slurm.jobs import Lost, Part, tail, words
from mer.core.slurm.submit import Raised

#: Reasons to wait that pass by themselves; others are told.
_USUAL = ("", "None", "Priority", "Resources", "Dependency", "JobArrayTaskLimit", "BeginTime", "Licenses")


def queue_words(parts: Sequence[Part]) -> str:
    """How many run and wait, and why: ``2 running, 1 queued (Resources)``."""
    queued = [part for part in parts if part.state.state != "RUNNING"]
    reasons = sorted({part.state.reason for part in queued if part.state.reason})
    why = f" ({', '.join(reasons)})" if reasons else ""
    return f"{len(parts) - len(queued)} running, {len(queued)} queued{why}"


def job_words(part: Part) -> str:
    """What a person should know of a job: where it runs, or what keeps it; empty where it waits as usual."""
    if part.state.state == "RUNNING":
        return f"job {part.job} runs on {part.state.node}"
    return "" if part.state.reason in _USUAL else f"job {part.job} waits: {part.state.reason}"


def failure(part: Part, outcome: Any, study: str, log: Path, cancelled: bool) -> str:
    """Why a run has no result, and where to read more.

    Args:
        part: the run, in its last job.
        outcome: `Lost`, `Raised`, or what the job says of its notebook (``failed``).
        study: its name.
        log: of the job.
        cancelled: whether a user ended it.
    """
    if isinstance(outcome, Lost) and cancelled:
        return f"Run {part.name!r} of study {study!r} was cancelled (job {part.job})."
    if isinstance(outcome, Lost):
        return (
            f"Run {part.name!r} of study {study!r} was lost {outcome.times} times, last in job "
            f"{part.job}: {words(outcome.state)}. What is finished is kept; the same command goes on from there. "
            "Ask for more time or memory (--slurm minutes=... memory=...) if it ran out of them.\n"
            f"  Its log: {log}{tail(log)}"
        )
    if isinstance(outcome, Raised):
        text = f"Run {part.name!r} of study {study!r} failed. {outcome.kind}: {outcome.message}"
        return f"{text}\n  Its log: {log}{'' if outcome.error else tail(log)}"
    return f"{outcome['failed']}\n  Its log: {log}"
