"""Make a finished run again from its recipe, with all that it needs, and compare what comes out (``mer rerun``)."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.paths import given_path, outputs_dir, project_dir
from mer.core.stamp import commit, now
from mer.runs.changes import MADE_OF, parts_changed
from mer.runs.console import Console
from mer.runs.folder import RERUN, RunFolder
from mer.runs.hashing import input_digests, not_default
from mer.runs.notebook import Notebook, check_parameters, read_notebook
from mer.runs.plan import PlannedRun, Study
from mer.runs.recipe import PATCH
from mer.runs.runner import StudyRunner
from mer.runs.same_results import Compared, compare
from mer.runs.surroundings import surroundings, surroundings_differ


def rerun_folder() -> Path:
    """A new outputs folder: ``outputs/rerun/<time>``."""
    return outputs_dir() / RERUN / now().replace(":", "-")


def differences(recipe: Mapping[str, Any], folder: Path, top: bool = True) -> list[str]:
    """What is other here than when the run was made, a line each without a full stop; none where bytes must be equal.

    Args:
        recipe: of the run (`mer.runs.recipe.read_recipe`).
        folder: of the run.
        top: whether commit and patch are told too.

    Raises:
        InputError: the run cannot be made again here: a notebook or file is missing, or a run that it needs has no
            recipe. The message lists every reason.
    """
    said, faults = [], []
    for path, used in recipe["uses"].items():
        if not isinstance(used, Mapping) or not isinstance(used.get("recipe"), Mapping):
            reason = used.get("reason") if isinstance(used, Mapping) else None
            faults.append(f"it uses {path}, which cannot be made again: {reason or 'its recipe is damaged'}")
            continue
        try:
            inner = differences(used["recipe"], given_path(path), False)
        except InputError as error:
            faults.append(str(error))
        else:
            said += inner
    for step in recipe["steps"]:
        try:
            said += _step_differs(step, recipe, RunFolder(folder.parent.parent, folder.parent.name, step["run"]))
        except (InputError, KeyError, TypeError, AttributeError) as error:
            faults.append(str(error) if isinstance(error, InputError) else f"its recipe is damaged ({error!r})")
    if faults:
        raise InputError("\n  ".join([f"{folder} cannot be made again here:", *dict.fromkeys(faults)]))
    if said and top:
        said += _commit_differs(recipe, folder)
    return list(dict.fromkeys([*said, *surroundings_differ(recipe["surroundings"], surroundings())]))


def studies(recipe: Mapping[str, Any], into: Path) -> list[Study]:
    """What has to be run, in order: the runs that it names by their folder, then its own study with what it needs.

    Args:
        recipe: of the run.
        into: outputs folder; parameters that named a folder of a run name the new one below it.

    Raises:
        InputError: a parameter does not fit its notebook any more, or two runs would be one folder.
    """
    found: dict[tuple[str, str], PlannedRun] = {}
    ordered = _studies(recipe, into, found)
    return [study for at, study in enumerate(ordered) if study not in ordered[:at]]


def rerun(folder: Path, recipe: Mapping[str, Any], into: Path, console: Console) -> Compared:
    """Make a run again, with all that it needs, under the same names below another outputs folder, and compare.

    What can be rebuilt (rendered databases, aligned faces) is made anew there too, unless ``MER_CACHE`` names a cache.

    Args:
        folder: of the run.
        recipe: of the run.
        into: the outputs folder. Runs that are finished and up to date in it are not made again.
        console: where progress goes.

    Raises:
        InputError: as for `studies`; or ``into`` is the outputs folder that the run lies in, or holds a finished run of
            one of these names that is of something else.
        RunFailed: a notebook failed.
    """
    again = RunFolder(into.resolve(), recipe["study"], recipe["run"]).path
    if again == folder.resolve():
        raise InputError(f"--into {into} is the outputs folder of the run itself. Give another, or none.")
    with _outputs_in(into.resolve()):
        wanted = studies(recipe, into.resolve())
        for study in wanted:
            _refuse_others(StudyRunner(study, console), into)
        for study in wanted:
            StudyRunner(study, console).run()
    return compare(folder, again)


def _refuse_others(runner: StudyRunner, into: Path) -> None:
    """A run of the same name below ``into`` would be replaced."""
    others = [one for one in runner.plan() if one.outcome != "up to date" and (one.folder / "result.json").is_file()]
    if others:
        raise InputError(
            f"{others[0].folder} is a finished run of something else, and would be replaced. Give another folder with "
            f"--into than {into}, or none."
        )


def _step_differs(step: Mapping[str, Any], recipe: Mapping[str, Any], folder: RunFolder) -> list[str]:
    notebook = _notebook(step)
    before = dict(step[MADE_OF] or {})
    kept = {name: text for name, text in dict(before.get("inputs") or {}).items() if not _made_anew(name, recipe)}
    before["inputs"] = kept
    current = {name: text for name, text in input_digests(step["parameters"]).items() if not _made_anew(name, recipe)}
    if gone := [name for name in kept if name not in current and _is_path(name)]:
        raise MissingPath(f"{', '.join(gone)}, which {step['run']} reads, is not there. Put it below {project_dir()}.")
    return [f"{step['run']}: {line}" for line in parts_changed(before, folder, notebook, step["parameters"], current)]


def _made_anew(name: str, recipe: Mapping[str, Any]) -> bool:
    """Whether an input is a run that is made again, so that its digest says nothing."""
    return name.startswith("@") or name in recipe["uses"]


def _is_path(name: str) -> bool:
    return "/" in name or os.sep in name or Path(name).suffix in (".csv", ".yaml", ".json", ".npz", ".safetensors")


def _notebook(step: Mapping[str, Any]) -> Notebook:
    """The step's notebook where it lay, else the one of its name."""
    try:
        return read_notebook(project_dir() / step["notebook"])
    except MissingPath:
        return read_notebook(Path(step["notebook"]).stem)


