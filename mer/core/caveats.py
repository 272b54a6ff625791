"""What a reader must know of every result of a run, kept in its folder: above all, which clips are not in it."""

from collections.abc import Iterable
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import read_json, write_json

FILE_NAME = "caveats.json"


def read_caveats(folder: Path) -> list[str]:
    """The sentences of a run's folder; none where nothing was left out.

    Raises:
        InputError: the file holds something else.
    """
    path = folder / FILE_NAME
    found = read_json(path) if path.is_file() else []
    if not isinstance(found, list) or not all(isinstance(sentence, str) for sentence in found):
        raise InputError(f"{path} is not a list of sentences. Delete it and run again.")
    return found


def add_caveats(folder: Path, sentences: Iterable[str]) -> None:
    """Add sentences to a run's folder, each once; empty ones are passed over."""
    known = read_caveats(folder)
    new = [sentence for sentence in dict.fromkeys(sentences) if sentence and sentence not in known]
    if new:
        write_json(folder / FILE_NAME, [*known, *new])
