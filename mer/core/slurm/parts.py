"""Parts of a run as a job array of a SLURM cluster, from the process that waits for them.

That process is usually the kernel of a notebook that is in a job itself. While parts of it still wait for a place on
the cluster, it takes them out of the queue one after the other and computes them where it is: the processors and GPUs
of its job are not idle, and a cluster that is full of notebooks that wait for their parts comes to an end all the same.

When the process is killed, its jobs go on. Started again it finds them (``parts.json`` beside their logs: which job
computes which call) and waits for those that compute a call that is still wanted, whatever calls were beside it; others
are ended first, so that no call is computed twice at a time.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from mer.core.errors import InputError
from mer.core.executor import EXECUTOR, LOCAL, LOGS, SlurmSettings
from mer.core.files import digest
from mer.core.paths import outputs_dir
from mer.core.slurm.check import check_cluster
from mer.core.slurm.in_thread import InThread
from mer.core.slurm.jobs import Jobs, Lost, Part
from mer.core.slurm.logs import remove_pickles, tail, words
from mer.core.slurm.outcome import Raised
from mer.core.slurm.part_jobs import part_record, read_part_jobs, write_part_jobs
from mer.core.slurm.queue import Silent, cancel
from mer.core.slurm.tickets import is_ticket, resolved

Result = TypeVar("Result")
Here = Callable[[Sequence[Callable[[], Any]], int], Iterator[Any]]
_STEP = 0.5  # seconds between two looks at the folder


def spread_on_cluster(
    calls: Sequence[Callable[[], Result]], workers: int, settings: SlurmSettings, here: Here
) -> Iterator[Result]:
    """What the calls return, as they come to an end.

    Args:
        calls: as for `mer.core.spread.spread`.
        workers: calls that a job computes side by side.
        settings: what a job asks for.
        here: computes calls on this machine.

    Raises:
        InputError: the cluster refuses the jobs, or loses one more often than it is tried again.
        PartFailed: a call raised something else than an `InputError`, which is raised as it is.
    """
    logs = Path(os.environ.get(LOGS) or outputs_dir() / "interactive" / ".logs" / f"kernel-{os.getpid()}")
    if len(calls) <= workers and "SLURM_JOB_ID" in os.environ and not part_record(logs).exists():
        yield from here(calls, workers)  # no need to wait for another job
        return
    if "SLURM_JOB_ID" not in os.environ:  # what submitted the job that this process is in has asked
        check_cluster(settings, _say)
    name = f"mer-{logs.parent.parent.name}-{logs.name}"
    yield from _Spread(
        _keyed(calls), workers, here, partial(Jobs, settings, logs, name, {EXECUTOR: LOCAL}, _say)
    ).results()


class PartFailed(RuntimeError):
    """A call raised in a job; the message has its traceback and says where its log is."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: how parts are waited for is of no interest beside the traceback in the message."""
        return [f"{type(self).__name__}: {self}"]


