"""Calls as jobs of a SLURM cluster: submitted as arrays, watched, submitted again where a job was killed or lost.

A call that raises is at an end: its error is no accident, and is handed on with the job's log. A job that ends without
having written a result (killed, out of memory or of time, node failed) is lost, and its call submitted again, up to
``SlurmSettings.retries`` times; calls must therefore go on from what they left on disk.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mer.core.executor import SlurmSettings
from mer.core.slurm.queue import GONE, JobState, Queue, cancel, hold, most_in_an_array
from mer.core.slurm.submit import read_result, submitted

_FIRST_ASK, _LAST_ASK = 2.0, 30.0  # seconds between two looks at the queue: soon at first, then rarely


@dataclass(frozen=True)
class Lost:
    """A call whose job was killed or lost more often than it is tried again."""

    state: JobState
    times: int


@dataclass
class Part:
    """A call and the job that it is in.

    Attributes:
        call: without arguments; it and what it returns can be pickled.
        name: for people.
        job: id of its job, or of the part of an array; empty before it is submitted and after it is at an end.
        state: of that job, as last seen.
        lost: jobs of it that were lost.
        submitted: when its job was submitted or found (`time.monotonic`).
        withdrawn: its job is being taken out of the queue, so that its end is no loss.
        missing_since: since when its job is seen ended without a result.
        keys: what it computes, by which another process knows it again.
    """

    call: Callable[[], Any]
    name: str
    job: str = ""
    state: JobState = field(default_factory=lambda: JobState("PENDING"))
    lost: int = 0
    submitted: float = 0.0
    withdrawn: bool = False
    missing_since: float | None = None
    keys: tuple[str, ...] = ()


class Jobs:
    """Parts that are in the hands of the cluster.

    Args:
        settings: what each job asks for.
        folder: for scripts, logs and results; on a file system that all nodes share.
        name: of the jobs, as ``squeue`` shows it.
        environment: variables for the jobs, beside those of this process.
        say: told what a person should know.
        retry: whether a lost part may be submitted again.
        note: given the parts of every array that was submitted, to write down whose job is which.
        again: submits lost parts again; None for `submit`.
    """

    def __init__(
        self,
        settings: SlurmSettings,
        folder: Path,
        name: str,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda text: None,
        retry: Callable[[Part], bool] = lambda part: True,
        note: Callable[[Sequence[Part]], None] = lambda parts: None,
        again: Callable[[Sequence[Part]], None] | None = None,
    ) -> None:
        self.settings, self.folder, self.name = settings, folder, name
        self.parts: list[Part] = []
        self.queue = Queue(say)
        self._environment = dict(environment or {})
        self._say, self._retry, self._note = say, retry, note
        self._again = again or self.submit
        self._asked, self._changed = -_LAST_ASK, time.monotonic()
        self._most = 0  # jobs an array; not yet known

    def submit(self, parts: Sequence[Part]) -> None:
        """Hand parts to the cluster, as few arrays as possible.

        Raises:
            InputError: SLURM refuses them, with its words; or nothing can be written to the folder.
        """
        if len(parts) > 1 and not self._most:
            self._most = most_in_an_array()
        most = self._most or 1
        for first in range(0, len(parts), most):
            some = parts[first : first + most]
            names = submitted([part.call for part in some], self.settings, self.folder, self.name, self._environment)
            for part, job in zip(some, names, strict=True):
                part.job, part.state, part.submitted = job, JobState("PENDING"), time.monotonic()
                part.missing_since = None
                if part not in self.parts:
                    self.parts.append(part)
            self._note(some)
        self._changed, self._asked = time.monotonic(), -_LAST_ASK

    def adopt(self, part: Part, job: str, state: JobState) -> None:
        """Wait for a part that another process submitted."""
        part.job, part.state, part.submitted, part.missing_since = job, state, time.monotonic(), None
        if part not in self.parts:
            self.parts.append(part)

    def poll(self) -> list[tuple[Part, Any]]:
        """Parts that came to an end since the last call, each with what it returned, `Raised` or `Lost`.

        Lost parts are submitted again here, while they may be.
        """
        states = self._states()
        there = self._files()
        ended: list[tuple[Part, Any]] = []
        again: list[Part] = []
        for part in self.parts:
            if (name := f"{part.job}_0_result.pkl") in there:
                ended.append((part, read_result(self.folder / name)))
            elif states is not None:
                part.state = states.get(part.job, JobState(GONE))
                if not part.state.ended:
                    part.missing_since = None
                elif self._is_lost(part):
                    part.lost += 1
                    if part.lost <= self.settings.retries and self._retry(part):
                        again.append(part)
                    else:
                        ended.append((part, Lost(part.state, part.lost)))
        for part, _ in ended:
            self.parts.remove(part)
        for part in again:
            told = self.log(part)
            self._say(f"{part.name}: job {part.job} was lost ({words(part.state)}); submitted again. Its log: {told}")
        if again:
            self._again(again)
        return ended

    def withdraw(self, part: Part) -> bool | None:
        """Take a part out of the queue if it has not begun; to be called until that is certain.

        Held first, for a job may begin while it is looked at; ended when it is seen held. Its end is then no loss.

        Returns:
            True when no job will run it any more, False when it began, None while that is not certain.

        Raises:
            Silent: the controller did not answer.
        """
        if not part.withdrawn:
            hold(part.job)
            part.withdrawn = True
        elif part.state.state in ("CANCELLED", GONE):
            return True
        elif part.state.state != "PENDING":
            hold(part.job, held=False)
            part.withdrawn = False
            return False
        elif "Held" in part.state.reason:
            cancel([part.job])
        else:
            return None
        self._asked = -_LAST_ASK  # look at once
        return None

    def cancel(self) -> None:
        """End all jobs that are not at an end."""
        cancel(part.job for part in self.parts)

    def log(self, part: Part) -> Path:
        """File with what the part's job writes to standard error."""
        return log_file(self.folder, part.job)

    def _is_lost(self, part: Part) -> bool:
        """Its job ended by itself, and its result had time enough to come over the network."""
        if part.withdrawn:
            return False
        now = time.monotonic()
        part.missing_since = part.missing_since or now
        return now - part.missing_since >= self.settings.patience

    def _states(self) -> dict[str, JobState] | None:
        """None where it is not yet time to ask again, or nobody answers."""
        now = time.monotonic()
        waited = now - self._changed
        missing = any(part.missing_since is not None for part in self.parts)
        if now - self._asked < (_FIRST_ASK if missing else min(_LAST_ASK, max(_FIRST_ASK, waited / 20))):
            return None
        found = self.queue.states()
        self._asked = time.monotonic()
        return found

    def _files(self) -> set[str]:
        """Names in the folder; listing it, rather than asking for each, sees what other nodes made."""
        try:
            return set(os.listdir(self.folder))
        except OSError:
            return set()


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


def remove_pickles(folder: Path) -> None:
    """Delete what was only needed to run jobs that are all at an end; their logs and scripts stay."""
    for pattern in ("*.pkl", ".submission_file_*"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
