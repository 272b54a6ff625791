"""A finished part of a training, a fold or a group of a pretraining: its index vouches for its files.

The index is a seal (`mer.core.sealed`) with the key of what the part was made of.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError, MissingPath
from mer.core.machine_fault import cause_in_machine
from mer.core.orphans import end_if_orphan
from mer.core.sealed import seal, unsealed
from mer.training.made_again import how_again

#: Of the index and of what lies beside it. 1: sizes and digests of the files; parts without a format are of before.
FORMAT = 1
_KEY = "key"


def finish(folder: Path, index: str, key: str, about: Mapping[str, Any], files: Iterable[str]) -> None:
    """Write the index of a part, last of all.

    Args:
        folder: that holds the files.
        index: its name in it.
        key: digest of all that the part depends on.
        about: what else stands in the index.
        files: names of the part's files.
    """
    end_if_orphan()
    seal(folder, index, FORMAT, {_KEY: key, **about}, files)


def check_finished(folder: Path, index: str, key: str) -> None:
    """Check that a part is the one of this run, and whole.

    Raises:
        MissingPath: it is not finished.
        InputError: it is of other settings, of another version of this suite, or damaged; the message names it and
            says what to do.
    """
    remedy = f"Only what is damaged is trained again. {how_again(folder / index)}"
    found = unsealed(folder, index, FORMAT, remedy, files=())
    if found.get(_KEY) != key:
        raise InputError(f"{folder / index} is not of this run: it was trained with other settings. {remedy}")
    unsealed(folder, index, FORMAT, remedy)


def is_finished(folder: Path, index: str, key: str, name: str | None = None) -> bool:
    """Whether a part need not be trained again.

    Args:
        folder, index, key: as for `finish`.
        name: of the part, for the line that is printed where it is damaged or of another version; None prints nothing.
            Of other settings nothing is said: those were changed by the user.

    Raises:
        InputError: a disk fails, or too many files are open: that says nothing of the part.
    """
    try:
        if unsealed(folder, index, FORMAT, "", files=()).get(_KEY) != key:
            return False
        unsealed(folder, index, FORMAT, "")
    except MissingPath:
        return False
    except InputError as error:
        if cause_in_machine(error):
            raise
        if name is not None:
            print(f"{name} is trained again: {error}".rstrip())
        return False
    return True
