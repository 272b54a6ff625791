"""One value of one clip as a user wants it, what such a row must be, and where the rows stand."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mer.core.errors import InputError, nearest
from mer.core.paths import expanded, project_dir
from mer.manifest.clips import FRAME_NUMBERS, KEY, name_fault

FILE_NAME = "corrections.csv"
#: Columns of the clip table that a user may correct.
CORRECTED = (*FRAME_NUMBERS, "emotion", "label", "note")
#: Those of them that are read by people only: nothing is computed from them.
FOR_PEOPLE = ("note",)
_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class OwnCorrection:
    """A user's correction.

    Attributes:
        database, subject, clip: key of the clip; ``database`` as in the clip table, so it is meant for all variants of
            a release.
        column: one of `CORRECTED`.
        value: the wished one; a key frame is a whole number, the others may be empty (none).
        was: what the database had when it was corrected.
        labels: label space of a ``label`` (`mer.manifest.labels.LabelSpace.name`), for a class means something in one
            only; empty for the other columns.
        reason: in the user's words, may be empty.
        saved: when, UTC; filled in when it is saved.
    """

    database: str
    subject: str
    clip: str
    column: str
    value: str
    was: str
    labels: str = ""
    reason: str = ""
    saved: str = ""

    @property
    def clip_key(self) -> tuple[str, str, str]:
        """Of the clip."""
        return (self.database, self.subject, self.clip)

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What stands once in a file: database, subject, clip, column, labels."""
        return (*self.clip_key, self.column, self.labels)

    @property
    def changes_results(self) -> bool:
        """Whether anything is computed from it."""
        return self.column not in FOR_PEOPLE

    def plain(self) -> "OwnCorrection":
        """The same, a key frame written without leading zeros: ``0012`` is frame 12."""
        if self.column not in FRAME_NUMBERS:
            return self
        was = str(int(self.was)) if self.was.isdecimal() else self.was
        return replace(self, value=str(int(self.value)), was=was)

    def __str__(self) -> str:
        """For messages: ``casme2/sub01/EP02_01f: apex``."""
        return f"{'/'.join(self.clip_key)}: {self.column}{f' ({self.labels})' if self.labels else ''}"


def own_corrections_file() -> Path:
    """``$MER_CORRECTIONS``, else ``corrections.csv`` of the project folder."""
    chosen = os.environ.get("MER_CORRECTIONS")
    return expanded(chosen).resolve() if chosen else project_dir() / FILE_NAME


def check_corrections(corrections: Iterable[OwnCorrection], what: str) -> None:
    """Check the rows of a file, or what is to become rows.

    Args:
        corrections: in their order.
        what: where they stand, for the message.

    Raises:
        InputError: some have faults, or one value is corrected twice; all are listed, counted as a spreadsheet does
            (the header is row 1).
    """
    faults: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for row, one in enumerate(corrections, start=2):
        faults += [f"row {row} ({one}): {fault}" for fault in _faults(one)]
        if one.key in seen:
            faults.append(f"row {row} ({one}): is corrected in row {seen[one.key]} already; keep one of them")
        seen.setdefault(one.key, row)
    if faults:
        shown = "\n  ".join(faults[:50]) + (f"\n  and {len(faults) - 50} more" if len(faults) > 50 else "")
        raise InputError(f"{what}: {len(faults)} fault(s); correct these rows:\n  {shown}")


def _faults(one: OwnCorrection) -> list[str]:
    found = []
    for name in KEY:
        text = getattr(one, name)
        if not text.strip():
            found.append(f"{name} is empty; write the clip's as in the clip table")
        elif fault := name_fault(text):
            found.append(f"{name} {text!r} {fault}")
    if one.column not in CORRECTED:
        found.append(f"column is {one.column!r}, which cannot be corrected. {nearest(one.column, CORRECTED)}")
    if one.column in FRAME_NUMBERS and not _NUMBER.fullmatch(one.value):
        found.append(f"value is {one.value!r}; expected the number of a frame, a whole one from 0 on")
    if one.column == "label" and not one.labels:
        found.append("labels is empty; write the label space that the class is of, for instance composite")
    if one.column != "label" and one.labels:
        found.append(f"labels is {one.labels!r}; expected nothing there, which is for corrections of a label alone")
    return found
