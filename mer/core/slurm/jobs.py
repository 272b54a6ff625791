"""Calls as jobs of a SLURM cluster: submitted as arrays, watched, submitted again where a job was killed or lost.

A call that raises is at an end: its error is no accident, and is handed on with the job's log. A job that ends without
having written a result (killed, out of memory or of time, node failed) is lost, and its call submitted again, up to
``SlurmSettings.retries`` times; calls must therefore go on from what they left on disk.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.slurm.logs import log_file, remove_logs, words
from mer.core.slurm.outcome import NO_OUTCOME, Failed, Raised, outcome_of
from mer.core.slurm.queue import GONE, JobState, Queue, Silent, cancel, hold, most_in_an_array
from mer.core.slurm.submit import submitted
from mer.core.slurm.tickets import is_ticket, new_name, revoke, revoke_in_time, ticket, ticket_names

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
        call: without arguments; it can be pickled, and what it returns is what JSON holds (`mer.core.slurm.outcome`).
        name: for people.
        job: id of its job, or of the part of an array; empty before it is submitted and after it is at an end; a ticket
            (`mer.core.slurm.tickets`) while it is submitted.
        state: of that job, as last seen.
        lost: jobs of it that were lost.
        submitted: when its job was submitted or found (`time.monotonic`).
        withdrawn: its job is being taken out of the queue, so that its end is no loss.
        missing_since: since when its job is seen ended without a result.
        keys: what it computes, by which another process knows it again.
        earlier: jobs that it was in before; their logs are kept until it has a result.
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
    earlier: list[str] = field(default_factory=list)

    @property
    def is_submitted(self) -> bool:
        """Whether it is in another job than those that it was in before."""
        return self.job not in ("", *self.earlier)


class Jobs:
    """Parts that are in the hands of the cluster.

    Args:
        settings: what each job asks for.
        folder: for scripts, logs and results; on a file system that all nodes share.
        name: of the jobs, as ``squeue`` shows it.
        environment: variables for the jobs, beside those of this process.
        say, retry: told what a person should know; whether a lost part may be submitted again.
        note: given the parts of every array, before it is submitted and after, to write down whose job is which; again
            where it was not, each part as it was before: in no job, or in the last one of ``earlier``.
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
            for part, job in zip(some, self._submitted(some), strict=True):
                self.adopt(part, job, JobState("PENDING"))
            self._note(some)
        self._changed, self._asked = time.monotonic(), -_LAST_ASK

    def _submitted(self, parts: Sequence[Part]) -> list[str]:
        """Ids of their jobs in one array, however often it takes to have it submitted."""
        before = [part.job for part in parts]
        name = new_name(self.name)
        try:
            while True:
                for position, part in enumerate(parts):
                    self.adopt(part, ticket(name, position), JobState("PENDING"))
                self._note(parts)
                with suppress(Silent):
                    calls = [part.call for part in parts]
                    return submitted(calls, self.settings, self.folder, name, self._environment)
                self._say("The SLURM controller does not answer; submitting again.")
                revoke_in_time(self.folder, name)  # it may have been taken all the same
                name = new_name(self.name)
        except BaseException:  # refused; or interrupted, and taken all the same
            self.parts = [part for part in self.parts if not any(part is one for one in parts)]
            with suppress(Silent, InputError):  # what was sent is deleted, so none of these jobs does anything
                revoke(self.folder, name)
                for part, job in zip(parts, before, strict=True):
                    part.job = job
                self._note(parts)
            raise

    def adopt(self, part: Part, job: str, state: JobState) -> None:
        """Wait for a part that another process submitted."""
        part.job, part.state, part.submitted, part.missing_since = job, state, time.monotonic(), None
        if part not in self.parts:
            self.parts.append(part)

    def poll(self) -> list[tuple[Part, Any]]:
        """Parts that came to an end since the last call, each with what it returned (`Failed` too), `Raised` or `Lost`.

        Lost parts are submitted again here, while they may be.
        """
        states = self._states()
        there = self._files()
        ended: list[tuple[Part, Any]] = []
        again: list[Part] = []
        for part in self.parts:
            name = f"{part.job}_0_result.pkl"
            if name in there and (value := outcome_of(self.folder / name, self._say)) is not NO_OUTCOME:
                ended.append((part, value))
                if not isinstance(value, Failed | Raised):
                    remove_logs(self.folder, set(part.earlier) - {part.job})
            elif states is not None:
                part.state = states.get(part.job, JobState(GONE))
                if not part.state.ended:
                    part.missing_since = None
                elif self._is_lost(part):
                    part.lost += 1
                    part.earlier.append(part.job)
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
        """End all jobs that are not at an end.

        Raises:
            Silent: the controller did not answer.
        """
        for name in ticket_names(part.job for part in self.parts):
            revoke(self.folder, name)
        cancel(part.job for part in self.parts if not is_ticket(part.job))

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
