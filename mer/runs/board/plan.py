"""What starting a study would do, found out by a process of its own.

Whether a run is up to date depends on the code and the files as they are now; a notebook's kernel has the code of when
it was started. The process prints one line of JSON a study, as soon as it knows it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.paths import project_dir
from mer.runs.board.rows import BoardRun
from mer.runs.console import duration
from mer.runs.engine import kernel_environment
from mer.runs.folder import RunFolder
from mer.runs.registry import DAMAGED, OUT_OF_DATE

#: Place of a run in the table by its state.
_PLACES = {"running": 0, "failed": 1, "interrupted": 1, DAMAGED: 1, "finished": 2, OUT_OF_DATE: 2, "would run": 3}


@dataclass(frozen=True)
class PlannedStep:
    """One run of a study and what would become of it.

    Attributes:
        run: its name.
        notebook: stem of its notebook.
        outcome: ``up to date``, or ``would run`` with what it waits for.
        seconds: expected, or None.
        parameters: given ones by name.
        because: what changed since it finished; empty where it did not or nothing did.
    """

    run: str
    notebook: str
    outcome: str
    seconds: float | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    because: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """Whether it is finished and nothing that it depends on changed."""
        return self.outcome == "up to date"


@dataclass(frozen=True)
class StudyPlan:
    """What starting a study would do.

    Attributes:
        study: its name.
        title: in words.
        steps: its runs in their order.
        problem: why it cannot be started; empty where it can.
        made: when this was found out, seconds since 1970; what finished since then is not out of date.
    """

    study: str
    title: str = ""
    steps: tuple[PlannedStep, ...] = ()
    problem: str = ""
    made: float = 0.0

    def sentence(self) -> str:
        """For instance ``3 up to date, 2 would run, about 4 min 00 s``."""
        if self.problem:
            return self.problem
        would = [step for step in self.steps if not step.current]
        said = f"{len(self.steps) - len(would)} up to date, {len(would)} would run"
        times = [step.seconds for step in would if step.seconds is not None]
        if times:
            said += f", {'about' if len(times) == len(would) else 'at least'} {duration(sum(times))}"
        return said


def plan_study(name: str) -> StudyPlan:
    """The plan of one study, in this process. What is wrong with it is its ``problem``."""
    from mer.runs.runner import StudyRunner
    from mer.runs.study import load_study

    made = time.time()
    try:
        study = load_study(name)
        runner = StudyRunner(study)
        steps = [
            PlannedStep(
                run.name,
                run.notebook.stem,
                done.outcome,
                runner.times.expected(run),
                dict(run.parameters),
                done.because,
            )
            for run, done in zip(study.runs, runner.plan(), strict=True)
        ]
    except (InputError, OSError) as error:
        return StudyPlan(name, problem=str(error), made=made)
    return StudyPlan(study.name, study.title, tuple(steps), made=made)


def plan_studies(
    names: Iterable[str],
    heard: Callable[[StudyPlan], None],
    stopped: Callable[[], bool],
    begun: Callable[[subprocess.Popen], None] = lambda _process: None,
) -> None:
    """Find out the plans of these studies in a process of low priority.

    Args:
        names: of studies.
        heard: gets each plan as soon as it is known.
        stopped: whether no more are wanted; asked after each.
        begun: gets the process, so that who wants no more plans can kill it.

    Raises:
        InputError: the process failed.
    """
    names = list(names)
    if not names:
        return
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads meanwhile would hold up the process when full
        process = subprocess.Popen(
            [sys.executable, "-m", "mer.runs.board.plan", *names],
            cwd=project_dir(),
            env=kernel_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        begun(process)
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                if (plan := _parsed(line)) is not None:
                    heard(plan)
                if stopped():
                    process.kill()
                    return
        errors.seek(0)
        said = errors.read().decode("utf-8", errors="replace").strip()
    if process.returncode and not stopped():
        last = said.splitlines()[-1] if said else f"status {process.returncode}"
        raise InputError(f"The plan could not be made: {last}")


def with_plans(runs: Iterable[BoardRun], plans: Iterable[StudyPlan], outputs: Path) -> list[BoardRun]:
    """Runs on disk with what the plans say of them, and planned ones that never ran, as a person looks for them.

    What runs comes first, then what failed or stopped, then what finished, the newest first; what never ran comes last,
    study by study in the order of its plan.
    """
    on_disk = {run.key: run for run in runs}
    known: dict[tuple[str, str], BoardRun] = {}
    for plan in plans:
        for step in plan.steps:
            key = (plan.study, step.run)
            run = on_disk.get(key) or BoardRun(
                plan.study,
                step.run,
                "would run",
                RunFolder(outputs, *key).path,
                step.notebook,
                parameters=step.parameters,
            )
            if not step.current and run.changed <= plan.made:
                run = replace(run, expected=step.seconds, waits=step.outcome)
                if run.state in ("finished", OUT_OF_DATE):
                    run = replace(run, state=OUT_OF_DATE, because=tuple(dict.fromkeys([*step.because, *run.because])))
            known[key] = run
    planned = {study for study, _ in known}
    for key, run in on_disk.items():
        if key not in known:
            left = "its study names it no more" if run.study in planned else ""
            known[key] = replace(run, note="; ".join(filter(None, [run.note, left])))
    runs = sorted(known.values(), key=lambda run: run.study)  # stable: inside a study the order stays
    runs.sort(key=lambda run: run.started, reverse=True)
    return sorted(runs, key=lambda run: _PLACES[run.state])


def _parsed(line: str) -> StudyPlan | None:
    try:
        known = json.loads(line)
        return StudyPlan(**known | {"steps": tuple(PlannedStep(**step) for step in known["steps"])})
    except (ValueError, TypeError, KeyError):
        return None


def main(names: Iterable[str]) -> None:
    """Print the plans of these studies."""
    os.nice(10)
    for name in names:
        print(json.dumps(asdict(plan_study(name))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
