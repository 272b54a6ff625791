"""Which clip of one's own is to be looked at: said by the fields of the page, read by the work behind it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ClipChoice:
    """A clip, or a part of it.

    Attributes:
        path: video, folder of numbered images, or the onset image.
        apex_image: of two images the apex.
        first, last: frame numbers of the part that is read; None for all.
        note: said about the clip beside its name.
    """

    path: Path | str
    apex_image: Path | str | None = None
    first: int | None = None
    last: int | None = None
    note: str = ""
