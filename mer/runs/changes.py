"""Why a finished run is out of date, in words: its parameters, what it reads, its notebook, the code of `mer`.

A run keeps the digests of all that its result depends on (`mer.runs.hashing.run_parts`) in its ``parameters.json``. Of
one that was made before runs did so, parameters, inputs and notebook are still known, from its record and its executed
notebook; that the code changed is then what is left.
"""

import json
from collections.abc import Mapping
from typing import Any

from mer.core.errors import InputError
from mer.runs.folder import RunFolder
from mer.runs.hashing import not_default, run_parts, short_digest, texts_of
from mer.runs.notebook import Notebook

#: Key of ``parameters.json`` under which a run keeps its `run_parts`.
MADE_OF = "made_of"
_MOST_NAMES = 4


def what_changed(
    folder: RunFolder, notebook: Notebook, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> list[str]:
    """What changed since the run in ``folder`` was made; for one whose hash is not that of now.

    Args:
        folder: of a finished run.
        notebook, parameters, inputs: as they are now (`mer.runs.hashing.run_hash`).

    Returns:
        Sentences without a full stop, what a person changed on purpose first; never empty.
    """
    before = _mapping(folder.read("parameters.json").get(MADE_OF)) or _from_record(folder, notebook)
    if said := parts_changed(before, folder, notebook, parameters, inputs):
        return said
    if "code" not in before:
        return ["code of mer that it uses changed (which part was not kept on record when it was made)"]
    return ["it was made by another version of this suite"]


def parts_changed(
    before: Mapping[str, Any],
    folder: RunFolder,
    notebook: Notebook,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> list[str]:
    """What differs from the parts that a run was made of (`mer.runs.hashing.run_parts`); as `what_changed` says it.

    Args:
        before: parts of then; those it does not have are not compared.
        folder: of the run.
        notebook, parameters, inputs: as they are now.
    """
    now = run_parts(notebook, parameters, inputs)
    return [
        *_parameters(before.get("parameters"), now["parameters"]),
        *_inputs(before, inputs, notebook, parameters, folder),
        *_notebook(before, now, notebook.stem),
        *_code(before.get("code"), now["code"]),
        *_manifest(before.get("manifest"), now["manifest"]),
    ]


def _parameters(before: Any, now: Mapping[str, str]) -> list[str]:
    if not isinstance(before, Mapping):
        return []
    names = [name for name in dict.fromkeys([*now, *before]) if now.get(name) != before.get(name)]
    return [f"{name} is {now.get(name, 'the default')} now, was {before.get(name, 'the default')}" for name in names]


def _values(notebook: Notebook, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, given or by default."""
    return {name: parameter.default for name, parameter in notebook.parameters.items()} | dict(parameters)


def _database_before(before: Any, now: Any, notebook: Notebook) -> Any:
    """The database that a run read, by its parameters of then; that of now where these are not known."""
    if not isinstance(before, Mapping):
        return now
    try:
        return json.loads(before["database"]) if "database" in before else _values(notebook, {}).get("database")
    except (TypeError, ValueError):
        return now


def _inputs(
    before: Mapping[str, Any],
    now: Mapping[str, str],
    notebook: Notebook,
    parameters: Mapping[str, Any],
    folder: RunFolder,
) -> list[str]:
    known = before.get("inputs")
    if not isinstance(known, Mapping):
        return []
    values = _values(notebook, parameters)
    named, database = texts_of(values), values.get("database")
    same = database == _database_before(before.get("parameters"), database, notebook)
    said = []
    for name in dict.fromkeys([*now, *known]):
        if now.get(name) == known.get(name):
            continue
        if name.startswith("@"):
            run = name[1:]
            if name in now and name in known:
                said.append(f"run {run}, which it uses, has another result")
            else:
                said.append(f"it uses run {run} now" if name in now else f"it does not use run {run} any more")
        elif name == database and same:
            said.append(_database_changed(name, folder, name in now))
        elif name in now:
            said.append(f"{name}, which it reads, {'changed' if name in known else 'is new'}")
        elif name in named:
            said.append(f"{name}, which it reads, is not there any more")
        else:
            said.append(f"it does not read {name} any more")
    return said


def _database_changed(name: str, folder: RunFolder, there: bool) -> str:
    """Which corrections of it changed since, or that its files did; for a run that did not keep them, either.

    Args:
        name: of the database.
        folder: of the run.
        there: whether something is known of what it holds now: not of a synthetic one without corrections, nor of one
            that cannot be opened.
    """
    from mer.datasets.content import known_content
    from mer.evaluation.corrected_since import STANDING, corrected_since

    try:
        since = corrected_since(folder.path)
    except InputError:
        since = None
    if since is not None and not since.used:
        return since.reason()
    if not there:
        try:
            known_content(name)
        except InputError:
            return f"database {name} cannot be opened any more"
    known = folder.read("record.json").get(STANDING) is not None
    return f"database {name} changed: its files{'' if known else ', or your corrections'}"


def _notebook(before: Mapping[str, Any], now: Mapping[str, Any], name: str) -> list[str]:
    if before.get("cells", now["cells"]) != now["cells"]:
        return [f"code of notebook {name} changed"]
    if before.get("text", now["text"]) != now["text"]:
        return [f"text of notebook {name} changed, its code did not"]
    return []


def _code(before: Any, now: Mapping[str, str]) -> list[str]:
    """Modules that changed; those that are merely reached anew, or no more, where no other says why."""
    if not isinstance(before, Mapping):
        return []
    both = [name for name in now if name in before and now[name] != before[name]]
    names = both or sorted(set(now) ^ set(before))
    return [f"code changed: {_some(names)}"] if names else []


def _manifest(before: Any, now: Mapping[str, str]) -> list[str]:
    if not isinstance(before, Mapping):
        return []
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return [f"manifest changed: {_some(names)}"] if names else []


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _from_record(folder: RunFolder, notebook: Notebook) -> dict[str, Any]:
    """What the record and the executed notebook of an older run still tell."""
    record = folder.read("record.json")
    found: dict[str, Any] = {}
    if isinstance(given := record.get("parameters"), Mapping):
        found["parameters"] = not_default(notebook, given)
    if isinstance(record.get("inputs"), Mapping):
        found["inputs"] = record["inputs"]
    cells = folder.read(f"{notebook.stem}.ipynb").get("cells")
    try:
        own = [cell for cell in cells or [] if "injected-parameters" not in cell["metadata"].get("tags", [])]
        sources = [("".join(cell["source"]), cell["cell_type"] == "code") for cell in own]
    except (AttributeError, KeyError, TypeError):
        sources = []
    if sources:
        found["text"] = short_digest(*(source for source, _ in sources))
        found["cells"] = short_digest(*(source for source, is_code in sources if is_code))
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
