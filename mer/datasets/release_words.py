"""What is said of a release: oddities that can be used, and what a user whose folders are not as expected should do."""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from mer.datasets.layout import Layout, load_layout
from mer.datasets.release_folders import is_litter
from mer.datasets.release_rows import Candidate, clip_paths
from mer.datasets.video import RELEASE_SUFFIXES

_DEEPEST = 5  # levels below the release's folder in which a missing clip is looked for
GET_AGAIN = "Unpack it again from the release; with --allow-missing the clip is left out."


def clip_remarks(clips: pd.DataFrame) -> list[str]:
    """Sentences on what is odd about clips that can be used: corrections, no motion, no annotated apex."""
    remarks = []
    for _, row in clips[clips["note"].astype(str) != ""].iterrows():
        remarks.append(f"{row['subject']}/{row['clip']}: {row['note']}.")
    still = clips[(clips["onset"] == clips["apex"]) & (clips["apex_source"] == "annotated")]
    for _, row in still.iterrows():
        remarks.append(f"{row['subject']}/{row['clip']}: onset and apex are one frame ({row['apex']}): no motion.")
    several = clips["database"].nunique() > 1
    for database, rows in clips.groupby("database"):
        middle = rows[rows["apex_source"] == "middle"]
        if len(middle) == len(rows):
            remarks.append(f"No apex is annotated{f' in {database}' if several else ''}; the middle frame is taken.")
            continue
        remarks += [
            f"{row['subject']}/{row['clip']}: no apex is annotated; the middle frame {row['apex']} is taken."
            for _, row in middle.iterrows()
        ]
    return remarks


class Elsewhere:
    """Where a missing folder lies instead; the release is searched once, when the first one is missing.

    Folders that belong to another clip do not count, nor do those of the release's other variants: they hold other
    pictures of the same name.
    """

    def __init__(self, layout: Layout, root: Path, base: Path, candidates: Sequence[Candidate]) -> None:
        self._layout, self._root, self._base, self._candidates = layout, root, base, candidates

    def remedy(self, expected: Path) -> str:
        """What to do about a folder (or video) that is not where it is expected."""
        named = self._by_name.get(expected.name.casefold(), ())
        alike = [path for path in named if path not in self._claimed]
        for path in alike:
            if path.parent.name == expected.parent.name:
                return f"It lies in {self._shown(path)}; move it to where it belongs."
        for path in alike:
            if path.is_relative_to(self._base):
                return f"If {self._shown(path)} is this clip, move it to {self._shown(expected)}; else unpack it again."
        return GET_AGAIN

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    @cached_property
    def _claimed(self) -> set[Path]:
        return {self._base / path for one in self._candidates for path in clip_paths(self._layout, one)[0]}

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        own = self._base.relative_to(self._root).parts[:1]
        variants = (load_layout(self._layout.path, name) for name in self._layout.variants)
        others = {one.split("/")[0] for variant in variants for one in variant.base}
        skipped = {self._root / name for name in others if (name,) != own}
        found: dict[str, list[Path]] = {}
        for above, folders, files in os.walk(self._root):
            place = Path(above)
            videos = [name for name in files if Path(name).suffix.lower() in RELEASE_SUFFIXES]
            for name in sorted([*folders, *videos]):
                found.setdefault(name.casefold(), []).append(place / name)
            deep = len(place.relative_to(self._root).parts) >= _DEEPEST
            wanted = [name for name in folders if place / name not in skipped and not is_litter(name)]
            folders[:] = [] if deep else sorted(wanted)
        return found


def expected_words(layout: Layout) -> str:
    """What the folder of a release should hold, in a few words."""
    sheet = f"{layout.sheet.files[0]} and " if layout.sheet else ""
    return f"with {sheet}{layout.example}"


def nothing_found(layout: Layout, root: Path, sheet: str | None, found: list[Candidate]) -> str:
    """Why no clip of a release was found, and what to do."""
    example = next((paths[0] for one in found if (paths := clip_paths(layout, one)[0])), None)
    wanted = f"{layout.base[0]}/{example}" if example else layout.example
    inside = ", ".join(path.name for path in sorted(root.iterdir())[:8]) or "nothing"
    sheet_words = f"{sheet} lists {len(found)} clips, but " if sheet else ""
    other = ", ".join(name for name in layout.variants if name != layout.variant)
    return (
        f"{sheet_words}no clip of {layout.title} (variant {layout.variant!r}) is in {root}: expected for instance "
        f"{wanted} (looked in {', '.join(layout.base)}). The folder holds: {inside}. Give the folder that holds "
        f"{layout.base[0]}{f', or another variant ({other})' if other else ''}."
    )
