"""How a user makes a file of a run again, in the words of the command line."""

import json
from pathlib import Path


def how_again(path: Path | str) -> str:
    """A sentence with the command that makes the run of a file again, read from the nearest ``record.json`` above it.

    Args:
        path: of the file, which need not exist.
    """
    for folder in Path(path).absolute().parents:
        if (folder / "record.json").is_file():
            return f"Make it again: {_command(folder / 'record.json')}."
    return "Make it again: run the training that made it (`mer run 03_pretrain`, `mer run 04_train_loso`)."


def _command(record: Path) -> str:
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        study, run, notebook = (str(content[name]) for name in ("study", "run", "notebook"))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "run the notebook that made it"
    if study in ("interactive", "single"):
        return f"run the notebook {notebook} again, with the same parameters"
    return f"`mer study {study} --only {run} --force`"
