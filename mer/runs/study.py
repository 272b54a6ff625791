"""A study: one YAML file that names notebooks, their parameters and a grid, checked whole before any work starts.

    name: demo
    title: FRL-DGT on synthetic faces
    about: What a reader should know first.
    steps:
      - run: align
        notebook: 02_align
        parameters: {database: synthetic}
        minutes: 2                       # optional: expected time on two cores, for the estimate of the time left
      - run: train
        notebook: 04_loso
        parameters: {aligned: "@align"}  # the folder of the run "align", which therefore runs first
        grid: {seed: [1, 2, 3]}          # one run per combination: train-seed=1, train-seed=2, train-seed=3
      - run: compare
        notebook: 06_compare
        parameters: {runs: "@train"}     # all runs of a step with a grid, as a list

A reference is ``@run``, ``@step`` (where the step has a grid: the list of all its runs) or ``@run/file`` (a file
in that run's folder). In a grid, ``model: "@train"`` stands for one run per run of ``train``. Relative paths count from
the project folder.
"""

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.files import file_digest
from mer.core.paths import notebooks_dir, project_dir
from mer.runs.notebook import RUN_DIR, Notebook, check_parameters, read_notebook
from mer.runs.yaml_file import read_yaml

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=,-]*")
#: Parameters with such names hold paths, which must exist before anything is run.
PATH_ENDINGS = ("_path", "_folder", "_dir", "_run")
_STUDY_KEYS = ("name", "title", "about", "steps")
_STEP_KEYS = ("run", "notebook", "parameters", "grid", "minutes", "about")


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

    def selected(self, only: str) -> tuple[PlannedRun, ...]:
        """The runs of one step (or one run), with all runs that they need.

        Raises:
            InputError: no such step or run.
        """
        wanted = {run.name for run in self.runs if only in (run.name, run.step)}
        if not wanted:
            choices = {run.step for run in self.runs} | {run.name for run in self.runs}
            raise InputError(f"Study {self.name!r} has no step {only!r}. {nearest(only, choices)}")
        for run in reversed(self.runs):
            if run.name in wanted:
                wanted.update(run.needs)
        return tuple(run for run in self.runs if run.name in wanted)

    def digest(self) -> str:
        """SHA-256 of the study file, empty for a study made in memory."""
        return file_digest(self.path) if self.path else ""


def find_study(name_or_file: str) -> Path:
    """Path of a study given as a name in ``notebooks/studies`` or as a file.

    Raises:
        MissingPath: there is none; the message has the nearest name.
    """
    folder = notebooks_dir() / "studies"
    for path in (Path(name_or_file), folder / f"{name_or_file}.yaml", folder / f"{name_or_file}.yml"):
        if path.is_file():
            return path
    known = [path.stem for path in folder.glob("*.y*ml")]
    raise MissingPath(f"No study {name_or_file!r} in {folder}. {nearest(name_or_file, known)}")


def load_study(name_or_file: str) -> Study:
    """Read and check a study.

    Raises:
        MissingPath: no such study.
        InputError: anything wrong in it; all problems are listed at once.
    """
    path = find_study(name_or_file)
    return parse_study(read_yaml(path), path)


def parse_study(content: Any, path: Path | None = None) -> Study:
    """Check the content of a study file.

    Raises:
        InputError: as for `load_study`.
    """
    where = str(path) if path else "study"
    problems: list[str] = []
    if not isinstance(content, dict):
        raise InputError(f"{where} holds {type(content).__name__}, expected a mapping with {', '.join(_STUDY_KEYS)}.")
    _unknown_keys(content, _STUDY_KEYS, "study", problems)
    name = str(content.get("name") or (path.stem if path else ""))
    if not NAME.fullmatch(name) or name in ("cache", "interactive"):
        problems.append(f"name: {name!r} cannot be a folder name; use letters, digits and . _ = , - (not 'cache').")
    steps = content.get("steps")
    if not isinstance(steps, list) or not steps:
        problems.append(f"steps: {steps!r} is not a list of steps, expected at least one.")
        steps = []
    runs: list[PlannedRun] = []
    groups: dict[str, tuple[str, ...]] = {}
    for number, step in enumerate(steps, start=1):
        _add_step(number, step, runs, groups, problems)
    if problems:
        raise InputError(_listed(where, problems))
    title, about = (str(content.get(key) or "") for key in ("title", "about"))
    return Study(name, tuple(runs), title, about, path, groups)


def single_run(notebook: str, given: Mapping[str, str], name: str | None = None) -> Study:
    """A study of one run, from values typed on the command line.

    Raises:
        InputError: as for `load_study`.
    """
    read = read_notebook(notebook)
    values: dict[str, Any] = {}
    problems = []
    for key, text in given.items():
        try:
            values[key] = read.parameters[key].convert_text(text) if key in read.parameters else text
        except InputError as error:
            problems.append(str(error))
    checked, more = check_parameters(read, values)
    problems += more + _missing_paths(_defaults(read, checked) | checked)
    run = name or run_name(read.stem, values)
    if not NAME.fullmatch(run):
        problems.append(f"run name {run!r}: use letters, digits and . _ = , - only.")
    if problems:
        raise InputError(_listed(read.stem, problems))
    return Study("single", (PlannedRun(run, run, read, checked),), title=f"Single runs of {read.stem}")


def run_name(step: str, chosen: Mapping[str, Any]) -> str:
    """Readable name of a run of a grid: ``train`` with seed 1 is ``train-seed=1``."""
    parts = [f"{key}={_readable(value)}" for key, value in chosen.items()]
    return "-".join([step, ",".join(parts)]) if parts else step


