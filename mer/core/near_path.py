"""What a path that is not there was probably meant to be: the nearest name in the folder that is there."""

from itertools import islice
from os import scandir
from pathlib import Path

from mer.core.errors import closest, did_you_mean

_MOST = 2000  # entries of a folder that are looked at
_LIKENESS = 0.6  # more than of the names of a fixed list: a folder may hold anything
_NAMED = 4  # entries that are named where none is near


def near_path(path: Path | str) -> str:
    """A sentence with the nearest existing path, or with what the folder holds; empty where that cannot be told.

    Args:
        path: one that does not exist.
    """
    path = Path(path)
    folder = path.parent
    missing = path.name
    while not folder.is_dir() and folder != folder.parent:
        missing, folder = folder.name, folder.parent
    try:
        with scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, _MOST) if not entry.name.startswith("."))
    except OSError:
        return ""
    lower = {name.lower(): name for name in names}
    if close := closest(missing.lower(), lower, _LIKENESS):
        return did_you_mean(str(folder / lower[close]))
    if same_stem := [name for name in names if Path(name).stem.lower() == Path(missing).stem.lower()]:
        return did_you_mean(str(folder / same_stem[0]))
    if folder != path.parent:
        return f"There is no folder {str(folder / missing)!r}."
    where = "This folder" if folder == Path() else str(folder)
    if not names:
        return f"{where} is empty."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{where} holds {', '.join(names[:_NAMED])}{more}."
