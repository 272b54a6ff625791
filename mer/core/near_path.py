"""What a path that is not there was probably meant to be: the nearest name in the folder that is there."""

from difflib import get_close_matches
from itertools import islice
from os import scandir
from pathlib import Path

_MOST = 2000  # entries of a folder that are looked at
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
    if close := get_close_matches(missing.lower(), lower, n=1, cutoff=0.6):
        near = lower[close[0]]
        return f"Did you mean {str(folder / near)!r}?"
    if same_stem := [name for name in names if Path(name).stem.lower() == Path(missing).stem.lower()]:
        return f"Did you mean {str(folder / same_stem[0])!r}?"
    if folder != path.parent:
        return f"There is no folder {str(folder / missing)!r}."
    where = "This folder" if folder == Path() else str(folder)
    if not names:
        return f"{where} is empty."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{where} holds {', '.join(names[:_NAMED])}{more}."
