"""Where runs and their parts are computed: on this machine, or as jobs of a SLURM cluster.

That is said when work is started (``mer study NAME --executor slurm``, or the environment), never in a study or a
notebook. The choice reaches the kernels of notebooks, and jobs, by the environment variables below.
"""

import json
import math
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, nearest
from mer.core.yaml_file import read_yaml

LOCAL, SLURM = "local", "slurm"
#: Which of the two; the settings as JSON; a YAML file of them; where jobs leave their logs.
EXECUTOR, SETTINGS, CONFIG, LOGS = "MER_EXECUTOR", "MER_SLURM", "MER_SLURM_CONFIG", "MER_SLURM_LOGS"
#: The lowest value of each, with its unit. (SLURM takes 0 GB for all memory of a node.)
_LOWEST: dict[str, tuple[float, str]] = {
    **{"gpus": (0, ""), "cpus": (1, ""), "memory": (0.001, " GB"), "minutes": (1, "")},
    **{"retries": (0, ""), "at_once": (1, ""), "patience": (0, " seconds")},
}
_REMEDY = "Give another value (--slurm NAME=VALUE), or leave it away for the default."


@dataclass(frozen=True)
class SlurmSettings:
    """What every job asks of a cluster, a notebook's as well as that of a part of a run (a fold, for instance).

    Attributes:
        partition: name; None for the cluster's default.
        account: whom it is charged to; None for the user's default.
        gpus: a job.
        cpus: a job; on the CPU a job trains as many folds side by side as it has processors.
        memory: GB a job; None for the cluster's default.
        minutes: after which a job is ended; None for the cluster's default. A notebook's job waits for its parts.
        extra: further options of ``sbatch``, for instance ``--qos=long --constraint=a100``.
        setup: a line of shell before Python is started, for instance ``module load cuda``.
        retries: how often a job that was killed (by scancel too: use --cancel) or lost is submitted again.
        at_once: jobs of one array that may run side by side.
        patience: seconds that a file may take from one node to another, and a job to start before the notebook that
            waits for it does its work.
    """

    partition: str | None = None
    account: str | None = None
    gpus: int = 0
    cpus: int = 1
    memory: float | None = None
    minutes: int | None = None
    extra: str = ""
    setup: str = ""
    retries: int = 2
    at_once: int = 100
    patience: float = 20

    def __post_init__(self) -> None:
        """Refuse values that no cluster could grant."""
        problems = [
            f"{name} is {value!r}, expected {low}{unit} or more. {_REMEDY}"
            for name, (low, unit) in _LOWEST.items()
            if (value := getattr(self, name)) is not None and not low <= value < math.inf
        ]
        problems += [
            f"{name} is {value!r}, expected a name. {_REMEDY}"
            for name, value in (("partition", self.partition), ("account", self.account))
            if value is not None and not all(map(str.strip, value.split(",")))
        ]
        try:
            problems += [
                f"extra: {word!r} is no option of sbatch; write for instance extra='--qos=long --constraint=a100'."
                for word in shlex.split(self.extra)
                if not word.startswith("--") or not word.strip("-=")
            ]
        except ValueError as error:
            problems.append(f"extra: {self.extra!r} cannot be read ({error}).")
        if problems:
            raise InputError("SLURM settings: " + " ".join(problems))

    @property
    def options(self) -> dict[str, str | bool]:
        """The further options of ``sbatch`` by name, True for one without a value."""
        words = (word.removeprefix("--").partition("=") for word in shlex.split(self.extra))
        return {name: value if equals else True for name, equals, value in words}

    def environment(self, logs: Path) -> dict[str, str]:
        """Variables by which a process gets these settings, and the folder for logs of its jobs."""
        chosen = {name: value for name, value in asdict(self).items() if value is not None}
        return {EXECUTOR: SLURM, SETTINGS: json.dumps(chosen), LOGS: str(logs)}


def chosen_settings(
    executor: str | None = None, given: Sequence[str] = (), file: Path | str | None = None
) -> SlurmSettings | None:
    """What was chosen on the command line or, where it says nothing, by the environment.

    Args:
        executor: ``local`` or ``slurm``; None for that of the environment, ``local`` where it has none.
        given: settings as ``name=value``, which go before those of the file.
        file: YAML file of settings; None for that of the environment.

    Returns:
        The settings of the cluster; None for this machine.

    Raises:
        InputError: an unknown executor or setting (the nearest is named), a value that cannot be, or settings of a
            cluster without the executor.
        MissingPath: no such file.
    """
    asked = executor or os.environ.get(EXECUTOR) or LOCAL
    if asked not in (LOCAL, SLURM):
        where = "--executor" if executor else f"${EXECUTOR}"
        raise InputError(f"{where} {asked!r} is unknown. {nearest(asked, (LOCAL, SLURM))}")
    if asked == LOCAL:
        if given or file:
            raise InputError("Settings of SLURM are given, but the executor is local. Add --executor slurm.")
        return None
    path = file or os.environ.get(CONFIG)
    values = _inherited() | (_from_file(Path(path)) if path else {}) | _from_words(given)
    return SlurmSettings(**values)


def read_settings(values: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """Settings by name, each of its type.

    Raises:
        InputError: an unknown name, or a value of another type.
    """
    kinds: dict[str, Any] = {field.name: type(field.default) for field in fields(SlurmSettings)}
    kinds |= {"partition": str, "account": str, "memory": float, "minutes": int, "patience": float}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in kinds:
            raise InputError(f"{where}: unknown setting {str(name)!r} of SLURM. {nearest(str(name), kinds)}")
        kind = kinds[name]
        try:
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                raise ValueError
            if kind is int and float(value) != int(float(value)):
                raise ValueError
            found[name] = int(float(value)) if kind is int else kind(value)
        except (TypeError, ValueError, OverflowError):
            expected = {int: "a whole number", float: "a number", str: "text"}[kind]
            raise InputError(f"{where}: {name} is {value!r}, expected {expected}.") from None
    return found


def _from_words(given: Sequence[str]) -> dict[str, Any]:
    values: dict[str, str] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"--slurm {word!r} is not NAME=VALUE; write for instance --slurm gpus=1.")
        if name in values:
            raise InputError(f"--slurm {name} is given twice; give each setting once.")
        values[name] = value
    return read_settings(values, "--slurm")


def _from_file(path: Path) -> dict[str, Any]:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{path} holds {type(content).__name__}, expected settings, for instance `gpus: 1`.")
    return read_settings(content, str(path))


def _inherited() -> dict[str, Any]:
    """Settings that the process that started this one handed down."""
    text = os.environ.get(SETTINGS)
    if not text:
        return {}
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"${SETTINGS} is no JSON ({error}). Unset it, and name a file with ${CONFIG}.") from None
    if not isinstance(content, dict):
        raise InputError(f"${SETTINGS} is not a mapping of settings. Unset it, and name a file with ${CONFIG}.")
    return read_settings(content, f"${SETTINGS}")
