"""Rows of a file, one a clip, checked and spelled as the composite list spells them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.problems import Problem
from mer.evaluation.audit.audited import Audited
from mer.evaluation.audit.class_names import ClassNames, class_names
from mer.evaluation.audit.file_lines import fault, raise_faults
from mer.evaluation.audit.names import LISTED, listed_clips, spelled_as_listed
from mer.manifest.labels import COMPOSITE

#: What every row of a file says.
COLUMNS = ("database", "subject", "clip", "label", "predicted")


def audited_rows(
    blank: Audited, cells: pd.DataFrame, given: Sequence[str] | None = None, runs: Sequence[str] = ()
) -> list[Audited]:
    """What is audited of a file's rows.

    Args:
        blank: file and form, and notes of the reader.
        cells: the columns `COLUMNS` as text, ``line`` (int), and those of ``runs``.
        given: the classes, where they are known.
        runs: columns that tell one run from another (``run``, ``epoch_rule``, ``seed``); each is audited by itself.

    Raises:
        ProblemsFound: an empty cell, a label that is no class, a clip twice in a run, a clip under a database that is
            not its own. All are listed, with their lines.
        InputError: there is no row.
    """
    if cells.empty:
        raise InputError(f"{blank.file} has no predictions below its header; there is nothing to audit.")
    needed = COLUMNS if blank.names_clips else tuple(name for name in COLUMNS if name != "clip")
    faults = _empty(blank.file, cells, needed)
    names = class_names([*cells["label"].unique(), *cells["predicted"].unique()], given)
    faults += _mixed(blank.file, cells, names)
    for column in ("label", "predicted"):
        faults += _not_a_class(blank.file, cells, column, names)
    spelled, remarks = spelled_as_listed(cells)
    if blank.names_clips:
        faults += _twice(blank.file, spelled, runs) + _wrong_database(blank.file, spelled, _key(cells))
    raise_faults(blank.file, faults)
    rows = spelled.assign(
        label=cells["label"].map(names.index).astype(np.int64),
        predicted=cells["predicted"].map(names.index).astype(np.int64),
    )
    found = set(names.classes) - set(given or COMPOSITE.classes)
    notes = (*blank.notes, *remarks, *(_never_a_label(rows, names.classes) if found else []))
    whole = replace(blank, classes=names.classes, notes=notes)
    if not runs:
        return [replace(whole, rows=rows.reset_index(drop=True))]
    return [
        replace(whole, rows=group.reset_index(drop=True), about=_about(runs, group))
        for _, group in rows.groupby(list(runs), sort=False)
    ]


def _about(runs: Sequence[str], group: pd.DataFrame) -> Mapping[str, str | int]:
    said = {name: str(group[name].iloc[0]) for name in runs}
    return {name: int(text) if name == "seed" and text.isdecimal() else text for name, text in said.items()}


def _empty(file: str, cells: pd.DataFrame, needed: Sequence[str]) -> list[Problem]:
    found = []
    for column in needed:
        lines = cells.loc[cells[column].str.strip() == "", "line"]
        found += [fault(file, line, f"{column} is empty.") for line in lines]
    return found


def _not_a_class(file: str, cells: pd.DataFrame, column: str, names: ClassNames) -> list[Problem]:
    wrong = cells[cells[column].isin(names.faults.keys() - names.numbers)]
    texts = zip(wrong["line"], wrong[column], strict=True)
    return [fault(file, line, f"{column} {text!r} {names.faults[text]}") for line, text in texts]


def _mixed(file: str, cells: pd.DataFrame, names: ClassNames) -> list[Problem]:
    """Numbers in a file whose classes have names: one cause, so one fault, at the first of them."""
    columns = ("label", "predicted")
    both = np.stack([cells[column].isin(names.numbers).to_numpy() for column in columns])  # 2xn
    if not both.any():
        return []
    first = int(both.any(axis=0).argmax())
    column = columns[int(both[:, first].argmax())]
    text = str(cells[column].iloc[first])
    counts = [f"{number} of {len(cells)} cells of {name}" for name, number in zip(columns, both.sum(1), strict=True)]
    what = f"{column} {text!r} {names.faults[text]} Numbers are {' and '.join(counts)}."
    return [fault(file, int(cells["line"].iloc[first]), what)]


def _key(rows: pd.DataFrame) -> pd.Series:
    return rows["database"] + "/" + rows["subject"] + "/" + rows["clip"]


def _twice(file: str, rows: pd.DataFrame, runs: Sequence[str]) -> list[Problem]:
    columns = [*runs, "database", "subject", "clip"]
    again = rows[rows.duplicated(columns) & (rows["clip"] != "")]
    if again.empty:
        return []
    first = again[columns].merge(rows.drop_duplicates(columns)[[*columns, "line"]], on=columns)["line"]
    remedy = "Keep one prediction a clip" + (" and run." if runs else "; several runs are told apart by a column run.")
    return [
        fault(file, line, f"{key} stands twice, first in line {before}.", remedy)
        for line, before, key in zip(again["line"], first, _key(again), strict=True)
    ]


def _wrong_database(file: str, rows: pd.DataFrame, written: pd.Series) -> list[Problem]:
    """Clips of the composite's databases that stand under another of them than the list says, or under two.

    ``written`` is every key as it was written: a subject of another database has no listed spelling in this one.
    """
    strange = rows[rows["database"].isin(LISTED) & rows["listed"].isna()]
    if strange.empty:
        return []
    pairs = pd.Series(list(zip(strange["person_key"], strange["clip_key"], strict=True)), index=strange.index)
    owner = pairs.map(listed_clips().database)
    moved = strange[owner.notna()]
    found = [
        fault(file, line, f"{key} is a clip of {right} on the composite list.", "Correct the database.")
        for line, key, right in zip(moved["line"], written[moved.index], owner[owner.notna()], strict=True)
    ]
    rest = strange[owner.isna()]
    several = rest.groupby(["person_key", "clip_key"])["database"].transform("nunique") > 1
    return found + [
        fault(file, line, f"{key}: this clip of this subject stands under several databases.", "Give each its own.")
        for line, key in zip(rest.loc[several, "line"], written[rest.index[several]], strict=True)
    ]


def _never_a_label(rows: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """Of classes that are those found in the file: one that is only predicted may be a slip of the pen."""
    only = [classes[index] for index in sorted(set(rows["predicted"]) - set(rows["label"]))]
    return [f"No clip has the class {', '.join(only)}, but it is predicted."] if only else []
