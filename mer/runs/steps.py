"""Check one step of a study and turn it into its runs. Every problem is collected; nothing stops at the first."""

import itertools
import os
import re
from collections.abc import Mapping
from typing import Any

from mer.core.errors import InputError, nearest
from mer.core.files import digest
from mer.core.paths import given_path, project_dir
from mer.runs.notebook import RUN_DIR, Notebook, check_parameters, read_notebook
from mer.runs.plan import PlannedRun
from mer.runs.references import replace_references, split_reference
from mer.runs.values import unusable_values

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._=,-]*")
#: Parameters with such names hold paths, which must exist before anything is run.
PATH_ENDINGS = ("_path", "_folder", "_dir", "_run")
STEP_KEYS = ("run", "notebook", "parameters", "grid", "minutes", "about")
#: Characters of the longest name that is made: file systems take 255, and the name of a lock adds ``.lock``.
_LONGEST = 250
#: Characters of a longer name that stand before the digest of the whole.
_KEPT = 100
_STEP = re.compile(r"step (\d+ \([^)]*\)): ")


def add_step(
    number: int,
    step: Any,
    runs: list[PlannedRun],
    groups: dict[str, tuple[str, ...]],
    problems: list[str],
    shared: Mapping[str, Any],
) -> set[str]:
    """Check one step and add its runs.

    Args:
        number: position in the study, for messages.
        step: what stands in the file.
        runs: the runs so far; those of this step are added.
        groups: steps with a grid and their runs; this one is added if it has one.
        problems: everything wrong with the step is added.
        shared: values for the parameters that the notebook has and the step does not give.

    Returns:
        Names of the shared parameters that the notebook has.
    """
    if not isinstance(step, dict):
        problems.append(f"step {number}: {step!r} is not a mapping with {', '.join(STEP_KEYS)}.")
        return set()
    name = str(step.get("run") or "")
    label = f"step {number} ({name or 'without a name'})"
    found: list[str] = []
    unknown_keys(step, STEP_KEYS, "step", found)
    if not NAME.fullmatch(name):
        found.append(f"run: {name!r} cannot be a folder name; use letters, digits and . _ = , - only.")
    elif len(name) > _LONGEST:
        found.append(f"run: {len(name)} letters are too long for a folder's name; use {_LONGEST} at most.")
    if name in {run.step for run in runs} | {run.name for run in runs}:
        found.append(f"run: {name!r} is used twice; give each step its own name.")
    notebook = None
    if not step.get("notebook"):
        found.append(
            "names no notebook; write `notebook:` with the name of one in notebooks/, for instance 01_explore."
        )
    else:
        try:
            notebook = read_notebook(str(step["notebook"]))
        except InputError as error:
            found.append(f"notebook: {error}")
    parameters, grid = step.get("parameters") or {}, step.get("grid") or {}
    minutes = step.get("minutes")
    for key, value in (("parameters", parameters), ("grid", grid)):
        if not isinstance(value, dict):
            found.append(f"{key}: {value!r} is not a mapping of parameter names to values.")
    if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes <= 0):
        found.append(f"minutes: {minutes!r} is not a number above 0.")
    own = {key for key in shared if notebook is not None and key in notebook.parameters}
    if isinstance(parameters, dict) and isinstance(grid, dict):
        parameters = {key: shared[key] for key in shared if key in own - set(grid)} | parameters
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
    return own


def run_name(step: str, chosen: Mapping[str, Any]) -> str:
    """Readable name of a run of a grid: ``train`` with seed 1 is ``train-seed=1``.

    A name that would be too long for a folder is its beginning and a digest of the whole.
    """
    parts = [f"{key}={_readable(value)}" for key, value in chosen.items()]
    name = "-".join([step, ",".join(parts)]) if parts else step
    return name if len(name) <= _LONGEST else f"{name[:_KEPT]}-{digest(name)[:16]}"


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
        try:
            name, inside = split_reference(reference)
        except InputError as error:
            found.append(str(error))
            return reference
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
    known = defaults(notebook, parameters) | plain
    found += missing_paths(known) + unusable_values(notebook.stem, known)
    return {**parameters, **plain}, tuple(needs)


def defaults(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """Default values of the parameters that are not given."""
    return {name: known.default for name, known in notebook.parameters.items() if name not in given and name != RUN_DIR}


def missing_paths(values: Mapping[str, Any]) -> list[str]:
    """A problem for every parameter that names a path which does not exist."""
    return [
        f"{key}: {value!r} does not exist (looked in {project_dir()})."
        for key, value in values.items()
        if key.endswith(PATH_ENDINGS) and isinstance(value, str) and not os.path.exists(given_path(value))
    ]


def listed(where: str, problems: list[str]) -> str:
    """All problems as one message; what is wrong in several steps (a database that is not there) is said once."""
    steps_of: dict[str, list[str]] = {}
    for problem in problems:
        step = _STEP.match(problem)
        steps_of.setdefault(problem[step.end() :] if step else problem, []).append(step.group(1) if step else "")
    lines = []
    for text, steps in steps_of.items():
        named = [step for step in steps if step]
        lines.append(f"step{'s' * (len(named) > 1)} {', '.join(named)}: {text}" if named else text)
    head = f"{where}: {len(lines)} problem{'s' if len(lines) > 1 else ''}, nothing was run."
    return "\n".join([head, *(f"  - {line}" for line in lines)])


def unknown_keys(content: Mapping[Any, Any], valid: tuple[str, ...], what: str, problems: list[str]) -> None:
    """Add a problem for every key that is not a valid one."""
    unknown = [str(key) for key in content if key not in valid]
    problems += [f"unknown key {key!r} of a {what}. {nearest(key, valid)}" for key in unknown]


def _readable(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "+".join(_readable(item) for item in value).replace("+", "_")
    return re.sub(r"[^A-Za-z0-9._-]+", "_", str(value)).strip("_") or "empty"
