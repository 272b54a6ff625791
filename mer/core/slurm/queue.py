"""What a SLURM cluster says of itself and of a user's jobs, asked of its controller alone.

Accounting (``sacct``) is switched off on many clusters, so a job's state is taken from ``squeue``, which forgets a job
some minutes after its end. A controller that does not answer (it restarts, or is overloaded) says nothing of any job:
it is asked again, and no job counts as failed for that.
"""

import math
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mer.core.errors import InputError

#: States in which a job will not run any more. (PREEMPTED and others that are requeued turn into PENDING.)
ENDED = frozenset(
    [
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"),
        *("REVOKED", "SPECIAL_EXIT", "TIMEOUT"),
    ]
)
#: Absent from the queue: it ended some time ago, or never was.
GONE = "GONE"
_SILENT = (
    *("unable to contact slurm controller", "connect failure", "connection refused", "connection failure"),
    *("socket timed out", "zero bytes were transmitted", "transport endpoint", "slurm backup controller"),
    *("temporarily unable to accept", "resource temporarily unavailable", "timed out"),
)
_ANSWER_SECONDS = 120
_REFUSALS, _REFUSED_SECONDS = 5, 120  # in a row, and for how long: then it will not answer any more
#: What of the environment is the user's, not the job's that this process is in: where the cluster is, and a key to it.
_KEPT = frozenset(["SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT"])
_MOST_IN_AN_ARRAY = 1000


class Silent(Exception):
    """The controller did not answer."""


@dataclass(frozen=True)
class JobState:
    """State of a job in SLURM's word, why it waits or ended, its node, and the script that it runs."""

    state: str
    reason: str = ""
    node: str = ""
    script: str = ""

    @property
    def ended(self) -> bool:
        """Whether it will not run any more."""
        return self.state in ENDED or self.state == GONE

    def is_from(self, folder: Path) -> bool:
        """Whether it was submitted from this very folder, not from one of which this is a copy."""
        try:
            return bool(self.script) and os.path.samefile(os.path.dirname(self.script), folder)
        except OSError:
            return False


class Queue:
    """The user's jobs, as the controller sees them.

    Args:
        say: told when the controller falls silent for a while, and when it answers again.
        patience: seconds that an answer is waited for, where it is.
    """

    def __init__(self, say: Callable[[str], None] = lambda text: None, patience: float = math.inf) -> None:
        self._say, self.patience = say, patience
        self._silent_since: float | None = None
        self._told = False
        self._refused: list[float] = []  # when

    def states(self, name: str = "") -> dict[str, JobState] | None:
        """State by job; the part of an array is ``<job>_<number>``. None where the controller does not answer.

        Args:
            name: of the jobs that are asked for; all of the user by default.

        Raises:
            InputError: ``squeue`` refuses to tell, time and again; with its words.
        """
        command = ["squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}"]
        command += [f"--name={name}"] if name else []
        try:
            text = ask([*command, "--format=%i|%T|%N|%r|%o"], min(_ANSWER_SECONDS, self.patience))
        except Silent:
            self._refused = []
            self._note_silence()
            return None
        except InputError as error:  # perhaps of a moment: a key that is being changed, a file system that is away
            self._refused.append(time.monotonic())
            if len(self._refused) >= _REFUSALS and self._refused[-1] - self._refused[0] >= _REFUSED_SECONDS:
                raise InputError(f"SLURM does not tell of jobs any more. {error}") from None
            return None
        self._refused = []
        if self._told:
            self._say("The SLURM controller answers again.")
        self._silent_since, self._told = None, False
        found = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            job, state, node, reason, script = [*line.split("|", 4), "", "", "", ""][:5]
            found[job] = JobState(state, "" if reason == "None" else reason, node, script)
        return found

    def answer(self, name: str = "") -> dict[str, JobState]:
        """The same, as soon as the controller answers.

        Raises:
            Silent: it did not in time.
            InputError: as for `states`.
        """
        end = time.monotonic() + self.patience
        while (states := self.states(name)) is None:
            if time.monotonic() >= end:
                raise Silent
            time.sleep(2)
        return states

    def alive(self, jobs: Iterable[str], folder: Path) -> dict[str, JobState]:
        """Those of these jobs that are not at an end and were submitted from a folder; waits for an answer.

        (A record that came with its folder from elsewhere has numbers that are here those of other jobs.)

        Raises:
            Silent, InputError: as for `answer`.
        """
        return {job: state for job, state in self.under_way(jobs).items() if state.is_from(folder)}

    def under_way(self, jobs: Iterable[str]) -> dict[str, JobState]:
        """Those of these jobs that are not at an end, wherever they were submitted from; else as `alive`."""
        states = self.answer()
        return {job: states[job] for job in jobs if job in states and not states[job].ended}

    def _note_silence(self) -> None:
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if not self._told and now - self._silent_since > 30:
            self._say("The SLURM controller does not answer; waiting for it. Jobs that run go on meanwhile.")
            self._told = True


