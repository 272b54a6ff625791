"""A study: one YAML file that names notebooks, their parameters and a grid, checked whole before any work starts.

    name: demo
    title: FRL-DGT on synthetic faces
    about: What a reader should know first.
    shared: {database: synthetic, other: synthetic-emotions}   # optional; a parameter of every notebook that has it,
                                         # or a value that a step takes by name: {database: $other}
    steps:
      - run: align
        notebook: 02_align
        parameters: {size: 128}
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

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.paths import notebooks_dir
from mer.core.yaml_file import read_yaml
from mer.runs.notebook import check_parameters, read_notebook
from mer.runs.plan import PlannedRun, Study
from mer.runs.steps import NAME, add_step, defaults, listed, missing_paths, run_name, unknown_keys
from mer.runs.values import unusable_values

_STUDY_KEYS = ("name", "title", "about", "shared", "steps")
#: Folders of ``outputs`` that belong to something else.
_RESERVED = ("cache", "interactive", "rerun", "single")


def find_study(name_or_file: str) -> Path:
    """Path of a study given as a name in ``notebooks/studies`` or as a file.

    Raises:
        MissingPath: there is none; the message has the nearest name.
    """
    folder = notebooks_dir() / "studies"
    for path in (Path(name_or_file), folder / f"{name_or_file}.yaml", folder / f"{name_or_file}.yml"):
        if os.path.isfile(path):
            return path
    raise MissingPath(f"No study {name_or_file!r} in {folder}. {nearest(name_or_file, study_names())}")


def study_names() -> list[str]:
    """Names of the studies in ``notebooks/studies``."""
    return sorted(path.stem for path in (notebooks_dir() / "studies").glob("*.y*ml"))


def load_study(name_or_file: str, given: Mapping[str, str] | None = None) -> Study:
    """Read and check a study.

    Args:
        name_or_file: as for `find_study`.
        given: shared parameters typed on the command line, in place of those of the file; the study is then named by
            them, so that its results do not take the place of those of the file.

    Raises:
        MissingPath: no such study.
        InputError: anything wrong in it; all problems are listed at once.
    """
    path = find_study(name_or_file)
    content = read_yaml(path)
    return parse_study(_with_shared(content, given, path) if given else content, path)


def parse_study(content: Any, path: Path | None = None) -> Study:
    """Check the content of a study file.

    Raises:
        InputError: as for `load_study`.
    """
    where = str(path) if path else "study"
    problems: list[str] = []
    if not isinstance(content, dict):
        raise InputError(f"{where} holds {type(content).__name__}, expected a mapping with {', '.join(_STUDY_KEYS)}.")
    unknown_keys(content, _STUDY_KEYS, "study", problems)
    name = str(content.get("name") or (path.stem if path else ""))
    if not NAME.fullmatch(name) or name in _RESERVED:
        problems.append(f"name: {name!r} cannot be a folder name; use letters, digits and . _ = , - (not cache).")
    steps = content.get("steps")
    if not isinstance(steps, list) or not steps:
        problems.append(f"steps: {steps!r} is not a list of steps, expected at least one.")
        steps = []
    runs: list[PlannedRun] = []
    groups: dict[str, tuple[str, ...]] = {}
    shared = content.get("shared") or {}
    if not isinstance(shared, dict):
        problems.append(f"shared: {shared!r} is not a mapping of parameter names to values.")
        shared = {}
    unused = set(shared)
    for number, step in enumerate(steps, start=1):
        filled, named = _filled(step, shared, problems)
        unused -= named | add_step(number, filled, runs, groups, problems, shared)
    if steps and not problems:  # a notebook that could not be read may be the one that has it
        problems += [f"shared: no notebook of the study has a parameter {key!r}." for key in sorted(unused)]
    if problems:
        raise InputError(listed(where, problems))
    title, about = (str(content.get(key) or "") for key in ("title", "about"))
    return Study(name, tuple(runs), title, about, path, groups)


def _filled(step: Any, shared: Mapping[str, Any], problems: list[str]) -> tuple[Any, set[str]]:
    """The step with ``$name`` values of its parameters taken from ``shared``, and which of them those were."""
    given = step.get("parameters") if isinstance(step, dict) else None
    if not isinstance(given, dict):
        return step, set()
    taken = {key: value[1:] for key, value in given.items() if isinstance(value, str) and value.startswith("$")}
    strange = sorted(set(taken.values()) - set(shared))
    problems += [f"'${name}' names no shared value. {nearest(name, shared)}" for name in strange]
    values = {key: shared[name] for key, name in taken.items() if name in shared}
    return {**step, "parameters": given | values}, set(taken.values())


def _with_shared(content: Any, given: Mapping[str, str], path: Path) -> Any:
    """The content of a study file with shared values typed on the command line, and a name that tells of them.

    Raises:
        InputError: the file shares no such parameter.
    """
    shared = content.get("shared") if isinstance(content, dict) else None
    known = shared if isinstance(shared, dict) else {}
    if strange := [key for key in given if key not in known]:
        raise InputError(f"{path.name} shares no parameter {strange[0]!r}. {nearest(strange[0], known)}")
    steps = content.get("steps") or []
    values = {}
    for key, text in given.items():
        names = [str(step["notebook"]) for step in steps if isinstance(step, dict) and step.get("notebook")]
        read = next((one for one in map(read_notebook, names) if key in one.parameters), None)
        values[key] = read.parameters[key].convert_text(text) if read else text  # else one that steps take by name
    name = run_name(str(content.get("name") or path.stem), values)
    return {**content, "name": name, "shared": {**known, **values}}


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
    known = defaults(read, checked) | checked
    problems += more + missing_paths(known) + unusable_values(read.stem, known)
    run = name or run_name(read.stem, values)
    if not NAME.fullmatch(run):
        problems.append(f"run name {run!r}: use letters, digits and . _ = , - only.")
    if problems:
        raise InputError(listed(read.stem, problems))
    return Study("single", (PlannedRun(run, run, read, checked),), title=f"Single runs of {read.stem}")
