"""What is audited, compared with the 442 clips of the MEGC2019 composite: missing and further clips, other classes.

A file of one database is compared with that database's clips, one of several with all 442. Where a file names no clips,
every person's number of clips of every class is compared; of a confusion matrix, the number of clips of every class.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer.evaluation.audit.audited import UNKNOWN, Audited
from mer.evaluation.audit.names import LISTED, listed_clips
from mer.evaluation.report import ALL
from mer.manifest.labels import COMPOSITE


@dataclass(frozen=True)
class OtherLabel:
    """A clip whose class is not that of the list."""

    clip: str
    line: int
    theirs: str
    listed: str


@dataclass(frozen=True)
class OtherCounts:
    """Clips by class of a person, a database or all, where a file names no clips and they are not those of the list."""

    where: str
    theirs: Mapping[str, int]
    listed: Mapping[str, int]


@dataclass(frozen=True)
class AgainstList:
    """The comparison.

    Attributes:
        why_not: why nothing was compared; empty where it was.
        databases: whose clips of the list it was compared with.
        listed: number of those clips.
        found: how many of them the file has; None for a confusion matrix.
        missing: the others, ``database/subject/clip``.
        extra: clips of the file that are not on the list, with their lines.
        labels: clips whose class is another one.
        counts: the same for files that name no clips.
        remark: what else a reader must know.
    """

    why_not: str = ""
    databases: tuple[str, ...] = ()
    listed: int = 0
    found: int | None = None
    missing: tuple[str, ...] = ()
    extra: tuple[tuple[str, int], ...] = ()
    labels: tuple[OtherLabel, ...] = ()
    counts: tuple[OtherCounts, ...] = ()
    remark: str = ""

    @property
    def differs(self) -> bool:
        """Whether it was compared and is not the same."""
        return bool(self.missing or self.extra or self.labels or self.counts)


def against_list(audited: Audited) -> AgainstList:
    """Compare what is audited with the composite list."""
    if set(audited.classes) != set(COMPOSITE.classes):
        return AgainstList(f"its classes ({', '.join(audited.classes)}) are not those of the composite")
    if audited.rows is None:
        return _of_matrices(audited)
    databases = list(audited.rows["database"].unique())
    other = [name for name in databases if name not in LISTED]
    if other == [UNKNOWN]:
        return AgainstList("the databases of its subjects are not known")
    if other:
        return AgainstList(f"{', '.join(other)} is no database of the composite ({', '.join(LISTED)})")
    clips = listed_clips().clips
    if len(databases) == 1:
        clips = clips[clips["database"].isin(databases)]
    if not audited.names_clips:
        return _by_subject(audited, audited.rows, clips)
    return _by_clip(audited, audited.rows, clips)


def _names_of(clips: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(name) for name in clips["database"].unique())


def _keys(rows: pd.DataFrame) -> pd.Series:
    return rows["database"] + "/" + rows["subject"] + "/" + rows["clip"]


def _by_clip(audited: Audited, rows: pd.DataFrame, clips: pd.DataFrame) -> AgainstList:
    keys, listed = _keys(rows), _keys(clips)
    known = rows["listed"].notna()
    theirs = pd.Series(np.array(audited.classes, dtype=object)[rows["label"].to_numpy()], index=rows.index)
    other = known & (theirs != rows["listed"])
    columns = (keys[other], rows.loc[other, "line"].astype(int), theirs[other], rows.loc[other, "listed"])
    return AgainstList(
        databases=_names_of(clips),
        listed=len(clips),
        found=int(known.sum()),
        missing=tuple(listed[~listed.isin(set(keys))]),
        extra=tuple(zip(keys[~known], rows.loc[~known, "line"].astype(int).tolist(), strict=True)),
        labels=tuple(OtherLabel(*found) for found in zip(*(column.tolist() for column in columns), strict=True)),
    )


def _by_subject(audited: Audited, rows: pd.DataFrame, clips: pd.DataFrame) -> AgainstList:
    theirs = _counts(rows["database"] + "/" + rows["subject"], rows["label"], audited.classes)
    index = clips["label"].map({name: place for place, name in enumerate(audited.classes)})
    listed = _counts(clips["database"] + "/" + clips["subject"], index, audited.classes)
    theirs, listed = theirs.align(listed, join="outer", axis=0, fill_value=0)
    return AgainstList(
        databases=_names_of(clips),
        listed=len(clips),
        found=int(np.minimum(theirs.sum(axis=1), listed.sum(axis=1)).sum()),
        counts=tuple(
            OtherCounts(str(who), _as_ints(theirs.loc[who]), _as_ints(listed.loc[who]))
            for who in theirs.index[(theirs != listed).any(axis=1)]
        ),
    )


def _counts(who: pd.Series, label: pd.Series, classes: tuple[str, ...]) -> pd.DataFrame:
    """Clips of every class, one row a person."""
    table = pd.crosstab(who, label).reindex(columns=range(len(classes)), fill_value=0)
    return table.set_axis(list(classes), axis=1)


def _as_ints(row: pd.Series) -> dict[str, int]:
    return {str(name): int(number) for name, number in row.items()}


def _of_matrices(audited: Audited) -> AgainstList:
    parts = {name: counts for name, counts in audited.matrices.items() if name != ALL}
    other = [name for name in parts if name not in LISTED]
    if other:
        return AgainstList(f"{', '.join(other)} is no database of the composite ({', '.join(LISTED)})")
    listed = {name: _class_counts(name, audited.classes) for name in (ALL, *LISTED)}
    of = next(iter(parts)) if len(parts) == 1 else ALL
    rows = {name: counts.sum(1) for name, counts in audited.matrices.items()}
    like = [name for name in LISTED if not parts and np.array_equal(rows[ALL], listed[name])]
    if like:  # a matrix without a name that can only be one database's
        of, rows = like[0], {like[0]: rows[ALL]}
    elif len(parts) == 1:
        rows = {of: rows[of]}
    absent = [name for name in LISTED if len(parts) > 1 and name not in parts]
    rows |= {name: np.zeros(len(audited.classes), np.int64) for name in absent}
    columns = audited.matrices[ALL].sum(0)
    turned = not np.array_equal(audited.matrices[ALL].sum(1), listed[of]) and np.array_equal(columns, listed[of])
    return AgainstList(
        databases=(of,) if of != ALL else LISTED,
        listed=int(listed[of].sum()),
        counts=tuple(
            OtherCounts(name, _by_name(found, audited.classes), _by_name(listed[name], audited.classes))
            for name, found in rows.items()
            if not np.array_equal(found, listed[name])
        ),
        remark="Its columns add up to the list's classes, its rows do not: rows and columns seem exchanged."
        if turned
        else "",
    )


def _class_counts(part: str, classes: tuple[str, ...]) -> np.ndarray:
    clips = listed_clips().clips
    labels = clips["label"] if part == ALL else clips.loc[clips["database"] == part, "label"]
    return np.array([int((labels == name).sum()) for name in classes])


def _by_name(counts: np.ndarray, classes: tuple[str, ...]) -> dict[str, int]:
    return {name: int(number) for name, number in zip(classes, counts, strict=True)}
