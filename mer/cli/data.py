"""``mer data``: the databases on this machine."""

import json
from typing import TYPE_CHECKING

from mer.core.errors import InputError, nearest
from mer.core.progress import progress
from mer.manifest.clips import FRAME_NUMBERS

if TYPE_CHECKING:
    from mer.datasets.database import Database


def list_databases(as_json: bool = False) -> str:
    """What can be opened by name."""
    from mer.datasets.registry import BUILT_IN

    if as_json:
        return json.dumps(list(BUILT_IN), indent=2)
    names = [f"{name}  built in, rendered at first use (mer data build {name})" for name in BUILT_IN]
    return "\n".join([*names, "Any folder with a clips.csv opens by its path as well (see CONTRIBUTING.md)."])


def build_database(name: str) -> str:
    """Open a database, which builds it where that is possible; says what it holds."""
    return _about(_open(name))


def check_database(name: str) -> str:
    """Read the onset, apex and offset frame of every clip and look for the frames between.

    Raises:
        InputError: clips with missing or unreadable frames; all are listed.
    """
    database = _open(name)
    faults = []
    for _, row in progress(list(database.clips.iterrows()), what="clips", unit="clip"):
        try:
            for number in row[FRAME_NUMBERS].dropna():  # a clip may have no apex
                database.frame(row, int(number))
        except (InputError, OSError) as error:
            faults.append(str(error))
    if faults:
        raise InputError(f"{len(faults)} of {len(database.clips)} clips have faults:\n  " + "\n  ".join(faults[:50]))
    return "\n".join([_about(database), "Every clip's frames are there.", *_left_out(database)])


def _left_out(database: "Database") -> list[str]:
    """What training would leave out without being asked to: a misspelt label, a clip without an apex."""
    from mer.manifest.labels import COMPOSITE

    labels = database.clips["label"]
    lines = [
        f"{count} clips have the label {label!r}, which training leaves out. {nearest(str(label), COMPOSITE.classes)}"
        for label, count in labels[(labels != "") & ~labels.isin(COMPOSITE.classes)].value_counts().items()
    ]
    for what, missing in (("label", labels == ""), ("apex", database.clips["apex"].isna())):
        if missing.any():
            lines.append(f"{int(missing.sum())} clips have no {what}; training leaves them out.")
    return lines


def _open(name: str) -> "Database":
    from mer.datasets.registry import open_database

    return open_database(name)


def _about(database: "Database") -> str:
    clips = database.clips
    people = len(clips[["database", "subject"]].drop_duplicates())
    labels = ", ".join(f"{count} {label}" for label, count in clips["label"].value_counts().items())
    kind = "synthetic, " if database.synthetic else ""
    return (
        f"{database.name}: {kind}{len(clips)} clips of {people} persons ({labels}) in {database.root}\n{database.terms}"
    )
