"""The command that makes a run again, for messages."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_json
from mer.core.paths import notebooks_dir

#: Study that holds runs of single notebooks.
SINGLE = "single"
#: Study that holds what people ran by hand in JupyterLab.
INTERACTIVE = "interactive"
_SHARED = re.compile(r"-(?=[a-z][a-z_]*=)")


def made_again(folder: Path) -> str:
    """A sentence with the command that makes the run in ``folder`` again, as far as its records can be read."""
    study, run = folder.absolute().parts[-2:] if len(folder.absolute().parts) > 2 else ("", folder.name)
    record = _mapping(folder / "record.json")
    study, run = str(record.get("study") or study), str(record.get("run") or run)
    if study == INTERACTIVE:
        return f"Make it again: run the notebook {record.get('notebook') or run}."
    if study != SINGLE:
        return f"Make it again: {shlex.join(['mer', 'study', *_study(study), '--only', run])}"
    words = ["mer", "run", str(record.get("notebook") or run), "--name", run]
    given = record.get("parameters")
    for name, value in given.items() if isinstance(given, dict) else ():
        words += ["-p", str(name), value if isinstance(value, str) else json.dumps(value)]
    return f"Make it again: {shlex.join(words)}"


def _study(name: str) -> list[str]:
    """How a study is named on the command line: one with other shared parameters has them in its name."""
    found = _SHARED.search(name)
    if found is None or not (notebooks_dir() / "studies" / f"{name[: found.start()]}.yaml").is_file():
        return [name]
    given = [part.partition("=") for part in re.split(r",(?=[a-z][a-z_]*=)", name[found.start() + 1 :])]
    return [name[: found.start()], *(word for key, _, value in given for word in ("-p", key, value))]


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except InputError:
        return {}
    return content if isinstance(content, dict) else {}
