"""Calls handed to a SLURM cluster through submitit, and what their jobs left."""

import os
import pickle
import signal
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.files import write_bytes
from mer.core.slurm.queue import Silent, ask, cancel, is_silence, outer_environment

_STEP = 2.0  # seconds between two looks for jobs of which it is not known whether they were taken


@dataclass(frozen=True)
class Raised:
    """A call that raised: its error where that can be handed from process to process, and what is known anyway."""

    kind: str
    message: str
    trace: str
    error: InputError | None = None


def submitted(
    calls: Sequence[Callable[[], Any]], settings: SlurmSettings, folder: Path, name: str, environment: Mapping[str, str]
) -> list[str]:
    """Ids of the jobs, one a call. What all calls share is written once.

    A controller that falls silent may have taken the jobs all the same: they are looked for by a name that nothing else
    has, and ended, before they are submitted again.
    """
    import cloudpickle

    file = folder / f"calls-{uuid.uuid4().hex}.pkl"
    write_bytes(file, cloudpickle.dumps(calls))
    unique = f"{name}-{uuid.uuid4().hex[:6]}"
    own = {key: value for key, value in os.environ.items() if key.startswith("MER_") and key != "MER_JOB"}
    environment = own | dict(environment)  # some clusters do not hand the environment on
    entries = [_Entry(file, position, environment, tuple(sys.path)) for position in range(len(calls))]
    while True:
        try:
            return _through_submitit(entries, settings, folder, unique)
        except Silent:
            _drop(unique)


def _through_submitit(entries: list["_Entry"], settings: SlurmSettings, folder: Path, name: str) -> list[str]:
    from submitit import SlurmExecutor
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    asked: dict[str, Any] = {
        "job_name": name,
        "partition": settings.partition or None,
        "account": settings.account or None,
        "gpus_per_node": settings.gpus or None,
        "cpus_per_task": settings.cpus,
        "mem": f"{round(settings.memory * 1024)}M" if settings.memory else None,
        "time": settings.minutes or None,
        "setup": [settings.setup] if settings.setup else None,
        "array_parallelism": settings.at_once,
        "additional_parameters": settings.options or None,
        "wckey": None,
        "use_srun": False,  # a job that submits jobs stands in no step of its own
    }
    with outer_environment():
        try:
            executor = SlurmExecutor(folder)
            executor.update_parameters(**asked)
            return [job.job_id for job in executor.submit_array(entries)]
        except (FailedJobError, FailedSubmissionError) as error:
            text = str(error)
            if is_silence(text):
                raise Silent from None
            said = [line for line in text.splitlines() if line.startswith("sbatch: error:")]
            raise InputError(
                f"SLURM refused the jobs: {'; '.join(dict.fromkeys(line[15:] for line in said)) or text.strip()} "
                "See the settings given by --slurm (partition, gpus, cpus, memory, minutes, account)."
            ) from None


def _drop(name: str) -> None:
    """End what was submitted under this name, as soon as the controller can tell."""
    while True:
        time.sleep(_STEP)
        try:
            found = ask(["squeue", "--noheader", f"--name={name}", f"--user={os.getuid()}", "--format=%A"]).split()
            cancel(found)
            return
        except (Silent, InputError):
            continue


@dataclass(frozen=True)
class _Entry:
    """What a job runs: one of the calls in a file."""

    file: Path
    position: int
    environment: Mapping[str, str]
    paths: tuple[str, ...]  # where modules are found; those of a notebook's own too

    def __call__(self) -> Any:
        # SLURM asks all processes of a job to end, then ends them: a job that is asked is lost, it has not failed
        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))
        os.environ.update(self.environment)
        sys.path += [path for path in self.paths if path not in sys.path]
        try:
            calls = pickle.loads(self.file.read_bytes())
            return calls[self.position]()
        except Exception as error:
            traceback.print_exc()  # into the job's log
            kept = error if isinstance(error, InputError) else None
            return Raised(type(error).__name__, str(error), traceback.format_exc(), kept)


def read_result(path: Path) -> Any:
    """What a job left: submitit writes whether it came to its end, and what it returned or how it failed."""
    outcome, value = pickle.loads(path.read_bytes())
    if outcome == "success":
        return value
    last = str(value).strip().splitlines()[-1:]
    return Raised("Error", "".join(last), str(value))
