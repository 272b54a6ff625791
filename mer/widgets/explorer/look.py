"""What the explorer's picture shows of a clip, as data; and that picture with its words, made from data alone."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.face.rois import roi_polygons
from mer.motion.strain import optical_strain
from mer.widgets.explorer import layouts, legends, overlays
from mer.widgets.explorer.motion import FLOWS, MAGNIFIERS, SOURCES, ClipMotion
from mer.widgets.render import face, jpeg, side_by_side, two_frames

#: Layout to its words.
LAYOUTS = {
    "frame": "one frame",
    "pair": "side by side",
    "blend": "blended",
    "flicker": "flickered",
    "difference": "difference from onset",
}
#: Overlay to its words; the last three show motion.
OVERLAYS = {
    "landmarks": "68 landmarks",
    "regions": "43 regions",
    "boxes": "nine boxes",
    "arrows": "motion arrows",
    "colour": "motion colours",
    "strain": "optical strain",
}
SIDE, PAIR_SIDE = 420, 340
#: Changes a second; three flashes a second are the limit of what is safe (WCAG 2.3.1).
SLOWEST, FASTEST = 0.5, 3.0


@dataclass(frozen=True)
class Look:
    """What is shown.

    Attributes:
        clip: row of the store.
        onset, apex: marks as they stand now; the apex may be unknown.
        number: frame of the time line.
        layout: one of `LAYOUTS`.
        with_apex: two-frame layouts compare the onset with the apex, else with the frame of the time line.
        share: of the second frame in a blend, 0 to 1.
        rate: changes a second of the flicker; 0 stands still.
        gain, signed: of the difference.
        overlays: of `OVERLAYS`.
        source: of motion, of `mer.widgets.explorer.motion.SOURCES`.
        head_still: motion overlays without that of the head.
        factor, magnifier: motion magnified, of `mer.widgets.explorer.motion.MAGNIFIERS`.
        head_held: the head is held still before motion is magnified.
    """

    clip: int
    onset: int
    apex: int | None
    number: int
    layout: str = "frame"
    with_apex: bool = True
    share: float = 0.5
    rate: float = 0.0
    gain: float = 8.0
    signed: bool = False
    overlays: frozenset[str] = field(default_factory=frozenset)
    source: str = "dis"
    head_still: bool = False
    factor: float = 1.0
    magnifier: str = "phase"
    head_held: bool = True

    @property
    def second(self) -> int:
        """The frame that is compared with the onset, or shown alone.

        Raises:
            InputError: it is the apex, and that is not known.
        """
        if self.layout in ("frame", "difference") or not self.with_apex:
            return self.number
        if self.apex is None:
            raise InputError(
                "The apex of this clip is not known. Set its mark, or compare the onset with the frame shown."
            )
        return self.apex


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture with its words.

    Attributes:
        image: JPEG, or an animated PNG of a flicker.
        width: that it is shown with, CSS px.
        words: what it shows, one sentence or two.
        legend: of colours and arrows, HTML.
        remarks: what could not be drawn, and why.
    """

    image: bytes
    width: int
    words: str
    legend: str
    remarks: tuple[str, ...]


def show_look(motion: ClipMotion, look: Look) -> Shown:
    """The picture of a look.

    Raises:
        InputError: a frame that it needs is missing or cannot be read, or the apex is not known.
    """
    frames = motion.frames
    second = look.second
    later = motion.magnified(look.clip, look.onset, second, look.factor, look.magnifier, look.head_held)
    side = PAIR_SIDE if look.layout == "pair" else SIDE
    found: list[legends.Legend] = []
    remarks: list[str] = []
    if look.layout == "frame":
        panels = [face(later, side)]
    else:
        first = frames.frame(look.clip, look.onset)
        if look.layout == "blend":
            panels = [layouts.blend(first, later, look.share, side)]
        elif look.layout == "difference":
            panels = [layouts.difference(first, later, look.gain, look.signed, side)]
            found.append(legends.difference_legend(look.gain, look.signed))
        else:
            panels = [face(first, side), face(later, side)]
    panels[-1] = _with_motion(motion, look, second, panels[-1], found, remarks)
    panels = [_with_places(motion, look, panel) for panel in panels]
    if look.layout == "flicker":
        image = two_frames(panels[0], panels[1], look.rate) if look.rate else jpeg(panels[0])
    else:
        image = jpeg(panels[0] if len(panels) == 1 else side_by_side(panels))
    width = side * 2 + 6 if look.layout == "pair" else side
    return Shown(image, width, _words(look, second), legends.legends_html(found), tuple(remarks))


