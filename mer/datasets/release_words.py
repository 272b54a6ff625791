"""What is said of a release: oddities that can be used, and what a user whose folders are not as expected should do."""

from pathlib import Path

import pandas as pd

from mer.datasets.layout import Layout, load_layout
from mer.datasets.release_rows import Candidate, clip_paths

GET_AGAIN = "Unpack it again from the release; with --allow-missing the clip is left out."


def clip_remarks(clips: pd.DataFrame) -> list[str]:
    """Sentences on what is odd about clips that can be used: corrections, no motion, no annotated apex."""
    remarks = []
    for _, row in clips[clips["note"].astype(str) != ""].iterrows():
        remarks.append(f"{row['subject']}/{row['clip']}: {row['note']}.")
    still = clips[(clips["onset"] == clips["apex"]) & (clips["apex_source"] == "annotated")]
    for _, row in still.iterrows():
        remarks.append(f"{row['subject']}/{row['clip']}: onset and apex are one frame ({row['apex']}): no motion.")
    middle = clips[clips["apex_source"] == "middle"]
    if len(middle) == len(clips) and len(clips):
        remarks.append("No apex is annotated; the middle frame is taken.")
    else:
        remarks += [
            f"{row['subject']}/{row['clip']}: no apex is annotated; the middle frame {row['apex']} is taken."
            for _, row in middle.iterrows()
        ]
    return remarks


def elsewhere(layout: Layout, root: Path, expected: str) -> str:
    """The remedy for a missing folder: where one of that name and parent lies instead, if it lies anywhere near.

    Folders of the release's other variants do not count: they hold other pictures of the same name.
    """
    place = root / expected
    others = {base.split("/")[0] for name in layout.variants for base in load_layout(layout.path, name).base}
    others -= {expected.split("/")[0]}
    for above in (place.parent.parent, place.parent.parent.parent, root):
        if above != root and root not in above.parents:
            continue
        for depth in ("*", "*/*", "*/*/*"):
            for found in sorted(above.glob(f"{depth}/{place.name}")):
                inside = found.relative_to(root)
                if found != place and found.parent.name == place.parent.name and inside.parts[0] not in others:
                    return f"It lies in {inside.as_posix()}; move it to where it belongs."
    return GET_AGAIN


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
