"""What is said of the jobs of a study on a cluster, and of those that failed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mer.core.executor import SlurmSettings
from mer.core.slurm.jobs import Lost, Part
from mer.core.slurm.logs import tail, words
from mer.core.slurm.outcome import Failed, Raised
from mer.runs.plan import Done, PlannedRun

#: Reasons to wait that pass by themselves; others are told.
_USUAL = ("", "None", "Priority", "Resources", "Dependency", "JobArrayTaskLimit", "BeginTime", "Licenses")


def queue_words(parts: Sequence[Part]) -> str:
    """How many run and wait, and why: ``2 running, 1 queued (Resources)``."""
    queued = [part for part in parts if part.state.state != "RUNNING"]
    reasons = sorted({part.state.reason for part in queued if part.state.reason})
    why = f" ({', '.join(reasons)})" if reasons else ""
    return f"{len(parts) - len(queued)} running, {len(queued)} queued{why}"


def jobs_words(jobs: Sequence[str]) -> str:
    """How many, and which: ``2 jobs (12_0, 12_1)``."""
    return f"{len(jobs)} job{'s' * (len(jobs) != 1)} ({', '.join(jobs)})"


def job_words(part: Part) -> str:
    """What a person should know of a job: where it runs, or what keeps it; empty where it waits as usual."""
    if part.state.state == "RUNNING":
        return f"job {part.job} runs on {part.state.node}"
    return "" if part.state.reason in _USUAL else f"job {part.job} waits: {part.state.reason}"


def failure(part: Part, outcome: Lost | Raised | Failed, study: str, log: Path, cancelled: bool) -> str:
    """Why a run has no result, and where to read more.

    Args:
        part: the run, in its last job.
        outcome: `Lost`, `Raised`, or `Failed` for an error of its notebook.
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
    return f"{outcome.reason}\n  Its log: {log}"


def submitted_plan(plan: Sequence[Done], runs: Sequence[PlannedRun], settings: SlurmSettings) -> list[Done]:
    """A plan that says of every run how it is submitted: those that wait for the same runs are one job array.

    Args:
        plan: of one machine.
        runs: those of the plan.
        settings: what each job asks for.
    """
    wanted = {done.run for done in plan if done.outcome != "up to date"}
    waits = {run.name: frozenset(run.needs) & wanted for run in runs}
    together = Counter(waits[name] for name in wanted)
    asked = asked_words(settings)
    said = []
    for done in plan:
        how = "a SLURM job" if together[waits[done.run]] == 1 else "one of a SLURM job array"
        said.append(replace(done, outcome=f"{done.outcome}: {how}, {asked}") if done.run in wanted else done)
    return said


def asked_words(settings: SlurmSettings) -> str:
    """What a job asks for: ``partition gpu, 4 CPUs, 16 GB, 1 GPU, 240 min``."""
    words = [
        f"partition {settings.partition}" if settings.partition else "default partition",
        f"account {settings.account}" if settings.account else "",
        f"{settings.cpus} CPU{'s' * (settings.cpus != 1)}",
        f"{settings.memory:g} GB" if settings.memory else "default memory",
        f"{settings.gpus} GPU{'s' * (settings.gpus != 1)}" if settings.gpus else "no GPU",
        f"{settings.minutes} min" if settings.minutes else "default time limit",
        settings.extra,
    ]
    return ", ".join(filter(None, words))