def _commit_differs(recipe: Mapping[str, Any], folder: Path) -> list[str]:
    """Which commit and patch bring the code back, where it is not that of now."""
    code = recipe.get("code") or {}
    if not code.get("commit"):
        return []
    here = commit(Path(__file__).parent)
    if here.get("commit") == code["commit"] and not (here["changed_files"] or code.get("changed_files")):
        return []
    line = f"the commit was {code['commit'][:12]}"
    if code.get("changed_files"):
        patch = folder / PATCH
        line += f" with {patch}" if code.get("patch") and patch.is_file() else " with changes that were not kept"
    return [line]


def _studies(recipe: Mapping[str, Any], into: Path, found: dict[tuple[str, str], PlannedRun]) -> list[Study]:
    before = [study for used in recipe["uses"].values() for study in _studies(used["recipe"], into, found)]
    places = {
        text: str(RunFolder(into, used["recipe"]["study"], used["recipe"]["run"]).path / used["inside"])
        for text, used in recipe["uses"].items()
    }
    runs = []
    for step in recipe["steps"]:
        planned = _planned(step, places)
        known = found.setdefault((recipe["study"], planned.name), planned)
        if known != planned:
            raise InputError(
                f"Two different runs that this one uses are both called {recipe['study']}/{planned.name}, of two "
                "outputs folders: they cannot be made again in one. Run one of them under another name first."
            )
        runs.append(planned)
    groups = {name: tuple(names) for name, names in recipe["groups"].items()}
    return [*before, Study(recipe["study"], tuple(runs), groups=groups)]


def _planned(step: Mapping[str, Any], places: Mapping[str, str]) -> PlannedRun:
    notebook = _notebook(step)
    moved = _placed(step["parameters"], places)
    given = not_default(notebook, moved)
    values, problems = check_parameters(notebook, {name: moved[name] for name in given})
    if problems:
        raise InputError("\n  ".join([f"Run {step['run']} cannot be made again:", *problems]))
    return PlannedRun(step["run"], step["step"], notebook, values, tuple(step["needs"]))


def _placed(value: Any, places: Mapping[str, str]) -> Any:
    """The value with every text that named a run's folder naming the new one."""
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, list):
        return [_placed(item, places) for item in value]
    if isinstance(value, Mapping):
        return {key: _placed(item, places) for key, item in value.items()}
    return value


@contextmanager
def _outputs_in(folder: Path) -> Iterator[None]:
    """``MER_OUTPUTS`` names a folder inside the block, for this process and the kernels that it starts."""
    before = os.environ.get("MER_OUTPUTS")
    os.environ["MER_OUTPUTS"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MER_OUTPUTS"]
        else:
            os.environ["MER_OUTPUTS"] = before
