"""The command that makes a run again, for messages."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.paths import notebooks_dir, outputs_dir

#: Study that holds runs of single notebooks.
SINGLE = "single"
#: Study that holds what people ran by hand in JupyterLab.
INTERACTIVE = "interactive"
_SHARED = re.compile(r"-(?=[a-z][a-z_]*=)")


def made_again(folder: Path, up_to_date: bool = False) -> str:
    """A sentence with the command that makes the run in ``folder`` again, as far as its records can be read.

    Args:
        folder: of the run.
        up_to_date: it would be taken for finished and unchanged, so the command has to insist.
    """
    again = _made_again(folder)
    return f"{again} --force" if up_to_date and not again.endswith(".") else again


def _made_again(folder: Path) -> str:
    study, run = folder.absolute().parts[-2:] if len(folder.absolute().parts) > 2 else ("", folder.name)
    record, (study, run) = _said(folder, (study, run))
    if study == INTERACTIVE:
        return f"Make it again: run the notebook {record.get('notebook') or run}."
    place = _place(folder.absolute(), study, run) if record else ""
    if study != SINGLE:
        words = ["mer", "study", *_study(study, record.get("study_file")), "--only", run]
        return f"Make it again: {place}{shlex.join(words)}"
    words = ["mer", "run", str(record.get("notebook") or run), "--name", run]
    given = record.get("parameters")
    for name, value in given.items() if isinstance(given, dict) else ():
        words += ["-p", str(name), value if isinstance(value, str) else json.dumps(value)]
    return f"Make it again: {place}{shlex.join(words)}"


def _said(folder: Path, own: tuple[str, str]) -> tuple[dict[str, Any], tuple[str, str]]:
    """What a run says of itself, and its study and name.

    Its folder may have been moved; or one of its two records be that of another run, which the other and the folder
    then contradict.

    Args:
        folder: of the run.
        own: names of the folder above it and of itself.
    """
    found = [said for name in ("record.json", "result.json") if (said := _mapping(folder / name))]
    named = [(str(said.get("study") or own[0]), str(said.get("run") or own[1])) for said in found]
    if not found:
        return {}, own
    at = named.index(own) if own in named else 0
    return found[at], named[at]


def _place(folder: Path, study: str, run: str) -> str:
    """What goes before a command so that it works in the outputs folder of this run; empty where it does so anyway."""
    outputs = folder.parent.parent
    if (folder.parent.name, folder.name) != (study, run) or outputs == outputs_dir().absolute():
        return ""
    return f"MER_OUTPUTS={shlex.quote(str(outputs))} "


def _study(name: str, file: Any) -> list[str]:
    """How a study is named on the command line: one with other shared parameters has them in its name.

    Args:
        name: of its folder.
        file: path of its YAML, where it is not one of the suite's.
    """
    found = _SHARED.search(name)
    base = name if found is None else name[: found.start()]
    if not isinstance(file, str):
        if found is None or not (notebooks_dir() / "studies" / f"{base}.yaml").is_file():
            return [name]
        file = base
    tail = "" if found is None else name[found.start() + 1 :]
    given = [part.partition("=") for part in re.split(r",(?=[a-z][a-z_]*=)", tail) if part]
    return [file, *(word for key, _, value in given for word in ("-p", key, value))]


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except InputError:
        return {}
    return content if isinstance(content, dict) else {}