def ask(command: Sequence[str], seconds: float = _ANSWER_SECONDS) -> str:
    """What a program of SLURM prints.

    Args:
        command: the program and its arguments.
        seconds: that it may take.

    Raises:
        Silent: the controller did not answer.
        InputError: it refused, with its words.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Silent from None
    except OSError as error:
        raise InputError(f"{command[0]} cannot be started: {error.strerror or error}.") from None
    if done.returncode == 0:
        return done.stdout
    text = (done.stderr or done.stdout).strip()
    if is_silence(text):
        raise Silent
    raise InputError(f"{command[0]}: {plain(text)}")


def plain(text: str) -> str:
    """What a program of SLURM says, in one line and each thing once, without the names of program and severity."""
    said = (re.sub(r"^\w+: ((error|fatal): )?", "", line.strip()) for line in text.splitlines())
    return "; ".join(dict.fromkeys(filter(None, said)))


def is_silence(text: str) -> bool:
    """Whether a program's error says that the controller did not answer."""
    return any(words in text.lower() for words in _SILENT)


def cancel(jobs: Iterable[str]) -> None:
    """End jobs; what ended by itself is no error.

    (``scancel`` with a filter, for instance of a state, may end all of an array where one part is named.)

    Raises:
        Silent: the controller did not answer.
    """
    names = sorted(set(jobs))
    for first in range(0, len(names), 200):  # a command line has an end
        try:
            ask(["scancel", *names[first : first + 200]])
        except InputError:
            continue


def own_jobs(name: str, folder: Path) -> list[str]:
    """Numbers of the user's jobs of that name, submitted from a folder and not at an end: one for a whole array.

    Raises:
        Silent: the controller did not answer.
        InputError: it refused, with its words.
    """
    text = ask(["squeue", "--noheader", f"--name={name}", f"--user={os.getuid()}", "--format=%A|%o"])
    lines = (line.strip().partition("|") for line in text.splitlines())
    return [*dict.fromkeys(job for job, _, script in lines if JobState("", script=script).is_from(folder))]


def hold(job: str, held: bool = True) -> None:
    """Keep a job from beginning, or let it; nothing happens to one that runs.

    Raises:
        Silent: the controller did not answer.
    """
    with suppress(InputError):  # it is at an end
        ask(["scontrol", "hold" if held else "release", job])


def most_in_an_array() -> int:
    """How many jobs an array may have: what the cluster says, at most 1000; that too where it says nothing."""
    try:
        found = re.search(r"^MaxArraySize\s*=\s*(\d+)", ask(["scontrol", "show", "config"]), re.MULTILINE)
    except (Silent, InputError):
        found = None
    return max(1, min(_MOST_IN_AN_ARRAY, int(found[1]))) if found else _MOST_IN_AN_ARRAY


@contextmanager
def outer_environment() -> Iterator[None]:
    """This process's environment without what SLURM and submitit say of the job that it is in, if any.

    A job that is submitted from a job inherits its environment, and would take the outer job's sizes for its own.
    What says where the cluster is, and the key to it, stays. Nor is a job one of the processes that a board started.
    """
    words = ("SLURM_", "SLURMD_", "SRUN_", "SUBMITIT_", "MER_JOB")
    names = [name for name in os.environ if name.startswith(words) and name not in _KEPT]
    hidden = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(hidden)
