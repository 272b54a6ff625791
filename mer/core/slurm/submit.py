"""Calls handed to a SLURM cluster through submitit."""

import io
import os
import pickle
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.executor import SlurmSettings
from mer.core.files import write_bytes
from mer.core.slurm.outcome import outcome_text, raised
from mer.core.slurm.queue import Silent, is_silence, outer_environment, plain
from mer.core.slurm.tickets import sent, sent_calls

#: Before Python starts in a job: it is given what was sent under the name of its array, whether or not the process that
#: submitted it lived long enough to learn its number and to put that into place. Whatever else
#: lies there under that name gives way: it would be run.
_TAKE = (
    'ln -sfn {sent} {folder}/"${{SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}}${{SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}}'
    '_submitted.pkl" 2>/dev/null'
)


def submitted(
    calls: Sequence[Callable[[], Any]], settings: SlurmSettings, folder: Path, name: str, environment: Mapping[str, str]
) -> list[str]:
    """Ids of the jobs, one a call. What all calls share is written once.

    Args:
        calls: can be pickled.
        settings: what a job asks for.
        folder: for scripts, logs and results.
        name: of the jobs; nothing else has it (`mer.core.slurm.tickets`).
        environment: variables for the jobs, beside those of this process.

    Raises:
        Silent: the controller did not answer, and may have taken the jobs all the same.
        InputError: SLURM refuses them, with its words.
    """
    import cloudpickle
    from submitit.core.utils import DelayedSubmission

    own = {key: value for key, value in os.environ.items() if key.startswith("MER_") and key != "MER_JOB"}
    entry = _Entry(sent_calls(folder, name), own | dict(environment), tuple(sys.path))  # some clusters hand none on
    write_bytes(entry.file, cloudpickle.dumps(calls))
    write_bytes(sent(folder, name), cloudpickle.dumps(DelayedSubmission(entry)))
    return _through_submitit(entry, len(calls), settings, folder, name)


def _through_submitit(entry: "_Entry", count: int, settings: SlurmSettings, folder: Path, name: str) -> list[str]:
    from submitit import SlurmExecutor
    from submitit.core.utils import FailedJobError, FailedSubmissionError

    take = _TAKE.format(sent=shlex.quote(str(sent(folder, name))), folder=shlex.quote(str(folder.absolute())))
    asked: dict[str, Any] = {
        "job_name": name,
        "partition": settings.partition,
        "account": settings.account,
        "gpus_per_node": settings.gpus or None,
        "cpus_per_task": settings.cpus,
        "mem": f"{round(settings.memory * 1024)}M" if settings.memory else None,
        "time": settings.minutes,
        "setup": [take, settings.setup],
        "array_parallelism": settings.at_once,
        "additional_parameters": settings.options or None,
        "wckey": None,
        "use_srun": False,  # a job that submits jobs stands in no step of its own
    }
    with outer_environment():
        try:
            executor = SlurmExecutor(folder)
            executor.update_parameters(**asked)
            with redirect_stderr(io.StringIO()):  # submitit prints what its error says
                jobs = executor.submit_array([entry] * count)
            return [job.job_id for job in jobs]
        except (FailedJobError, FailedSubmissionError) as error:
            if is_silence(str(error)):
                raise Silent from None
            raise InputError(
                f"SLURM refused the jobs: {plain(str(error))}. "
                "See the settings given by --slurm (partition, gpus, cpus, memory, minutes, account)."
            ) from None


@dataclass(frozen=True)
class _Entry:
    """What a job runs: of the calls in a file the one of its place in its array."""

    file: Path
    environment: Mapping[str, str]
    paths: tuple[str, ...]  # where modules are found; those of a notebook's own too

    def __call__(self) -> str:
        # SLURM asks all processes of a job to end, then ends them: a job that is asked is lost, it has not failed
        signal.signal(signal.SIGTERM, lambda number, frame: os._exit(128 + number))
        os.environ.update(self.environment)
        sys.path += [path for path in self.paths if path not in sys.path]
        try:
            calls = pickle.loads(self.file.read_bytes())
            return outcome_text(calls[int(os.environ.get("SLURM_ARRAY_TASK_ID", 0))]())
        except Exception as error:
            traceback.print_exc()  # into the job's log
            return outcome_text(raised(error))
