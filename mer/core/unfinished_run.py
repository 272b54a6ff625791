"""Runs without a ``result.json``: they did not finish, or it was deleted, and nothing vouches for their files.

Who looks at one of their results is told so once; what needs a finished run refuses it. A process that computes for the
run (its notebook, and that one's workers) reads its own results without a word.
"""

import os
import sys
from pathlib import Path

from mer.core.errors import InputError, MissingPath
from mer.core.files import read_json
from mer.core.made_again import INTERACTIVE, made_again
from mer.core.one_run import which_run
from mer.core.work_lock import working_folders

#: Files of a run that tell about it instead of being its result; a folder with one of them is that of a run.
RECORDS = ("record.json", "parameters.json", "recipe.json", "changes.patch")
#: A file lies at most this deep in a run's folder.
DEPTH = 4
#: Runs that were told of in this process.
_told: set[Path] = set()


def unfinished_run(place: Path | str) -> Path | None:
    """The folder of the unfinished run that a file or folder belongs to.

    Args:
        place: of a file in a run's folder, or of that folder.

    Returns:
        None where it is of no run, of a finished one, or of the one that this process computes for.
    """
    place = Path(place).absolute()
    folder = next((one for one in (place, *place.parents[:DEPTH]) if _is_of_run(one)), None)
    if folder is None or which_run(folder) is not None or folder in working_folders():
        return None
    return folder


def tell_unfinished(file: Path) -> None:
    """Say on stderr, once a process, that nothing vouches for the files of the unfinished run that a file is of.

    Args:
        file: that is read; of one that is not there its reader tells, and records are no results.
    """
    if file.name in RECORDS or not os.path.isfile(file) or (folder := unfinished_run(file)) is None or folder in _told:
        return
    _told.add(folder)
    print(f"Beware: {_words(folder)}", file=sys.stderr, flush=True)


def refuse_unfinished(place: Path | str, what: str) -> None:
    """Refuse what is to be used of an unfinished run. One that was run by hand never has a result: it is told of.

    Args:
        place: of a file in a run's folder, or of that folder.
        what: needs a finished run, to begin the sentence: ``A paper's table``.

    Raises:
        MissingPath: the run did not finish; the message says the command that goes on with it.
    """
    folder = unfinished_run(place)
    if folder is not None and not _is_by_hand(folder):
        raise MissingPath(f"{what} needs a finished run. {_words(folder)}")


def _words(folder: Path) -> str:
    if _is_by_hand(folder):
        again = f"`mer run {folder.name}` makes a run that does."
        return f"{folder} was run by hand, so nothing vouches for its files. {again}"
    return f"{folder} did not finish (it has no result.json), so nothing vouches for its files. {made_again(folder)}"


def _is_of_run(folder: Path) -> bool:
    return any(os.path.isfile(folder / name) for name in RECORDS)


def _is_by_hand(folder: Path) -> bool:
    try:
        record = read_json(folder / RECORDS[0])
    except InputError:
        record = None
    study = record.get("study") if isinstance(record, dict) else None
    return (study or folder.parent.name) == INTERACTIVE
