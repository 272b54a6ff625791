"""Numbers that others published, for the column beside ours: ``data_manifests/paper/*.csv``.

Tables
------
``composite``   methods on the composite database of MEGC2019: UF1 and UAR of all clips and of each database.
``ablation``    the paper's M0 to M9, the same columns.
``classes``     four and five classes of CASME II: UF1, UAR, accuracy.
``key_frames``  onset or apex moved by a percentage, and an automatic apex.
``runtime``     milliseconds.
``claims``      for each method what could be verified of its numbers, and how its code chooses the reported epoch
                (`mer.evaluation.claims_table` sets it beside ``composite``).

Every row of the others says where it comes from (``source``), how sure that is (``certainty``) and what a reader must
know of it (``note``): for instance that the UAR that STSTNet published is macro precision. None of these numbers was
computed by this suite, and no function here gives them our name.

The numbers of ``claims`` were computed here, from predictions that the methods' authors keep in public. Its rows say
on how many clips (``clips``, empty where unknown), which file was read (``code``, as ``owner/repository: path``), what
came of it (``verified``, one of `VERIFIED`), how the epoch is chosen (``epoch_choice``, one of `EPOCH_CHOICE`) and what
else there is to know (``how``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, MissingPath, nearest
from mer.manifest.place import manifests_dir

FOLDER = "paper"

#: How sure a published number is.
CERTAINTY = {
    "read": "in the work named, or in its authors' repository",
    "computed": "here, from predictions",
    "second-hand": "in another work that cites it",
    "recalled": "at least one number of the row, from general knowledge; to be checked before it is quoted",
}
#: How the code of a published method chooses the epoch whose scores it reports.
EPOCH_CHOICE = {
    "last": "the last epoch, whose number is fixed before",
    "held-out": "for each person the epoch that was best on that person, who is the one tested",
    "not stated": "what was read of it does not say",
    "no code seen": "no public code of it was found",
}
#: What could be verified of a published method's numbers.
VERIFIED = {
    "agrees": "UF1 and UAR, computed anew from predictions that its authors keep in public, are as claimed",
    "differs": "computed anew likewise, at least one of them is not as claimed",
    "choice read": "how the epoch is chosen was read in its code; no predictions to compute numbers from were found",
    "number only": "nothing but the number was read",
}
#: What stands behind the names of methods whose numbers are not read in the work that measured them.
MARKS = {"second-hand": "†", "recalled": "‡", "computed": "§"}
#: Parts of the composite database in the paper's order, as the columns name them.
PARTS = ("full", "smic", "samm", "casme2")
SCORES_BY_PART = tuple(f"{part}_{metric}" for part in PARTS for metric in ("uf1", "uar"))
#: What was computed anew of a method, for each part.
COMPUTED_BY_PART = tuple(f"{part}_{metric}" for part in PARTS for metric in ("uf1", "uar", "precision"))


@dataclass(frozen=True)
class _Form:
    """Columns of one table."""

    key: tuple[str, ...]  # no two rows agree in these
    scores: tuple[str, ...]  # in [0, 1], or empty where nothing was published
    numbers: tuple[str, ...] = ()  # 0 or more, or empty
    whole: tuple[str, ...] = ()  # whole numbers, never empty
    words: tuple[str, ...] = ()
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"certainty": CERTAINTY})
    about: tuple[str, ...] = ("source",)  # never empty either, after all others
    notes: tuple[str, ...] = ("note",)  # may be empty
    always: bool = True  # whether every row has a score

    @property
    def columns(self) -> list[str]:
        """All columns, those of the key first."""
        values = [*self.key, *self.words, *self.numbers, *self.whole, *self.scores]
        return list(dict.fromkeys([*values, *self.choices, *self.about, *self.notes]))


TABLES = {
    "composite": _Form(("method",), SCORES_BY_PART, whole=("year",)),
    "ablation": _Form(("variant",), SCORES_BY_PART, words=("change",)),
    "classes": _Form(("method", "classes"), ("uf1", "uar", "accuracy"), whole=("classes",)),
    "key_frames": _Form(("moved", "percent", "database"), ("uf1", "uar"), ("percent",)),
    "runtime": _Form(("stage",), (), ("milliseconds",), words=("machine",)),
    "claims": _Form(
        ("method",),
        COMPUTED_BY_PART,
        ("clips",),
        choices={"epoch_choice": EPOCH_CHOICE, "verified": VERIFIED},
        about=("how",),
        notes=("code",),
        always=False,
    ),
}


def read_published(name: str, folder: Path | None = None) -> pd.DataFrame:
    """One of the tables above.

    Args:
        name: of the table.
        folder: where the tables lie, by default ``paper`` among the manifests.

    Returns:
        Rows in the order of the file; scores and other numbers float64 (NaN where nothing was published), years and
        numbers of classes int64, the rest text, empty where there is none.

    Raises:
        InputError: an unknown name, or faults of the file, all listed.
        MissingPath: the file does not exist.
    """
    if name not in TABLES:
        raise InputError(f"There is no table of published numbers {name!r}. {nearest(name, TABLES)}")
    path = (folder or manifests_dir() / FOLDER) / f"{name}.csv"
    if not path.is_file():
        raise MissingPath(f"{path} does not exist; it comes with the repository. Restore it: git checkout -- {path}")
    return _checked(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8"), TABLES[name], path)


def _checked(table: pd.DataFrame, form: _Form, path: Path) -> pd.DataFrame:
    missing = [column for column in form.columns if column not in table.columns]
    unknown = [column for column in table.columns if column not in form.columns]
    if missing or unknown:
        raise InputError(f"{path} lacks columns {missing or 'none'} and has unknown ones {unknown or 'none'}.")
    table, faults = table[form.columns].copy(), []
    for column in (*form.scores, *form.numbers):
        values = pd.to_numeric(table[column].where(table[column] != ""), errors="coerce").astype(float)
        highest = 1.0 if column in form.scores else float("inf")
        wrong = (table[column] != "") & ~values.between(0, highest)
        kind = "a fraction in [0, 1]" if column in form.scores else "a number, 0 or more"
        faults += [f"row {row + 2}: {column} is {table[column][row]!r}, expected {kind}" for row in table.index[wrong]]
        table[column] = values
    for column in form.whole:
        wrong = ~table[column].str.fullmatch(r"\d+")
        faults += [f"row {row + 2}: {column} is {table[column][row]!r}, no whole number" for row in table.index[wrong]]
    for column, known in form.choices.items():
        for row, value in table[column].items():
            if value not in known:
                faults.append(f"row {int(str(row)) + 2}: {column} {value!r}. {nearest(value, known)}")
    words = (*form.key, *form.words, *form.about)
    texts = [column for column in words if column not in (*form.numbers, *form.whole)]
    for column in texts:
        empty = table.index[table[column].str.strip() == ""]
        faults += [f"row {row + 2}: {column} is empty" for row in empty]
    faults += [f"row {row + 2}: the key {form.key} stands twice" for row in table.index[table.duplicated(form.key)]]
    if form.scores and form.always:
        blank = table.index[table[list(form.scores)].isna().all(axis=1)]
        faults += [f"row {row + 2}: no score at all" for row in blank]
    if faults:
        raise InputError(f"{path} has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return table.astype(dict.fromkeys(form.whole, "int64"))
