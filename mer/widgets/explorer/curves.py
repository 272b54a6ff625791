"""What the explorer's motion curve can show of a clip: the face alone, the head too, or grey levels."""

from dataclasses import dataclass

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.figures.plots.motion_curve import Curve
from mer.figures.samples import difference_curve
from mer.motion.apex_curve import QUICK, motion_curve, working_images
from mer.motion.flow import optical_flow
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.kept import Kept

#: Frames outside the store that a curve reaches to at each side: each is a file to be read.
MOST_OUTSIDE = 60
#: Frames of a clip whose flow is computed: of a longer clip every second, third ...
MOST_FLOWS = 120
#: Deviation in px of the blur before grey levels are compared: noise of single pixels is no motion.
BLUR = 2.0
_KEPT_BYTES = 1 << 20


@dataclass(frozen=True)
class Kind:
    """One kind of curve.

    Attributes:
        words: in the list of kinds.
        axis: quantity and unit.
        about: what it is made of and what is subtracted, one line.
    """

    words: str
    axis: str
    about: str


KINDS = {
    "face": Kind(
        "motion of the face",
        "face's motion, px",
        "Flow (DIS) since the onset, px of a 128 px face. Subtracted: the head's shift, turn and size, and a steady "
        "drift up to the offset.",
    ),
    "all": Kind(
        "motion with the head's",
        "motion with the head's, px",
        "Mean length of the flow (DIS) since the onset, px of a 128 px face. Nothing is subtracted: a head that drifts "
        "lifts it to the end.",
    ),
    "difference": Kind(
        "difference of grey levels",
        "mean |difference|, grey levels",
        "Mean absolute difference of blurred frames from the onset. Nothing is subtracted: the head and the light "
        "count, and noise lifts every frame but the onset itself.",
    ),
}


class ClipCurves:
    """Curves of clips; those made a moment ago are kept.

    Args:
        frames: the clips.
    """

    def __init__(self, frames: ClipFrames) -> None:
        self.frames = frames
        self._kept = Kept(_KEPT_BYTES)

    def curve(self, clip: int, onset: int, offset: int, kind: str = "face") -> Curve:
        """How far the face is from its onset, frame by frame.

        Args:
            clip: row of the store.
            onset, offset: as marked; frames outside the store are read where they are there, `MOST_OUTSIDE` at most
                each side. An onset that cannot be read leaves the stored one to count from.
            kind: of `KINDS`. "face" reaches from the onset to the offset: the drift that is subtracted is that between
                them.

        Returns:
            A number a frame of the store and between the marks, NaN where there is none; pixels are those of a face of
            128 x 128.

        Raises:
            InputError: the store was deleted.
        """
        images, numbers = self._images(clip, onset, offset)
        base = onset if onset in images else self.frames.stored(clip)[0]
        if kind != "difference":
            step = -(-len(numbers) // MOST_FLOWS)
            numbers = [number for number in numbers if (number - base) % step == 0]
        end = max(base, offset)
        part = [number for number in numbers if number in images and (kind != "face" or base <= number <= end)]
        made = [images[base], *(images[number] for number in part)]
        values = self._kept.get((clip, kind, base, tuple(part)), lambda: self._values(clip, kind, made))
        found = dict(zip(part, values, strict=True))
        return Curve(KINDS[kind].axis, numbers, np.array([found.get(number, np.nan) for number in numbers]))

    def _images(self, clip: int, onset: int, offset: int) -> tuple[dict[int, np.ndarray], list[int]]:
        """Frames (H, W, C) by number, those that are there; and all the numbers that are wanted, ascending."""
        stored = self.frames.stored(clip)
        images = dict(zip(stored, self.frames.block(clip), strict=True))
        before = range(max(onset, stored[0] - MOST_OUTSIDE), stored[0])
        after = range(stored[-1] + 1, min(offset, stored[-1] + MOST_OUTSIDE) + 1)
        for number in (*before, *after):
            try:
                images[number] = self.frames.frame(clip, number)
            except (InputError, OSError):
                continue  # a gap in the curve
        return images, [*before, *stored, *after]

    def _values(self, clip: int, kind: str, frames: list[np.ndarray]) -> np.ndarray:
        """Of all frames but the first, which is the one to count from."""
        if kind == "difference":
            return difference_curve(np.stack([cv2.GaussianBlur(frame, (0, 0), BLUR) for frame in frames]))[1:]
        if kind == "face":  # the onset itself stands twice, which no drift should be spread over
            return motion_curve(np.stack(frames[1:]), self.frames.store.boxes[clip], QUICK)
        first, *others = working_images(np.stack(frames))
        flows = (optical_flow(first, other, QUICK) for other in others)
        return np.array([np.hypot(*flow).mean() for flow in flows])
