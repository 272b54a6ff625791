"""What a SLURM cluster says of itself and of a user's jobs, asked of its controller alone.

Accounting (``sacct``) is switched off on many clusters, so a job's state is taken from ``squeue``, which forgets a job
some minutes after its end. A controller that does not answer (it restarts, or is overloaded) says nothing of any job:
it is asked again, and no job counts as failed for that.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec

from mer.core.errors import InputError, nearest
from mer.core.executor import SlurmSettings

#: States in which a job will not run any more. (PREEMPTED and others that are requeued turn into PENDING.)
ENDED = frozenset(
    [
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"),
        *("REVOKED", "SPECIAL_EXIT", "TIMEOUT"),
    ]
)
#: Absent from the queue: it ended some time ago, or never was.
GONE = "GONE"
_PROGRAMS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
_SILENT = (
    *("unable to contact slurm controller", "connect failure", "connection refused", "connection failure"),
    *("socket timed out", "zero bytes were transmitted", "transport endpoint", "slurm backup controller"),
    *("temporarily unable to accept", "resource temporarily unavailable", "timed out"),
)
_ANSWER_SECONDS = 120
_FIRST_ANSWER_SECONDS = 120
_REFUSALS, _REFUSED_SECONDS = 5, 120  # in a row, and for how long: then it will not answer any more
#: What of the environment is the user's, not the job's that this process is in: where the cluster is, and a key to it.
_KEPT = frozenset(["SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT"])
_MOST_IN_AN_ARRAY = 1000


class Silent(Exception):
    """The controller did not answer."""


@dataclass(frozen=True)
class JobState:
    """State of a job in SLURM's word, why it waits or ended, and on which node it is."""

    state: str
    reason: str = ""
    node: str = ""

    @property
    def ended(self) -> bool:
        """Whether it will not run any more."""
        return self.state in ENDED or self.state == GONE


class Queue:
    """The user's jobs, as the controller sees them.

    Args:
        say: told when the controller falls silent for a while, and when it answers again.
    """

    def __init__(self, say: Callable[[str], None] = lambda text: None) -> None:
        self._say = say
        self._silent_since: float | None = None
        self._told = False
        self._refused: list[float] = []  # when

    def states(self) -> dict[str, JobState] | None:
        """State by job; the part of an array is ``<job>_<number>``. None where the controller does not answer.

        Raises:
            InputError: ``squeue`` refuses to tell, time and again; with its words.
        """
        command = ["squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}"]
        try:
            text = ask([*command, "--format=%i|%T|%N|%r"])
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
            job, state, node, reason = [*line.split("|", 3), "", "", ""][:4]
            found[job] = JobState(state, "" if reason == "None" else reason, node)
        return found

    def _note_silence(self) -> None:
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if not self._told and now - self._silent_since > 30:
            self._say("The SLURM controller does not answer; waiting for it. Jobs that run go on meanwhile.")
            self._told = True


def ask(command: Sequence[str]) -> str:
    """What a program of SLURM prints.

    Raises:
        Silent: the controller did not answer.
        InputError: it refused, with its words.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        raise Silent from None
    except OSError as error:
        raise InputError(f"{command[0]} cannot be started: {error.strerror or error}.") from None
    if done.returncode == 0:
        return done.stdout
    text = (done.stderr or done.stdout).strip()
    if is_silence(text):
        raise Silent
    raise InputError(f"{command[0]}: {text}")


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


def check_cluster(settings: SlurmSettings, say: Callable[[str], None] = lambda text: None) -> None:
    """Refuse what cannot work, before anything is submitted.

    Raises:
        InputError: no SLURM here, no submitit, no answer for two minutes, no such partition, or none with GPUs.
    """
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        raise InputError(
            f"--executor slurm: there is no {missing[0]} on PATH. Work where jobs are submitted (a login node), "
            "or leave --executor away to use this machine."
        )
    if find_spec("submitit") is None:
        raise InputError("--executor slurm needs the package submitit: pip install submitit==1.5.4 (or make setup).")
    partitions = _partitions(say)
    wanted = settings.partition or next((name for name, (_, default) in partitions.items() if default), "")
    for name in filter(None, wanted.split(",")):  # SLURM takes several: the first that is free
        if name not in partitions:
            raise InputError(f"The cluster has no partition {name!r}. {nearest(name, partitions)}")
    names = [name for name in wanted.split(",") if name]
    if settings.gpus and names and not any("gpu" in partitions[name][0] for name in names):
        having = [name for name, (resources, _) in partitions.items() if "gpu" in resources]
        where = f"Those of {', '.join(having)} have: --slurm partition={having[0]}." if having else "None has."
        raise InputError(f"gpus={settings.gpus} is asked for, but no node of partition {wanted!r} has GPUs. {where}")


def _partitions(say: Callable[[str], None]) -> dict[str, tuple[str, bool]]:
    """Resources (``gres``) and whether it is the default, by the name of the partition."""
    end = time.monotonic() + _FIRST_ANSWER_SECONDS
    told = False
    while True:
        try:
            text = ask(["sinfo", "--noheader", "--format=%P|%G"])
            break
        except Silent:
            if time.monotonic() > end:
                raise InputError(
                    "The SLURM controller does not answer (sinfo). Try `sinfo`; nothing was submitted."
                ) from None
            if not told:
                say("The SLURM controller does not answer; trying again.")
                told = True
            time.sleep(2)
    found: dict[str, tuple[str, bool]] = {}
    for line in text.splitlines():
        name, _, resources = line.strip().partition("|")
        known = found.get(name.rstrip("*"), ("", False))
        found[name.rstrip("*")] = (known[0] + resources, known[1] or name.endswith("*"))
    return found
