"""A finished run whose files a test has changed, sealed as if it had left them so."""

import json
from pathlib import Path

from mer.core.finished_run import RESULT, seal_run

_ABOUT = ("state", "study", "run", "notebook", "hash", "seconds")


def seal_again(folder: Path) -> None:
    """Seal a run once more, with what its result says of it."""
    result = json.loads((folder / RESULT).read_text())
    seal_run(folder, {key: result[key] for key in _ABOUT if key in result})
