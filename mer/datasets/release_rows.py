"""Candidate clips of a release: rows of its sheet, with names and numbers made out, faults collected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mer.core.errors import InputError
from mer.core.problems import Problem
from mer.datasets.layout import Layout, SheetLayout
from mer.datasets.sheet import MISSING, SheetFormat, read_sheet, whole_number
from mer.datasets.templates import fill, names_in
from mer.manifest.corrections import Correction

_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_REMEDY = "Correct the cell, or add a row for this clip to corrections.csv; with --allow-missing the clip is left out."


@dataclass(frozen=True)
class Candidate:
    """One clip as the release describes it, before its frames are looked at.

    Attributes:
        row: row of the sheet, empty without one.
        subject, clip: names in the clip table.
        fields: every field of the sheet (or of the folder's name) as text, with ``subject`` as in the clip table.
        onset, apex, offset: frame numbers; None where not annotated.
        notes: corrections and oddities, for the clip table.
    """

    row: str
    subject: str
    clip: str
    fields: Mapping[str, str]
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    notes: tuple[str, ...] = ()


@dataclass
class Candidates:
    """What came out of a sheet or of folders; problems are collected, not raised."""

    found: list[Candidate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def sheet_candidates(
    layout: Layout, sheet: Path, shown: str, corrections: Mapping[tuple[str, str], list[Correction]]
) -> Candidates:
    """Clips that a sheet lists.

    Args:
        layout: of the release; it has a sheet.
        sheet: the file.
        shown: how to call it in messages.
        corrections: by (subject, clip) (`mer.manifest.corrections`).

    Raises:
        InputError: the sheet as a whole cannot be read.
    """
    about = layout.sheet
    assert about is not None
    rows = read_sheet(sheet, _format(layout, about)).table
    result = Candidates()
    passed_over = 0
    for record in rows.to_dict("records"):
        fields = {str(name): str(value) for name, value in record.items() if name != "row"}
        row = str(record["row"])
        if _is_text(layout, fields):
            text = " ".join(value for value in fields.values() if value)
            result.remarks.append(f"{shown}, row {row} describes no clip and is passed over: {text[:60]!r}.")
            continue
        if any(fields.get(name, "").lower() not in kept for name, kept in about.keep.items()):
            passed_over += 1
            continue
        for repeat in range(1, about.repeats + 1):
            if repeat == 1 or any(fields.get(f"{name}_{repeat}") for name in ("onset", "offset")):
                _add(result, layout, shown, row, fields, repeat, corrections)
    if passed_over:
        kept = "; ".join(f"{name} {' or '.join(values)}" for name, values in about.keep.items())
        result.remarks.append(f"{shown}: {passed_over} rows of another kind are passed over (kept: {kept}).")
    return result


def named(layout: Layout, fields: Mapping[str, str]) -> tuple[dict[str, str], str, str]:
    """Fields with their meant values, and the subject's and clip's names.

    Raises:
        InputError: a name cannot be made from the fields.
    """
    meant = dict(fields)
    if "emotion" in meant:
        meant["emotion"] = " ".join(meant["emotion"].lower().split())
    for name, values in layout.values.items():
        meant[name] = values.get(meant.get(name, ""), meant.get(name, ""))
    meant["subject"] = subject = fill(layout.subject, meant)
    return meant, subject, fill(layout.clip, meant)


def corrected(fields: dict[str, str], corrections: list[Correction]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Fields after the corrections of their clip, and a note on each that changed something."""
    notes = []
    for correction in corrections:
        before = fields.get(correction.column, "")
        if before != correction.value:
            fields = fields | {correction.column: correction.value}
            notes.append(f"{correction.column} {before or 'empty'} -> {correction.value}: {correction.reason}")
    return fields, tuple(notes)


def candidate(
    layout: Layout,
    shown: str,
    row: str,
    name: tuple[str, str],
    fields: dict[str, str],
    corrections: Mapping[tuple[str, str], list[Correction]],
) -> Candidate | Problem:
    """A clip with its corrections made and its key frames read, or what is wrong with them.

    Args:
        layout: of the release.
        shown: sheet or folder, for messages.
        row: of the sheet; empty without one.
        name: subject and clip.
        fields: as text.
        corrections: by name.
    """
    fields, notes = corrected(fields, corrections.get(name, []))
    key = (layout.database, *name)
    numbers: dict[str, int | None] = {}
    zero_is_missing = layout.sheet.zero_is_missing if layout.sheet else ()
    for which in ("onset", "apex", "offset"):
        try:
            number = whole_number(fields.get(which, ""))
        except InputError as error:
            return Problem(shown, row, f"{which}: {error} Expected a frame number.", _REMEDY, key)
        numbers[which] = None if number == 0 and which in zero_is_missing else number
    if "offset" in zero_is_missing and numbers["offset"] is None and numbers["apex"] is not None:
        numbers["offset"] = numbers["apex"]
        notes = (*notes, "no offset is annotated; the apex is taken as the last frame")
    subject, clip = name
    return Candidate(row, subject, clip, fields, numbers["onset"], numbers["apex"], numbers["offset"], notes)


def clip_paths(layout: Layout, candidate: Candidate) -> tuple[list[str], str]:
    """Possible places of a clip's frames inside the base, and what is wrong with its names where there is none."""
    if "frames" in candidate.fields:
        return [candidate.fields["frames"]], ""
    # Of several clips in one row the first has its name in the fields; the others lie in its folder.
    try:
        return [fill(template, candidate.fields) for template in layout.frames], ""
    except InputError as error:
        return [], str(error)


def _is_text(layout: Layout, fields: Mapping[str, str]) -> bool:
    """Whether a row is a remark below the table: nothing in it names a clip, and no key frame is a number."""
    naming = {name for template in (layout.subject, layout.clip) for name in names_in(template)} - {"subject", "onset"}
    if any(fields.get(name) for name in naming & set(fields)):
        return False
    for name in ("onset", "offset"):
        try:
            if whole_number(fields.get(name, "")) is not None:
                return False
        except InputError:
            continue
    return True


def _add(
    result: Candidates,
    layout: Layout,
    shown: str,
    row: str,
    fields: dict[str, str],
    repeat: int,
    corrections: Mapping[tuple[str, str], list[Correction]],
) -> None:
    try:
        fields, subject, clip = named(layout, fields)
    except InputError as error:
        # It has no key, but it is a clip: it must be counted among those that are left out.
        key = (layout.database, fields.get("subject", ""), f"row {row}")
        result.problems.append(Problem(shown, row, f"{error}", "Correct the cell, or the layout's templates.", key))
        return
    fields["clip"] = clip
    if repeat > 1:
        fields = fields | {name: fields.get(f"{name}_{repeat}", "") for name in ("onset", "offset")} | {"apex": ""}
        clip = _LAST_NUMBER.sub(lambda match: f"{int(match.group()) + repeat - 1:0{len(match.group())}d}", clip)
    found = candidate(layout, shown, row, (subject, clip), fields, corrections)
    if isinstance(found, Problem):
        result.problems.append(found)
        return
    for name in ("onset", "offset"):
        if getattr(found, name) is None:
            key = (layout.database, subject, clip)
            result.problems.append(
                Problem(
                    shown, row, f"{name} is empty or says that it is not annotated; every clip needs one.", _REMEDY, key
                )
            )
            return
    result.found.append(found)


def _format(layout: Layout, about: SheetLayout) -> SheetFormat:
    """How to read the sheet; a column may also have the name of its field, as people write who save a sheet anew."""
    headers = {header.casefold() for several in about.columns.values() for header in several}
    columns = {
        name: (*several, name) if about.header and name.casefold() not in headers else several
        for name, several in about.columns.items()
    }
    return SheetFormat(
        columns=columns,
        optional=frozenset(about.optional),
        header=about.header,
        tab=about.tab,
        missing=about.missing or MISSING,
        advice=f"The layout is {layout.path}; copy it, change 'columns', and give the copy: mer data add {layout.name} "
        "FOLDER --layout COPY.yaml",
    )
