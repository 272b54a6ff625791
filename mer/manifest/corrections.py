"""Known errors of the released sheets and folders, corrected clip by clip, each with its reason.

``data_manifests/corrections.csv``: ``database, variant, subject, clip, column, value, reason``. A row is found by its
clip's key, never by its number in a sheet; an empty ``variant`` means every variant of the release.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.manifest.place import manifests_dir

FILE_NAME = "corrections.csv"
COLUMNS = ["database", "variant", "subject", "clip", "column", "value", "reason"]
CORRECTED = ("onset", "apex", "offset", "emotion", "action_units")


@dataclass(frozen=True)
class Correction:
    """One value of one clip, and why it is set."""

    column: str
    value: str
    reason: str


def read_corrections(database: str, variant: str, path: Path | None = None) -> dict[tuple[str, str], list[Correction]]:
    """Corrections of a variant of a database by (subject, clip), in the order of the file.

    Raises:
        InputError: the file is no such table, or corrects a column that cannot be corrected.
    """
    path = path or manifests_dir() / FILE_NAME
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Take it from the repository again.") from error
    if list(table.columns) != COLUMNS:
        raise InputError(f"{path} has the columns {list(table.columns)}; expected {COLUMNS}.")
    found: dict[tuple[str, str], list[Correction]] = {}
    own = table[(table["database"] == database) & table["variant"].isin(["", variant])]
    for subject, clip, column, value, reason in own[COLUMNS[2:]].itertuples(index=False):
        if column not in CORRECTED:
            raise InputError(f"{path} corrects the column {column!r} of {clip}. {nearest(column, CORRECTED)}")
        if not reason.strip():
            raise InputError(f"{path} corrects {clip} without a reason; say why.")
        found.setdefault((subject, clip), []).append(Correction(column, value, reason))
    return found