def _with_motion(
    motion: ClipMotion, look: Look, second: int, canvas: np.ndarray, found: list[legends.Legend], remarks: list[str]
) -> np.ndarray:
    """The canvas with the overlays that show motion; legends and remarks are added to the lists."""
    if not look.overlays & {"arrows", "colour", "strain"}:
        return canvas
    try:
        field = motion.field(look.clip, look.onset, second, look.source, look.head_still)
    except InputError as error:
        remarks.append(str(error))
        return canvas
    if look.source not in FLOWS and (look.onset, second) != _stored_pair(motion, look.clip):
        remarks.append(
            f"The {_source(look)} is that of the stored onset and apex, not of frames {look.onset} and {second}."
        )
    if "colour" in look.overlays:
        canvas, scale = overlays.with_colour(canvas, field)
        found.append(legends.wheel_legend(scale))
    if "strain" in look.overlays:
        canvas, scale = overlays.with_strain(canvas, optical_strain(field))
        found.append(legends.strain_legend(scale))
    if "arrows" in look.overlays:
        canvas, gain = overlays.with_arrows(canvas, field)
        found.append(legends.arrow_legend(gain))
    return canvas


def _stored_pair(motion: ClipMotion, clip: int) -> tuple[int, int]:
    """Onset and apex that displacements were made for; -1 for an unknown apex."""
    row = motion.frames.store.clips.iloc[clip]
    return int(row["onset"]), int(row["apex"]) if row["apex"] is not pd.NA else -1


def _with_places(motion: ClipMotion, look: Look, canvas: np.ndarray) -> np.ndarray:
    """The canvas with landmarks, regions and boxes."""
    store = motion.frames.store
    size, points = store.config.size, store.landmarks[look.clip]
    if "boxes" in look.overlays:
        canvas = overlays.with_boxes(canvas, store.boxes[look.clip], size)
    if "regions" in look.overlays:
        canvas = overlays.with_regions(canvas, roi_polygons(points), size)
    if "landmarks" in look.overlays:
        canvas = overlays.with_landmarks(canvas, points, size)
    return canvas


def frame_words(number: int, onset: int, apex: int | None) -> str:
    """``frame 14 (apex)``."""
    what = "onset" if number == onset else "apex" if number == apex else ""
    return f"frame {number}" + (f" ({what})" if what else "")


def _words(look: Look, second: int) -> str:
    first, later = (frame_words(number, look.onset, look.apex) for number in (look.onset, second))
    if look.factor != 1 and second != look.onset:
        how = MAGNIFIERS[look.magnifier] + (", head held still" if look.head_held else ", the head's too")
        later += f", motion × {look.factor:g} ({how})"
    text = {
        "frame": later,
        "pair": f"left: {first}; right: {later}",
        "blend": f"{1 - look.share:.0%} {first} and {look.share:.0%} {later}, laid over each other",
        "flicker": f"{first} and {later} in turn, {look.rate:g} changes a second" if look.rate else f"{first}, at rest",
        "difference": f"{later} minus {first}, {'signed' if look.signed else 'absolute'}, × {look.gain:g}",
    }[look.layout]
    drawn = [OVERLAYS[name] for name in OVERLAYS if name in look.overlays]
    text = text[0].upper() + text[1:] + "."
    if drawn:
        text += f" Drawn over it: {', '.join(drawn)}."
    if look.overlays & {"arrows", "colour", "strain"}:
        text += f" Motion: {_source(look)}" + (", the head's taken off." if look.head_still else ".")
    if look.overlays & {"landmarks", "regions", "boxes"}:
        names = [name for name in ("landmarks", "regions", "boxes") if name in look.overlays]
        text += f" The {', '.join(names)} are those of the stored onset frame."
    return text


def _source(look: Look) -> str:
    return {"true": "true displacement (synthetic)", "run": "displacement generated by the run"}.get(
        look.source, SOURCES[look.source]
    )
