"""What a database says of a clip that is given by its path: frames a second, and who is seen.

A folder of images notes no rate, and a video may play slower than it was recorded. A table ``clips.csv`` above the clip
knows better, and so does the layout of a release below whose folder it lies (`mer.datasets.places`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mer.core.errors import InputError
from mer.core.paths import expanded
from mer.datasets.folder import TABLE
from mer.datasets.layout import Layout
from mer.datasets.own_clip import frame_rate
from mer.datasets.own_table import read_own_table
from mer.datasets.places import read_places

_T = TypeVar("_T")


@dataclass(frozen=True)
class NotedClip:
    """What is noted of one clip.

    Attributes:
        where: what says it, in words: ``clips.csv of faces``, ``the layout of smic``.
        fps: frames a second; None where it does not say.
        person: ``database/subject``; None where only the release as a whole says something.
    """

    where: str
    fps: float | None
    person: str | None = None


def noted_clip(path: Path | str) -> NotedClip | None:
    """What the table or the release that a clip lies below says of it; None where there is none.

    A table that cannot be read says nothing: whoever opens the database is told what is wrong with it.

    Args:
        path: video or folder of images.
    """
    path = expanded(path).resolve()
    for root in path.parents:
        if (root / TABLE).is_file() and (found := _by_table(root, path)) is not None:
            return found
    return _by_release(path)


def _by_table(root: Path, path: Path) -> NotedClip | None:
    try:
        rows = [cells for _, cells in read_own_table(root / TABLE).rows]
    except (InputError, OSError):
        return None
    own = [cells for cells in rows if cells["frames"] and _place(root, cells["frames"]) == path]
    if not own:
        return None
    rates = {rate for cells in own if (rate := frame_rate(cells["fps"])) is not None and rate == rate}
    people = {f"{cells['database'] or root.name}/{cells['subject']}" for cells in own if cells["subject"]}
    return NotedClip(f"{TABLE} of {root.name}", _only(rates), _only(people))


def _place(root: Path, frames: str) -> Path:
    return (root / frames.replace("\\", "/")).resolve()


def _by_release(path: Path) -> NotedClip | None:
    try:
        places = read_places()
        for place in places.values():
            root = expanded(place.folder).resolve()
            if path.is_relative_to(root):
                first = place.load_layout()
                layouts = [place.load_layout(variant) for variant in first.variants]
                inside = [one for one in layouts if _below(one, root, path)] or layouts
                return NotedClip(f"the layout of {place.name}", _only({one.fps for one in inside}))
    except InputError:
        return None
    return None


def _below(layout: Layout, root: Path, path: Path) -> bool:
    """Whether a clip lies in a folder of this variant: those of SMIC have 25 or 100 frames a second."""
    return any(path.is_relative_to(root / base) for base in layout.base)


def _only(found: set[_T]) -> _T | None:
    """The one that there is; None where there are several, or none."""
    return found.pop() if len(found) == 1 else None
