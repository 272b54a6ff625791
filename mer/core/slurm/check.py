"""Whether a cluster can be used, and has what its jobs are to ask for; found out before anything is submitted."""

import math
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from mer.core.errors import InputError, nearest
from mer.core.executor import SlurmSettings
from mer.core.slurm.queue import Silent, ask

ANSWER_SECONDS = 30.0
_LEAST_SECONDS = 5.0  # that one answer may take, whatever the patience
_PROGRAMS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
_NO_CONFIGURATION = ("configuration source", "configuration file", "fetch config")
_ELSEWHERE = "Work where jobs are submitted (a login node), or leave --executor away to use this machine."


class NoCluster(InputError):
    """Nobody can be asked: no SLURM is installed, or none answers."""


@dataclass
class Partition:
    """A partition, and the most that one of its nodes has.

    Attributes:
        default: whether jobs go there that name none.
        gpus: of a node.
        cpus: of a node; infinite where the cluster does not say.
        memory: of a node, GB; infinite where the cluster does not say.
        minutes: after which every job is ended; infinite for never.
    """

    default: bool = False
    gpus: float = 0
    cpus: float = 0
    memory: float = 0
    minutes: float = math.inf


def check_cluster(
    settings: SlurmSettings, say: Callable[[str], None] = lambda text: None, patience: float = ANSWER_SECONDS
) -> None:
    """Refuse what cannot work, before anything is submitted.

    Args:
        settings: what each job asks for.
        say: told that the controller is waited for.
        patience: seconds that it may take to answer.

    Raises:
        NoCluster: no SLURM here, or no answer.
        InputError: no submitit, no such partition, or one whose nodes are all too small.
    """
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        raise NoCluster(f"--executor slurm: there is no {missing[0]} on PATH. {_ELSEWHERE}")
    if find_spec("submitit") is None:
        raise InputError("--executor slurm needs the package submitit: pip install submitit==1.5.4 (or make setup).")
    partitions = _partitions(say, patience)
    default = next((name for name, partition in partitions.items() if partition.default), "")
    wanted = str(settings.options.get("partition", settings.partition or default))
    names = [name for name in wanted.split(",") if name]  # SLURM takes several: the first that is free
    for name in names:
        if name not in partitions:
            raise InputError(f"The cluster has no partition {name!r}. {nearest(name, partitions)}")
    if names:
        _check_sizes(settings, wanted, names, partitions)


def _check_sizes(settings: SlurmSettings, wanted: str, names: Sequence[str], partitions: dict[str, Partition]) -> None:
    """Refuse what no node of these partitions has.

    Raises:
        InputError: what is asked for, the most that can be, and where more is to be had.
    """
    for name, words in (("gpus", "GPUs"), ("cpus", "CPUs"), ("memory", "GB of memory")):
        asked = getattr(settings, name) or 0
        most = max(getattr(partitions[one], name) for one in names)
        if asked <= most:
            continue
        most = math.floor(most * 10) / 10
        having = [one for one, partition in partitions.items() if getattr(partition, name) >= asked]
        remedy = f"Those of {', '.join(having)} have: --slurm partition={having[0]}." if having else "None has."
        if most:
            remedy = f"Ask for at most {most:g} (--slurm {name}={most:g}). {remedy}"
        said = f"more than {most:g} {words}" if most else words
        raise InputError(f"{name}={asked:g} is asked for, but no node of partition {wanted!r} has {said}. {remedy}")
    longest = max(partitions[one].minutes for one in names)
    # A quality of service may allow more than its partition.
    if (settings.minutes or 0) > longest and "qos" not in settings.options:
        raise InputError(
            f"minutes={settings.minutes} is asked for, but partition {wanted!r} ends every job after {longest:g} "
            f"minutes, so that it would never begin. Ask for at most {longest:g} (--slurm minutes={longest:g})."
        )


def _partitions(say: Callable[[str], None], patience: float) -> dict[str, Partition]:
    """Those of the cluster by name, hidden ones too: jobs may be submitted to them."""
    end = time.monotonic() + patience
    told = False
    while True:
        try:
            left = max(_LEAST_SECONDS, end - time.monotonic())
            text = ask(["sinfo", "--all", "--noheader", "--exact", "--format=%P|%G|%c|%m|%l"], left)
            break
        except Silent:
            if time.monotonic() >= end:
                raise NoCluster(
                    "--executor slurm: the SLURM controller does not answer, so nothing was submitted. "
                    f"Try again when `sinfo` lists the partitions. {_ELSEWHERE}"
                ) from None
            if not told:
                say(f"The SLURM controller does not answer; trying again for {patience:.0f} s.")
                told = True
            time.sleep(2)
        except InputError as error:
            if any(words in str(error).lower() for words in _NO_CONFIGURATION):
                raise NoCluster(
                    "--executor slurm: SLURM is installed, but this machine belongs to no cluster: there is no "
                    f"slurm.conf. {_ELSEWHERE} (SLURM_CONF names a slurm.conf at another place.)"
                ) from None
            raise NoCluster(f"--executor slurm: the cluster cannot be asked. {error}. {_ELSEWHERE}") from None
    found: dict[str, Partition] = {}
    for line in filter(None, map(str.strip, text.splitlines())):  # a line for each kind of node
        name, resources, cpus, memory, limit = [*line.split("|"), "", "", "", ""][:5]
        partition = found.setdefault(name.rstrip("*"), Partition())
        partition.default |= name.endswith("*")
        partition.gpus = max(partition.gpus, _gpus(resources))
        partition.cpus = max(partition.cpus, _number(cpus))
        partition.memory = max(partition.memory, _number(memory, unknown=1) / 1024)
        partition.minutes = _minutes(limit)
    return found


def _gpus(resources: str) -> int:
    """GPUs of a node, of all types: 6 for ``gpu:a100:4(S:0-1),gpu:v100:2,nvme:1``."""
    entries = [entry.split(":") for entry in re.sub(r"\([^)]*\)", "", resources).split(",")]
    counts = [words[-1] for words in entries if words[0] == "gpu"]
    return sum(int(count) if count.isdigit() else 1 for count in counts)


def _number(text: str, unknown: int = 0) -> float:
    """``4``; infinite where it is no more than what stands for "not configured"."""
    return int(text) if text.isdigit() and int(text) > unknown else math.inf


def _minutes(text: str) -> float:
    """Minutes of ``[days-][hours:]minutes:seconds``; infinite for anything else."""
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){1,2}", text):
        return math.inf
    days, _, clock = text.rpartition("-")
    hours, minutes, seconds = [0, 0, *map(int, clock.split(":"))][-3:]
    return int(days or 0) * 1440 + hours * 60 + minutes + seconds / 60
