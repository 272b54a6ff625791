"""One run of a study, as a job of a cluster executes it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mer.core.errors import InputError
from mer.core.process_limits import check_process_limits
from mer.core.slurm.outcome import Failed
from mer.runs.console import Console
from mer.runs.execute import RunFailed
from mer.runs.plan import Study
from mer.runs.runner import StudyRunner


@dataclass(frozen=True)
class RunInJob:
    """A call that executes a run unless it is up to date.

    Attributes:
        study: the checked study.
        run: name of the run; those that it needs are finished.
        force: execute it also when it is up to date.
        environment: variables to be set before.
    """

    study: Study
    run: str
    force: bool
    environment: Mapping[str, str]

    def __call__(self) -> dict[str, Any] | Failed:
        """``executed`` and ``seconds``, or why it failed: an error of a notebook is no loss of a job."""
        os.environ.update(self.environment)
        runner = StudyRunner(self.study, Console(verbose=True), self.force, self.run)
        (planned,) = (planned for planned in self.study.runs if planned.name == self.run)
        started = time.monotonic()
        try:
            check_process_limits()  # those of a job are often those of the shell that submitted it
            executed = runner.run_one(planned, planned.name)
        except (RunFailed, InputError) as error:
            return Failed(str(error))
        return {"executed": executed, "seconds": time.monotonic() - started}
