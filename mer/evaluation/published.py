"""Numbers that others published, for the column beside ours: ``data_manifests/paper/*.csv``.

Tables
------
``composite``   methods on the composite database of MEGC2019: UF1 and UAR of all clips and of each database.
``ablation``    the paper's M0 to M9, the same columns.
``classes``     four and five classes of CASME II: UF1, UAR, accuracy.
``key_frames``  onset or apex moved by a percentage, and an automatic apex.
``runtime``     milliseconds.

Every row says where it comes from (``source``), how sure that is (``certainty``) and what a reader must know of it
(``note``): for instance that the UAR that STSTNet published is macro precision. None of these numbers was computed by
this suite, and no function here gives them our name.
"""

from dataclasses import dataclass
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
#: What stands behind the names of methods whose numbers are not read in the work that measured them.
MARKS = {"second-hand": "†", "recalled": "‡", "computed": "§"}
#: Parts of the composite database in the paper's order, as the columns name them.
PARTS = ("full", "smic", "samm", "casme2")
SCORES_BY_PART = tuple(f"{part}_{metric}" for part in PARTS for metric in ("uf1", "uar"))
_ABOUT = ("certainty", "source", "note")


@dataclass(frozen=True)
class _Form:
    """Columns of one table."""

    key: tuple[str, ...]  # no two rows agree in these
    scores: tuple[str, ...]  # in [0, 1], or empty where nothing was published
    numbers: tuple[str, ...] = ()  # 0 or more, or empty
    whole: tuple[str, ...] = ()  # whole numbers, never empty
    words: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """All columns, those of the key first."""
        return list(dict.fromkeys([*self.key, *self.words, *self.numbers, *self.whole, *self.scores, *_ABOUT]))


TABLES = {
    "composite": _Form(("method",), SCORES_BY_PART, whole=("year",)),
    "ablation": _Form(("variant",), SCORES_BY_PART, words=("change",)),
    "classes": _Form(("method", "classes"), ("uf1", "uar", "accuracy"), whole=("classes",)),
    "key_frames": _Form(("moved", "percent", "database"), ("uf1", "uar"), ("percent",)),
    "runtime": _Form(("stage",), (), ("milliseconds",), words=("machine",)),
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
    for row, certainty in table["certainty"].items():
        if certainty not in CERTAINTY:
            faults.append(f"row {int(str(row)) + 2}: certainty {certainty!r}. {nearest(certainty, CERTAINTY)}")
    texts = [column for column in (*form.key, *form.words, "source") if column not in (*form.numbers, *form.whole)]
    for column in texts:
        empty = table.index[table[column].str.strip() == ""]
        faults += [f"row {row + 2}: {column} is empty" for row in empty]
    faults += [f"row {row + 2}: the key {form.key} stands twice" for row in table.index[table.duplicated(form.key)]]
    if form.scores:
        blank = table.index[table[list(form.scores)].isna().all(axis=1)]
        faults += [f"row {row + 2}: no score at all" for row in blank]
    if faults:
        raise InputError(f"{path} has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return table.astype(dict.fromkeys(form.whole, "int64"))
