"""When a run need not be done again: one hash of everything that its result depends on.

The notebook's sources (outputs left out), its parameters, the results of the runs it refers to, the files it is given,
what a user corrected in its database, the composite manifest where it is read, and the code of `mer` that it reaches:
the modules its cells import, those that they import, and so on. Comments, docstrings, `mer.runs` (which records a run
and does not change it) and the live record of a fit (`mer.core.live`, with the statements that only write it) do not
count. Library versions do not count either; they are in the record.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import digest, file_digest
from mer.core.finished_run_digest import files_digest
from mer.core.paths import given_path
from mer.runs.folder import result_digest
from mer.runs.notebook import Notebook
from mer.runs.reached_code import code_digest, meaning, reached_modules

#: Folders larger than this are told apart by the names and sizes of their files, not by their bytes.
_MOST_BYTES = 256 * 2**20


def run_hash(notebook: Notebook, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> str:
    """Hash of a run.

    Args:
        notebook: what is executed.
        parameters: its parameters, references as they stand in the study; one given its default counts as not given.
        inputs: digest of everything outside that the run reads (`input_digests`).
    """
    return digest(
        *notebook.source,
        json.dumps(not_default(notebook, parameters), sort_keys=True),
        json.dumps(inputs, sort_keys=True),
        code_digest(notebook.code),
        *(part for name, text in _manifest_digests(notebook.code).items() for part in (Path(name).name, text)),
    )


def run_parts(notebook: Notebook, parameters: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    """All that `run_hash` is of, part by part, so that a run can later say what changed since (`mer.runs.changes`).

    Returns:
        ``text`` and ``cells``, a digest of the notebook with its text and of its code alone; ``parameters`` that are
        not the default, as JSON; ``inputs``; ``code``, a digest a module; ``manifest``, a digest a file.
    """
    modules = reached_modules(notebook.code)
    return {
        "text": short_digest(*notebook.source),
        "cells": short_digest(*notebook.code),
        "parameters": not_default(notebook, parameters),
        "inputs": dict(inputs),
        "code": {name: short_digest(meaning(modules[name])) for name in sorted(modules)},
        "manifest": {name: text[:16] for name, text in _manifest_digests(notebook.code).items()},
    }


def short_digest(*parts: str) -> str:
    """Enough to see that something changed; hundreds of them stand in a file that people may open."""
    return digest(*parts)[:16]


def not_default(notebook: Notebook, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as JSON, without those given their default: giving it or not means the same."""
    defaults = {name: json.dumps(parameter.default) for name, parameter in notebook.parameters.items()}
    given = {name: json.dumps(value, sort_keys=True) for name, value in parameters.items()}
    return {name: text for name, text in given.items() if text != defaults.get(name)}


def input_digests(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Digest of every file and folder that a parameter names, keyed by the path as given."""
    found = {}
    for text in texts_of(parameters):
        path = given_path(text)
        if text.strip("./") and path.exists():
            found[text] = path_digest(path)
    name = parameters.get("database")
    if isinstance(name, str):
        found |= _database_digest(name, parameters.get("labels"))
    if isinstance(detector := parameters.get("detector"), str) and ":" in detector:
        found |= _detector_digest(detector)
    return found


def _database_digest(name: str, labels: Any = None) -> dict[str, str]:
    """What a database holds now: its files may change behind its name or its table, and a user corrects clips.

    A database that cannot be opened has none: its run then fails by itself, with the reason. Nor has a synthetic one
    without corrections: it is made by code, which counts anyway.

    Raises:
        InputError: the user's file of corrections has faults, which would hide what changed.
    """
    from mer.datasets.content import known_content
    from mer.datasets.corrected import corrected_fingerprint
    from mer.manifest.emotions import label_mapping

    try:
        fingerprint, clips = known_content(name)
        space = label_mapping(labels).space.name if isinstance(labels, str) else None
    except InputError:
        return {}
    text = corrected_fingerprint(fingerprint, clips, space)
    return {name: text} if text else {}


def _detector_digest(detector: str) -> dict[str, str]:
    """What the file behind a landmark detector holds now; none where it is missing, its run then says so."""
    from mer.face.landmarks import detector_identity

    try:
        return {detector: digest(detector_identity(detector))}
    except InputError:
        return {}


def _manifest_digests(sources: Iterable[str]) -> dict[str, str]:
    """Digest of each manifest where they are read: files that no parameter names."""
    if "mer.manifest.place" not in reached_modules(sources):
        return {}
    from mer.manifest.place import manifests_dir

    files = sorted(path for path in manifests_dir().rglob("*") if path.suffix in {".csv", ".yaml"})
    return {path.relative_to(manifests_dir()).as_posix(): file_digest(path) for path in files}


def path_digest(path: Path) -> str:
    """Digest of a file's bytes, of a finished run's result, of an index that lists digests, or of a folder's files.

    Hidden files, and those that are just being written, do not count.

    Raises:
        InputError: it changes while it is read, or cannot be read.
    """
    try:
        return _path_digest(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} is being written: {error.filename} is gone again. Try again.") from error
    except OSError as error:
        raise InputError(f"Cannot read {error.filename or path}: {error.strerror or error}.") from error


def _path_digest(path: Path) -> str:
    if path.is_file():
        return file_digest(path)
    result = result_digest(path)
    if result is not None:
        return result
    if (path / "index.json").is_file():
        return file_digest(path / "index.json")
    files = [file for file in path.rglob("*") if file.is_file() and not _is_passing(file.relative_to(path))]
    if sum(file.stat().st_size for file in files) <= _MOST_BYTES:
        return files_digest(path, files)
    sizes = (f"{file.relative_to(path).as_posix()} {file.stat().st_size}" for file in sorted(files))
    tables = [file for file in files if file.suffix in (".csv", ".json") and file.parent == path]
    return digest(*sizes, files_digest(path, tables))


def _is_passing(inside: Path) -> bool:
    return inside.suffix == ".part" or any(part.startswith(".") for part in inside.parts)


def texts_of(value: Any) -> list[str]:
    """Every text in a value, also inside lists and mappings."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return []