class _Spread:
    """Parts in the hands of the cluster, and the one that is computed here meanwhile."""

    def __init__(
        self, calls: dict[str, Callable[[], Any]], workers: int, here: Here, jobs: Callable[..., Jobs]
    ) -> None:
        self.calls, self.workers, self.here = calls, workers, here
        self.jobs = jobs(note=self._note)
        self.asked: Part | None = None  # taken out of the queue, but that is not yet certain
        self.own: tuple[Part, InThread] | None = None

    def results(self) -> Iterator[Any]:
        parts = self._found()
        finished = False
        try:
            self._begin(parts)
            while self.jobs.parts or self.own:
                for part, outcome in self._ended():
                    yield from _checked(part, outcome, self.jobs)
                self._take()
                time.sleep(_STEP)
            finished = True
        finally:
            # An error, or the notebook was interrupted: jobs that cannot be ended now are ended by the next start.
            try:
                if finished or _try_to_cancel(self.jobs):
                    part_record(self.jobs.folder).unlink(missing_ok=True)
            finally:
                if self.own:
                    self.own[1].end()
        remove_pickles(self.jobs.folder)

    def _found(self) -> list[Part]:
        """The parts, first those that are in jobs of an earlier process; interrupted, it leaves jobs and record."""
        self.jobs.folder.mkdir(parents=True, exist_ok=True)
        known = resolved(read_part_jobs(self.jobs.folder), self.jobs.folder, self.jobs.queue)
        alive = self.jobs.queue.alive(set(known.values()), self.jobs.folder) if known else {}
        found: dict[str, list[str]] = {}  # calls of each job
        for key in self.calls:
            if (job := known.get(key, "")) in alive:
                found.setdefault(job, []).append(key)
        groups = [*found.values(), *_even([key for key in self.calls if known.get(key, "") not in alive], self.workers)]
        parts = [self._part(keys, f"part {number} of {len(groups)}") for number, keys in enumerate(groups, start=1)]
        for part, job in zip(parts, found, strict=False):
            self.jobs.adopt(part, job, alive[job])
        if others := set(alive) - set(found):
            _say(f"{len(others)} jobs of an earlier start compute something else now; they are ended first.")
            _end(others, self.jobs)
        if found:
            self._note(parts)  # by their numbers
            _say(f"Waiting for {len(found)} jobs of an earlier start.")
        return parts

    def _begin(self, parts: list[Part]) -> None:
        self.jobs.submit([part for part in parts if not part.job])
        arrays = sorted({part.job.partition("_")[0] for part in parts}, key=int)
        _say(f"{len(parts)} parts as jobs {', '.join(arrays)} of SLURM; logs in {self.jobs.folder}")

    def _part(self, keys: Sequence[str], name: str) -> Part:
        calls = {key: self.calls[key] for key in keys}
        return Part(partial(_whole, self.here, calls, self.workers), name, keys=tuple(keys))

    def _note(self, _: Sequence[Part]) -> None:
        """Write down which job computes what."""
        write_part_jobs(self.jobs.folder, {key: part.job for part in self.jobs.parts for key in part.keys})

    def _ended(self) -> list[tuple[Part, Any]]:
        ended = self.jobs.poll()
        if self.own and self.own[1].done:
            part, thread = self.own
            self.own = None
            ended.append((part, thread.result()))  # raises what the call raised
        return ended

    def _take(self) -> None:
        """Compute a part here that waits for its turn on the cluster; only in a job, which has the means for it."""
        if self.own or "SLURM_JOB_ID" not in os.environ:
            return
        soon = time.monotonic() - self.jobs.settings.patience
        waiting = [part for part in self.jobs.parts if part.state.state == "PENDING" and part.submitted <= soon]
        if self.asked not in self.jobs.parts:
            self.asked = waiting[-1] if waiting else None  # SLURM begins with the first
        if self.asked:
            with suppress(Silent):
                out = self.jobs.withdraw(self.asked)
                if out:
                    self.jobs.parts.remove(self.asked)
                    self.own = (self.asked, InThread(self.asked.call))
                if out is not None:
                    self.asked = None


def _keyed(calls: Sequence[Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """The calls by digests of them, by which another process knows them again."""
    import cloudpickle

    found: dict[str, Callable[[], Any]] = {}
    times: Counter[str] = Counter()
    for call in calls:
        key = digest(cloudpickle.dumps(call))
        times[key] += 1
        found[key if times[key] == 1 else f"{key}-{times[key]}"] = call
    return found


def _whole(here: Here, calls: dict[str, Callable[[], Any]], workers: int) -> dict[str, Any]:
    """What a job computes: what each call returns."""
    return dict(here([partial(_with_key, key, call) for key, call in calls.items()], workers))


def _with_key(key: str, call: Callable[[], Any]) -> tuple[str, Any]:
    return key, call()


def _even(calls: Sequence[Any], most: int) -> list[Sequence[Any]]:
    """In groups of at most ``most``, whose sizes differ by one at most."""
    count = -(-len(calls) // most)
    edges = [len(calls) * k // count for k in range(count + 1)] if count else []
    return [calls[low:high] for low, high in pairwise(edges)]


def _checked(part: Part, outcome: Any, jobs: Jobs) -> list[Any]:
    """The results of a part, of its calls alone: a job of an earlier start may have computed more.

    Raises:
        InputError, PartFailed: it has none.
    """
    log = jobs.log(part)
    if isinstance(outcome, Lost):
        raise InputError(
            f"{part.name.capitalize()} was lost {outcome.times} times, last in job {part.job}: {words(outcome.state)}. "
            "What is finished is kept. Ask for more time or memory (--slurm minutes=... memory=...) if it ran out of "
            f"them, or for more retries. Its log: {log}{tail(log)}"
        )
    if isinstance(outcome, Raised):
        where = f"\n  In job {part.job}; its log: {log}"
        if outcome.error is not None:
            raise type(outcome.error)(f"{outcome.error}{where}")
        raise PartFailed(f"{outcome.kind}: {outcome.message}\n{outcome.trace}{where}")
    return [outcome[key] for key in part.keys]


def _end(names: set[str], jobs: Jobs) -> None:
    while left := jobs.queue.alive(names, jobs.folder):
        with suppress(Silent):
            cancel(left)
        time.sleep(2)


def _try_to_cancel(jobs: Jobs) -> bool:
    try:
        jobs.cancel()
        return True
    except Silent:
        left = " ".join(part.job for part in jobs.parts if not is_ticket(part.job))
        _say(f"The SLURM controller does not answer, so jobs go on.{f' End them: scancel {left}' if left else ''}")
        return False


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
