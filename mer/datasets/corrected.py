"""A database with a user's own corrections (`mer.manifest.own_corrections`): its files stay, its clip table changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.core.files import digest
from mer.core.problems import Problem, ProblemsFound
from mer.datasets.check_clip import clip_problems
from mer.datasets.composite import COMPOSITE_NAME
from mer.datasets.database import Database
from mer.manifest.clips import FRAME_NUMBERS, KEY
from mer.manifest.labels import LabelSpace
from mer.manifest.own_corrections import (
    CORRECTED,
    OwnCorrection,
    apply_own_corrections,
    corrected_words,
    corrections_of,
    own_corrections_file,
    read_own_corrections,
)

#: Corrected before emotions become classes, so that the class follows.
_BEFORE_LABELS = tuple(column for column in CORRECTED if column != "label")


def with_own_corrections(
    database: Database, corrections: Sequence[OwnCorrection], space: LabelSpace, allow_missing: bool = False
) -> Database:
    """The database with corrected key frames, emotions and notes; its labels come later (`with_own_labels`).

    Args:
        database: as released, before emotions become classes.
        corrections: all of the file; those of other databases are passed over.
        space: the classes.
        allow_missing: leave out the clips of which there are no frames at the corrected numbers.

    Raises:
        InputError: key frames are out of order.
        ProblemsFound: clips have no frames at the corrected numbers; all are listed.
    """
    if not set(database.clips["database"]) & {one.database for one in corrections}:
        return database
    clips, remarks = apply_own_corrections(
        database.clips, corrections, space.name, _BEFORE_LABELS, part=_lacks_clips(database)
    )
    changed = [one for one in corrections_of(database.clips, corrections, space.name) if one.column != "label"]
    if (
        database.name == COMPOSITE_NAME
    ):  # its classes are given clip by clip; a corrected emotion has the class of its mapping
        keys = [one.clip_key for one in changed if one.column == "emotion"]
        clips.loc[_has_key(clips, keys), "label"] = ""
    problems = _problems(database, clips, changed)
    lost = {problem.clip for problem in problems}
    if problems and not allow_missing:
        raise ProblemsFound(
            f"{own_corrections_file()} corrects {len(lost)} clip(s) of {database.name} to frames that are not there:",
            problems,
        )
    return replace(
        database,
        clips=clips[~_has_key(clips, lost)].reset_index(drop=True),
        own_clips=database.clips,
        corrections=tuple(one for one in changed if one.clip_key not in lost),
        left_out=(*database.left_out, *problems),
        remarks=(*remarks, *database.remarks),
    )


def with_own_labels(database: Database, corrections: Sequence[OwnCorrection], space: LabelSpace) -> Database:
    """The database with corrected labels, and with a remark on all that is corrected.

    Raises:
        InputError: a label is no class of the label space; all such rows are listed.
    """
    if database.own_clips is None:
        return database
    changed = [one for one in corrections_of(database.clips, corrections, space.name) if one.column == "label"]
    wrong = [one for one in changed if one.value not in ("", *space.classes)]
    if wrong:
        lines = [f"{one} is to be {one.value!r}. {nearest(one.value, space.classes)}" for one in wrong]
        raise InputError(
            f"{own_corrections_file()} has {len(wrong)} label(s) that are no class of {space.name!r}; correct the "
            "rows:\n  " + "\n  ".join(lines)
        )
    clips, remarks = apply_own_corrections(
        database.clips, corrections, space.name, ["label"], part=_lacks_clips(database)
    )
    every = (*database.corrections, *changed)
    said = [corrected_words(every, "value")] if every else []
    return replace(database, clips=clips, corrections=every, remarks=(*said, *remarks, *database.remarks))


def corrected_fingerprint(fingerprint: str, clips: Iterable[tuple[str, str, str]], labels: str | None = None) -> str:
    """A fingerprint that also tells which of these clips a user corrected, and to what.

    Notes do not count: no result depends on them.

    Args:
        fingerprint: of what is not the user's; it comes back where no clip is corrected.
        clips: keys of a database's clips.
        labels: name of the label space; labels of others do not count. None counts all.

    Raises:
        InputError: the file of corrections has faults.
    """
    corrections = read_own_corrections()
    own = set(clips) if corrections else set()
    parts = sorted(
        (*one.key, one.value)
        for one in corrections
        if one.changes_results and one.clip_key in own and labels in (None, one.labels or labels)
    )
    return digest(fingerprint, *(text for part in parts for text in part)) if parts else fingerprint


def clip_keys(clips: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Database, subject and clip of every row."""
    return list(clips[KEY].itertuples(index=False, name=None))


def _lacks_clips(database: Database) -> bool:
    """Whether a clip that it does not have may well exist: it was left out, or the composite never had it."""
    return database.name == COMPOSITE_NAME or bool(database.left_out)


def _has_key(clips: pd.DataFrame, keys: Iterable[tuple[str, str, str] | None]) -> pd.Series:
    wanted = set(keys)
    return pd.Series([key in wanted for key in clip_keys(clips)], index=clips.index, dtype=bool)


def _problems(database: Database, clips: pd.DataFrame, changed: Iterable[OwnCorrection]) -> list[Problem]:
    """What is wrong with the frames of clips whose key frames were corrected."""
    moved: dict[tuple[str, str, str], list[str]] = {}
    for one in changed:
        if one.column in FRAME_NUMBERS:
            moved.setdefault(one.clip_key, []).append(f"{one.column} {one.value} (was {one.was or 'empty'})")
    found = []
    for _, row in clips[_has_key(clips, moved)].iterrows():
        key = (str(row["database"]), str(row["subject"]), str(row["clip"]))
        numbers = {name: int(row["onset"] if pd.isna(row[name]) else row[name]) for name in FRAME_NUMBERS}
        source, place = database.source(row), str(row["frames"])
        what = f"corrected to {', '.join(moved[key])}:"
        remedy = f"Correct it otherwise, or take that back: mer data corrections --remove {'/'.join(key)}"
        found += [
            replace(problem, what=f"{what} {problem.what}", remedy=remedy)
            for problem in clip_problems(key, numbers, source, place, gaps=key[0] in database.gaps)
        ]
    return found