def replace_references(value: Any, replace: Callable[[str], Any]) -> Any:
    """The value with every ``@...`` text in it (also inside lists and mappings) replaced."""
    if isinstance(value, str) and value.startswith("@"):
        return replace(value[1:])
    if isinstance(value, list):
        return [replace_references(item, replace) for item in value]
    if isinstance(value, dict):
        return {key: replace_references(item, replace) for key, item in value.items()}
    return value


def split_reference(reference: str) -> tuple[str, str]:
    """Run (or step) and the path inside its folder of a reference without its ``@``."""
    name, _, inside = reference.partition("/")
    return name, inside


def _add_step(
    number: int, step: Any, runs: list[PlannedRun], groups: dict[str, tuple[str, ...]], problems: list[str]
) -> None:
    if not isinstance(step, dict):
        problems.append(f"step {number}: {step!r} is not a mapping with {', '.join(_STEP_KEYS)}.")
        return
    name = str(step.get("run") or "")
    label = f"step {number} ({name or 'without a name'})"
    found: list[str] = []
    _unknown_keys(step, _STEP_KEYS, "step", found)
    if not NAME.fullmatch(name):
        found.append(f"run: {name!r} cannot be a folder name; use letters, digits and . _ = , - only.")
    if name in {run.step for run in runs} | {run.name for run in runs}:
        found.append(f"run: {name!r} is used twice; give each step its own name.")
    notebook = None
    try:
        notebook = read_notebook(str(step.get("notebook") or ""))
    except InputError as error:
        found.append(f"notebook: {error}")
    parameters, grid = step.get("parameters") or {}, step.get("grid") or {}
    minutes = step.get("minutes")
    for key, value in (("parameters", parameters), ("grid", grid)):
        if not isinstance(value, dict):
            found.append(f"{key}: {value!r} is not a mapping of parameter names to values.")
    if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes <= 0):
        found.append(f"minutes: {minutes!r} is not a number above 0.")
    if isinstance(parameters, dict) and isinstance(grid, dict):
        names = {run.name for run in runs}
        axes = {key: _axis(key, value, groups, found) for key, value in grid.items()}
        found += [f"{key!r} stands in parameters and in grid; keep one." for key in grid if key in parameters]
        made = []
        for combination in itertools.product(*axes.values()):
            chosen = dict(zip(axes, combination, strict=True))
            run = run_name(name, chosen)
            checked, needs = _check_run(notebook, parameters | chosen, names, groups, found)
            if run in made:
                found.append(f"two combinations of the grid are both called {run!r}; values must differ.")
            made.append(run)
            if notebook is not None:
                about = str(step.get("about") or "")
                runs.append(PlannedRun(run, name, notebook, checked, needs, minutes, about))
        if grid:
            groups[name] = tuple(made)
    problems += [f"{label}: {text}" for text in dict.fromkeys(found)]


def _axis(key: str, values: Any, groups: Mapping[str, tuple[str, ...]], found: list[str]) -> list[Any]:
    if isinstance(values, str) and values.startswith("@") and values[1:] in groups:
        return [f"@{run}" for run in groups[values[1:]]]
    if not isinstance(values, list) or not values:
        found.append(f"grid: {key}: {values!r} is not a list of values.")
        return []
    return values


def _check_run(
    notebook: Notebook | None,
    parameters: Mapping[str, Any],
    names: set[str],
    groups: Mapping[str, tuple[str, ...]],
    found: list[str],
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Checked parameters of one run (references kept) and the names of the runs that it needs."""
    needs: dict[str, None] = {}

    def stand_in(reference: str) -> Any:
        """What the reference will be, for the type check: a path or a list of paths."""
        name, inside = split_reference(reference)
        if name in groups:
            needs.update(dict.fromkeys(groups[name]))
            return [f"{run}/{inside}" for run in groups[name]]
        if name in names:
            needs[name] = None
            return reference
        found.append(f"reference '@{name}' names no earlier step. {nearest(name, names | set(groups))}")
        return reference

    as_paths = {key: replace_references(value, stand_in) for key, value in parameters.items()}
    if notebook is None:
        return dict(parameters), tuple(needs)
    checked, problems = check_parameters(notebook, as_paths)
    found += problems
    plain = {key: value for key, value in checked.items() if as_paths[key] == parameters[key]}
    found += _missing_paths(_defaults(notebook, parameters) | plain)
    return {**parameters, **plain}, tuple(needs)


def _defaults(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """Default values of the parameters that are not given."""
    return {name: known.default for name, known in notebook.parameters.items() if name not in given and name != RUN_DIR}


def _missing_paths(values: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}: {value!r} does not exist (looked in {project_dir()})."
        for key, value in values.items()
        if key.endswith(PATH_ENDINGS)
        and isinstance(value, str)
        and not (project_dir() / Path(value).expanduser()).exists()
    ]


def _listed(where: str, problems: list[str]) -> str:
    head = f"{where}: {len(problems)} problem{'s' if len(problems) > 1 else ''}, nothing was run."
    return "\n".join([head, *(f"  - {problem}" for problem in problems)])


def _unknown_keys(content: Mapping[Any, Any], valid: tuple[str, ...], what: str, problems: list[str]) -> None:
    unknown = [str(key) for key in content if key not in valid]
    problems += [f"unknown key {key!r} of a {what}. {nearest(key, valid)}" for key in unknown]


def _readable(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "+".join(_readable(item) for item in value).replace("+", "_")
    return re.sub(r"[^A-Za-z0-9._-]+", "_", str(value)).strip("_") or "empty"
