"""Read a released database: its layout, its sheet and its folders become rows of the clip table.

Nothing of a release is changed, and no image is decoded here: files are looked at by name, size and ends only, so that
25,000 frames take seconds. Every fault is collected with its place and its remedy.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.files import digest, file_digest
from mer.core.machine_fault import MachineFault
from mer.core.problems import Problem
from mer.core.progress import progress
from mer.datasets.check_clip import clip_problems
from mer.datasets.frames import FrameSource, open_frames
from mer.datasets.gaps import gap_note
from mer.datasets.layout import Layout
from mer.datasets.release_folders import Folders, find_base
from mer.datasets.release_rows import (
    Candidate,
    Candidates,
    candidate,
    clip_paths,
    named,
    sheet_candidates,
)
from mer.datasets.release_sheet import find_sheet
from mer.datasets.release_words import GET_AGAIN, Elsewhere, clip_remarks, expected_words, nothing_found
from mer.manifest.action_units import normal_text
from mer.manifest.clips import COLUMNS, validate_clips
from mer.manifest.corrections import Correction, read_corrections
from mer.manifest.key_frames import middle_frame
from mer.manifest.spellings import other_spellings


@dataclass(frozen=True)
class Release:
    """A release as found on disk.

    Attributes:
        layout: how it lies there.
        root: folder that the ``frames`` column is relative to: the one that the user named.
        clips: clip table of the clips that are whole; ``label`` is empty, labels are a study's choice.
        problems: faults; one with a clip means that this clip is not in ``clips``.
        remarks: what is odd but can be used.
        fingerprint: digest of layout, sheet, and the names and sizes of all frames.
    """

    layout: Layout
    root: Path
    clips: pd.DataFrame
    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    fingerprint: str


def read_release(layout: Layout, root: Path, sheet: Path | None = None) -> Release:
    """Read a release; faults of single clips are in the result.

    Args:
        layout: how it lies on disk (`mer.datasets.layout.load_layout`).
        root: where the user unpacked it.
        sheet: the annotation sheet, where it does not lie below ``root``.

    Raises:
        MissingPath: the folder, the sheet, or all clips' folders are missing.
        InputError: the sheet cannot be read.
    """
    if not root.is_dir():
        raise MissingPath(f"{root} does not exist; expected the folder of {layout.title}, {expected_words(layout)}.")
    corrections = read_corrections(layout.database, layout.variant)
    parts = [layout.path.read_text(encoding="utf-8"), layout.variant]
    shown = ""
    if layout.sheet is None:
        folders, candidates = _from_folders(layout, root, corrections)
    else:
        sheet = sheet or find_sheet(layout, root)
        shown = sheet.relative_to(root).as_posix() if sheet.is_relative_to(root) else str(sheet)
        candidates = sheet_candidates(layout, sheet, shown, corrections)
        parts.append(file_digest(sheet))
        found = find_base(layout, root, [clip_paths(layout, one)[0] for one in candidates.found])
        if found is None:
            raise MissingPath(nothing_found(layout, root, shown, candidates.found))
        folders = found
        _drop_other_spellings(layout, shown, candidates)
        _drop_doubles(layout, shown, candidates)
    rows, listing = _look_at_frames(layout, root, shown, folders, candidates)
    clips = validate_clips(pd.DataFrame(rows, columns=COLUMNS)) if rows else pd.DataFrame(columns=COLUMNS)
    remarks = [*candidates.remarks, *clip_remarks(clips)]
    listed = len({problem.clip for problem in candidates.problems if problem.clip}) + len(clips)
    if listed < layout.clips:
        remarks.insert(0, f"{layout.title} ({layout.variant}) has {layout.clips} clips; {listed} of them are here.")
    corrections_digest = repr(sorted(corrections.items()))
    return Release(
        layout, root, clips, tuple(candidates.problems), tuple(remarks), digest(*parts, corrections_digest, *listing)
    )


def _from_folders(
    layout: Layout, root: Path, corrections: Mapping[tuple[str, str], list[Correction]]
) -> tuple[Folders, Candidates]:
    folders = find_base(layout, root, [])
    if folders is None:
        raise MissingPath(nothing_found(layout, root, None, []))
    result = Candidates()
    for template in layout.frames:
        for path, fields in folders.matching(template):
            shown = path.relative_to(root).as_posix()
            try:
                fields, subject, clip = named(layout, fields)
            except InputError as error:
                key = (layout.database, "", path.name)
                result.problems.append(Problem(shown, "", str(error), "Rename the folder as in the release.", key))
                continue
            place = {"frames": path.relative_to(folders.base).as_posix()}
            one = candidate(layout, shown, "", (subject, clip), fields | place, corrections)
            if isinstance(one, Problem):
                result.problems.append(one)
            else:
                result.found.append(one)
    _drop_other_spellings(layout, "", result)
    _drop_doubles(layout, "", result)
    return folders, result


def _drop_other_spellings(layout: Layout, shown: str, candidates: Candidates) -> None:
    """One person under two names would be trained on and tested at once: the rarer name is a fault."""
    others = other_spellings([(layout.database, one.subject) for one in candidates.found])
    for one in candidates.found:
        if usual := others.get((layout.database, one.subject)):
            what = f"subject {one.subject!r} is also written {usual!r}."
            remedy = "Correct it, or make the layout's 'subject' template write both alike."
            key = (layout.database, one.subject, one.clip)
            candidates.problems.append(Problem(shown or one.fields.get("frames", ""), one.row, what, remedy, key))
    candidates.found = [one for one in candidates.found if (layout.database, one.subject) not in others]


def _drop_doubles(layout: Layout, shown: str, candidates: Candidates) -> None:
    """Of clips with one key none can be kept: nobody knows which is meant."""
    count = Counter((one.subject, one.clip) for one in candidates.found)
    rows: dict[tuple[str, str], list[str]] = {}
    for one in candidates.found:
        rows.setdefault((one.subject, one.clip), []).append(one.row or one.fields.get("frames", ""))
    for (subject, clip), number in count.items():
        if number > 1:
            places = " and ".join(rows[subject, clip])
            kind = "rows" if shown else "folders"
            what = f"{number} clips have the key {subject}/{clip} ({kind} {places}); expected one."
            remedy = "Remove or rename all but one, or make the layout's 'clip' template tell them apart."
            key = (layout.database, subject, clip)
            candidates.problems.append(Problem(shown or layout.base[0], places if shown else "", what, remedy, key))
    candidates.found = [one for one in candidates.found if count[one.subject, one.clip] == 1]


def _look_at_frames(
    layout: Layout, root: Path, sheet: str, folders: Folders, candidates: Candidates
) -> tuple[list[dict[str, Any]], list[str]]:
    rows, listing = [], []
    misplaced = Elsewhere(layout, root, folders.base, candidates.found)
    for one in progress(candidates.found, what=f"Looking at {layout.title}", unit="clips"):
        key = (layout.database, one.subject, one.clip)
        paths, fault = clip_paths(layout, one)
        try:
            place = folders.find(paths)
        except InputError as error:
            place, fault = None, str(error)
        if place is None:
            expected = folders.base / (paths or [""])[0]
            name = expected.relative_to(root).as_posix()
            what = fault or f"its folder {name} is missing."
            candidates.problems.append(Problem(sheet or name, one.row, what, misplaced.remedy(expected), key))
            continue
        shown = place.relative_to(root).as_posix()
        try:
            source = open_frames(place, root)
            if not len(source.numbers) and (unusable := source.faults([])):
                which = shown if sheet else "it"
                candidates.problems += [
                    Problem(sheet or shown, one.row, f"{which} {what}.", remedy, key) for _, what, remedy in unusable
                ]
                continue
            numbers = _key_frames(one, source)
        except MachineFault:
            raise
        except InputError as error:
            what = f"{shown}: {error}" if sheet else str(error)
            candidates.problems.append(Problem(sheet or shown, one.row, what, GET_AGAIN, key))
            continue
        row = _row(layout, one, shown, numbers, gap_note(source.numbers, numbers["onset"], numbers["offset"]))
        if found := clip_problems(key, numbers, source, shown, sheet=sheet, row=one.row, gaps=layout.gaps):
            candidates.problems += found
            continue
        if stranger := _other_names(layout, source):
            candidates.problems.append(Problem(shown, "", *stranger, key))
            continue
        wanted = range(numbers["onset"], numbers["offset"] + 1)
        listing += [f"{shown}/{name} {size}" for name, size in source.listing(wanted)]
        rows.append(row)
    return rows, listing


def _other_names(layout: Layout, source: FrameSource) -> tuple[str, str] | None:
    """What is wrong, and the remedy, where the frames are called as another variant's are."""
    name = source.listing(source.numbers[:1])[0][0]
    if fnmatch(name.lower(), layout.images.lower()):
        return None
    others = ", ".join(variant for variant in layout.variants if variant != layout.variant)
    return (
        f"its frames are called {name}; those of the variant {layout.variant!r} are called {layout.images}.",
        f"Put the right frames there, or choose the variant that these are ({others}).",
    )


def _key_frames(one: Candidate, source: FrameSource) -> dict[str, int]:
    """Onset, apex and offset; the first and last frame, and the middle one, where they are not annotated."""
    if not len(source.numbers):
        raise InputError("there is no numbered image in it.")
    onset = source.numbers[0] if one.onset is None else one.onset
    offset = source.numbers[-1] if one.offset is None else one.offset
    apex = middle_frame(onset, offset) if one.apex is None else one.apex
    return {"onset": onset, "apex": apex, "offset": offset}


def _row(layout: Layout, one: Candidate, shown: str, numbers: dict[str, int], note: str) -> dict[str, Any]:
    return {
        "database": layout.database,
        "subject": one.subject,
        "clip": one.clip,
        "frames": shown,
        **numbers,
        "fps": layout.fps,
        "emotion": one.fields.get("emotion", ""),
        "action_units": normal_text(one.fields.get("action_units", "")),
        "label": "",
        "apex_source": "middle" if one.apex is None else "annotated",
        "note": "; ".join([*one.notes, *([note] if note else [])]),
    }
