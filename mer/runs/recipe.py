"""``recipe.json`` of a run: all that is needed to make it again, by itself; `mer.runs.rerun` does so.

It holds, for the run and every run that it needs, in order, the notebook, its parameters (references to other runs as
``@...``) and the digests of what the result depends on; what surrounds it (`mer.runs.surroundings`); and the recipes of
finished runs that a parameter names by their folder. Tracked files that differ from the commit of ``record.json`` stand
beside it in ``changes.patch``.
"""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_json, write_bytes, write_json
from mer.core.finished_run import checked
from mer.core.made_again import made_again
from mer.core.paths import given_path, project_dir
from mer.core.sealed import Damaged, check_format
from mer.core.stamp import RECORDS, commit
from mer.runs.changes import MADE_OF
from mer.runs.hashing import texts_of
from mer.runs.notebook import Notebook
from mer.runs.plan import PlannedRun, Study
from mer.runs.surroundings import surroundings

RECIPE = "recipe.json"
PATCH = "changes.patch"
FORMAT = 1
_LARGEST_PATCH = 2**20
_ABOVE = 3  # a parameter may name a file this deep inside a run's folder


def write_recipe(folder: Path, study: Study, planned: PlannedRun) -> None:
    """Write ``recipe.json``, and ``changes.patch`` where the code is not that of its commit, into a run's folder.

    Args:
        folder: of the run; its ``parameters.json``, and the folders of the runs that it needs, are there.
        study: of the run.
        planned: the run.

    Raises:
        InputError: they cannot be written.
    """
    steps = [_step(folder.parent / one.name, one) for one in study.selected(planned.name)]
    named = {run["run"] for run in steps}
    code = commit(Path(__file__).parent)
    (folder / PATCH).unlink(missing_ok=True)
    if code.get("changed_files"):
        patch = _changes()
        code["patch"] = bool(patch) and len(patch) < _LARGEST_PATCH
        if code["patch"]:
            write_bytes(folder / PATCH, patch)
    write_json(
        folder / RECIPE,
        {
            "format": FORMAT,
            "study": folder.parent.name,
            "run": planned.name,
            "steps": steps,
            "groups": {name: runs for name, runs in study.groups.items() if named.issuperset(runs)},
            "study_file": _text(study.path),
            "uses": runs_used(text for step in steps for text in texts_of(step["parameters"])),
            "code": code,
            "surroundings": surroundings(),
        },
    )


def read_recipe(folder: Path) -> dict[str, Any]:
    """The recipe of a finished run.

    Raises:
        MissingPath: there is no such folder.
        InputError: the run has none (made by hand, or by an older version), or it is not one of this version.
    """
    if not folder.is_dir():
        raise MissingPath(f"{folder} is no folder of a run. `mer runs` lists the runs.")
    if not (folder / RECIPE).is_file():
        raise InputError(no_recipe(folder))
    again = made_again(folder)
    try:
        recipe = read_json(checked(folder / RECIPE))
    except Damaged:
        raise
    except InputError as error:
        raise InputError(f"{folder / RECIPE} cannot be read as JSON. {again} --force") from error
    if not isinstance(recipe, dict):
        raise InputError(f"{folder / RECIPE} is no JSON object. {again} --force")
    check_format(folder / RECIPE, recipe.get("format"), FORMAT, f"{again} --force")
    keys = {"study": str, "run": str, "steps": list, "groups": dict, "uses": dict, "surroundings": dict}
    if wrong := [key for key, kind in keys.items() if not isinstance(recipe.get(key), kind)]:
        raise InputError(f"{folder / RECIPE}: {wrong[0]!r} is missing or damaged. {again} --force")
    return recipe


def no_recipe(folder: Path) -> str:
    """Why a run without a recipe cannot be made again, and what to do."""
    if (folder / "record.json").is_file() and not (folder / "parameters.json").is_file():
        return (
            f"{folder} was run by hand: which cells ran, in which order, with which changes is not known. Run its "
            "notebook in batch (`mer run NOTEBOOK -p NAME VALUE`); that run can be made again."
        )
    if (folder / "record.json").is_file():
        return f"{folder} has no {RECIPE}: it was made before runs kept it, or it is lost. {made_again(folder)} --force"
    return f"{folder} is no folder of a run: it holds no record.json. Give one as outputs/demo/train."


def _step(folder: Path, planned: PlannedRun) -> dict[str, Any]:
    parameters = folder / "parameters.json"
    return {
        "run": planned.name,
        "step": planned.step,
        "notebook": _place(planned.notebook),
        "parameters": planned.values(),
        "needs": list(planned.needs),
        MADE_OF: read_json(parameters).get(MADE_OF) if parameters.is_file() else None,
    }


def _place(notebook: Notebook) -> str:
    """Where a notebook lies, from the project's folder on where that is possible."""
    path = notebook.path.resolve()
    project = project_dir().resolve()
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)


def runs_used(named: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Run folders that parameters name by their path, each with its own recipe, or with the reason for having none."""
    found: dict[str, Mapping[str, Any]] = {}
    for text in dict.fromkeys(named):
        path = given_path(text)
        if text.startswith("@") or not text.strip("./") or not path.exists():
            continue
        for run in [path, *path.parents[:_ABOVE]]:
            if (run / "record.json").is_file():
                inside = path.relative_to(run).as_posix()
                found[text] = {"inside": "" if inside == "." else inside} | _recipe_of(run)
                break
    return found


def _recipe_of(run: Path) -> dict[str, Any]:
    try:
        return {"recipe": read_recipe(run)}
    except InputError as error:
        return {"reason": str(error)}


def _text(path: Path | None) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path else None
    except (OSError, UnicodeDecodeError):  # edited away since it was read
        return None


def _changes() -> bytes:
    """Tracked files that differ from the commit, as a patch that `git apply` takes; empty where git gives none."""
    command = ["git", "-C", str(Path(__file__).parent), "diff", "--binary", "--no-color", "--no-ext-diff", "HEAD"]
    try:
        done = subprocess.run(
            [*command, "--", ":(top)", f":(top,exclude){RECORDS}"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
