"""What a checked study is: runs in order, each with its notebook, its parameters and what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, nearest
from mer.runs.notebook import RUN_DIR, Notebook


@dataclass(frozen=True)
class PlannedRun:
    """One run of a study.

    Attributes:
        name: the run's name and the name of its folder.
        step: the step that it belongs to (equal to ``name`` unless the step has a grid).
        notebook: the notebook to execute.
        parameters: checked values; references still stand as ``@...``.
        needs: names of the runs that its references name, in order.
        minutes: expected duration on two cores, or None.
        about: a sentence for the report.
    """

    name: str
    step: str
    notebook: Notebook
    parameters: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    minutes: float | None = None
    about: str = ""

    def value(self, name: str) -> Any:
        """Value of a parameter: the one given, else the notebook's default; None where there is no such parameter."""
        declared = self.notebook.parameters.get(name)
        return self.parameters.get(name, declared.default if declared else None)

    def values(self) -> dict[str, Any]:
        """All parameters that the notebook gets: those given and the defaults of the others."""
        return {name: self.value(name) for name in self.notebook.parameters if name != RUN_DIR}


@dataclass(frozen=True)
class Study:
    """A checked study: its runs in an order in which every run comes after those that it needs."""

    name: str
    runs: tuple[PlannedRun, ...]
    title: str = ""
    about: str = ""
    path: Path | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # step with a grid -> its runs

    def run_names(self, only: str) -> frozenset[str]:
        """Names of the runs of one step, or of one run, which the last value in its name is enough to name.

        Raises:
            InputError: no such step or run, or a value in which several runs end.
        """
        if exact := {run.name for run in self.runs if only in (run.name, run.step)}:
            return frozenset(exact)
        ending = [run.name for run in self.runs if run.name.endswith(f"={only}")]
        if len(ending) > 1:
            listed = "\n  ".join(ending)
            raise InputError(
                f"{only!r} could be {len(ending)} runs of study {self.name!r}; give the whole name:\n  {listed}"
            )
        if not ending:
            choices = {run.step for run in self.runs} | {run.name for run in self.runs}
            raise InputError(f"Study {self.name!r} has no step {only!r}. {nearest(only, choices)}")
        return frozenset(ending)

    def selected(self, only: str) -> tuple[PlannedRun, ...]:
        """The runs of `run_names`, with all runs that they need."""
        wanted = set(self.run_names(only))
        for run in reversed(self.runs):
            if run.name in wanted:
                wanted.update(run.needs)
        return tuple(run for run in self.runs if run.name in wanted)


@dataclass(frozen=True)
class Done:
    """What became of one run: ``finished`` (executed now), ``up to date``, or for a dry run ``would run``.

    ``because`` says of a finished one that would run again what changed since.
    """

    run: str
    outcome: str
    folder: Path
    seconds: float = 0.0
    because: tuple[str, ...] = ()
