"""The frames of a clip to scrub and play, with the onset, apex and offset marked above the track."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from mer.widgets.parts.static_files import joined


class Timeline(anywidget.AnyWidget):
    """A slider over frame numbers that plays.

    Playing runs in the page and never ahead of the view: after each step it waits until `drawn` equals the frame, at
    most 500 ms. `on_frame` takes care of that; who observes `value` instead sets `drawn` after drawing.

    Attributes:
        first, last: first and last frame number, inclusive.
        value: frame number shown; kept within them.
        marks: name -> frame number, or None where it is not known; in the order in which they follow each other.
        editable: whether the marks can be moved by mouse and keyboard; they keep their order. The frame shown follows
            the mark that is moved. `marks` comes back once at the end of a drag and on each key.
        step_ms: shortest time from one frame to the next while playing, milliseconds.
        label: name of the slider for a screen reader.
        playing: whether it plays; can be set.
        loop: whether playing starts again after the last frame.
        drawn: frame number that the view has drawn.
        disabled: whether nothing can be moved.
    """

    _esm = joined("common.js", "marks.js", "timeline.js")
    _css = joined("timeline.css")

    first = traitlets.Int(0).tag(sync=True)
    last = traitlets.Int(0).tag(sync=True)
    value = traitlets.Int(0).tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    step_ms = traitlets.Int(60, min=1).tag(sync=True)
    label = traitlets.Unicode("Frame").tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    loop = traitlets.Bool(True).tag(sync=True)
    drawn = traitlets.Int(None, allow_none=True).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    _key = traitlets.Unicode(read_only=True).tag(sync=True)  # by which the page knows the views of one timeline

    @traitlets.default("_key")
    def _new_key(self) -> str:
        return uuid4().hex

    def __init__(self, first: int = 0, last: int = 0, value: int | None = None, **traits: Any) -> None:
        super().__init__(first=first, last=last, value=first if value is None else value, **traits)

    def show(
        self, first: int, last: int, value: int | None = None, marks: Mapping[str, int | None] | None = None
    ) -> None:
        """Go to other frames in one step, as when another clip is chosen; playing stops.

        Args:
            first, last: frame numbers, inclusive.
            value: frame to show; the first where None.
            marks: as the attribute; those of before go away where None.
        """
        with self.hold_sync(), self.hold_trait_notifications():
            self.playing = False
            self.first, self.last = int(first), int(last)
            self.value = int(first if value is None else value)
            self.marks = dict(marks or {})

    def on_frame(self, draw: Callable[[int], object]) -> None:
        """Call ``draw(frame)`` whenever another frame is to be shown; playing waits for it."""

        def call(change: Any) -> None:
            try:
                draw(change["new"])
            finally:
                self.drawn = change["new"]

        self.observe(call, "value")

    @traitlets.validate("value")
    def _within(self, proposal: Any) -> int:
        return max(self.first, min(self.last, proposal["value"]))

    @traitlets.observe("first", "last")
    def _keep_within(self, _change: object) -> None:
        if self.first <= self.last:
            self.value = max(self.first, min(self.last, self.value))

    @traitlets.validate("marks")
    def _numbers(self, proposal: Any) -> dict[str, int | None]:
        """Whole numbers of any kind (numpy, pandas) as int; missing values as None."""
        return {str(name): None if _missing(frame) else int(frame) for name, frame in proposal["value"].items()}


def _missing(frame: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(frame))
