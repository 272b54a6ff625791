"""Find the annotation sheet of a release below what a user unpacked, or say where it lies instead."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path

from mer.core.errors import MissingPath
from mer.datasets.layout import Layout, layout_names, load_layout
from mer.datasets.release_folders import listed

_DEEPEST = 4  # levels below the release's folder in which its sheet is looked for
_HIGHEST = 3  # folders above it that are looked into where there is none
_SHEETS = {".xlsx", ".xls", ".csv"}


def find_sheet(layout: Layout, root: Path) -> Path:
    """The annotation sheet of a release: the first pattern of the layout that matches, the highest folder first.

    Raises:
        MissingPath: there is none; the message says what lies there instead, and what to do.
    """
    assert layout.sheet is not None
    levels = [root]
    files: list[Path] = []
    for _ in range(_DEEPEST):
        entries = [entry for level in levels for entry in listed(level)]
        files += _files(entries)
        # A folder with very many folders holds clips, not sheets.
        levels = [entry for entry in entries if entry.is_dir()][:64]
    if matching := _matching(files, layout.sheet.files):
        return matching[0]
    sheets = [str(file.relative_to(root)) for file in files if file.suffix.lower() in _SHEETS]
    raise MissingPath(
        f"{root} holds no annotation sheet of {layout.title}; expected {' or '.join(layout.sheet.files)}. "
        f"{'There is ' + ', '.join(sheets[:5]) + '. ' if sheets else ''}{_advice(layout, root, files)}"
    )


def _files(entries: Iterable[Path]) -> list[Path]:
    return [entry for entry in entries if not entry.name.startswith(("~$", ".")) and entry.is_file()]


def _matching(files: Sequence[Path], patterns: Iterable[str]) -> list[Path]:
    """Files that fit the first pattern that any fits."""
    for pattern in patterns:
        if found := [file for file in files if fnmatch(file.name.lower(), pattern.lower())]:
            return found
    return []


def _advice(layout: Layout, root: Path, files: Sequence[Path]) -> str:
    """What a user without the sheet should do, by what lies in the folder and above it."""
    assert layout.sheet is not None
    old = {file.with_suffix(".xlsx"): file for file in files if file.suffix.lower() == ".xls"}
    if matching := _matching(list(old), layout.sheet.files):
        return f"Open {old[matching[0]].relative_to(root)} in a spreadsheet program and save it as .xlsx."
    for parent in list(root.resolve().parents)[:_HIGHEST]:
        if matching := _matching(_files(listed(parent)), layout.sheet.files):
            return (
                f"{matching[0].name} lies in {parent}: give that folder (mer data add {layout.name} {parent}), or name "
                "the sheet with --sheet."
            )
    there = {entry.name for entry in listed(root)}
    for name in layout_names():
        for variant in load_layout(name).variants:
            other = load_layout(name, variant)
            # Names of folders tell little ("cropped"); they count for a release that has no sheet.
            held = (
                _matching(files, other.sheet.files)
                if other.sheet
                else there & {one.split("/")[0] for one in other.base}
            )
            if held and other.database != layout.database:
                chosen = "" if variant == other.variants[0] else f" --variant {variant}"
                return f"It looks like {other.title}: mer data add {name} {root}{chosen}"
    return "Copy the sheet there, or name it with --sheet."
