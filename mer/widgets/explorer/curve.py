"""The motion of a clip over time below its picture: click on the curve to go to that frame."""

from collections.abc import Callable, Mapping

import ipywidgets
import numpy as np

from mer.core.errors import InputError
from mer.figures.plots.motion_curve import Curve, motion_curve_plot, move_current, move_marks, show_second
from mer.figures.samples import difference_curve
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.explorer.motion import ClipMotion, flow_lengths
from mer.widgets.parts.plot import Plot

DIFFERENCE, FLOW = "mean |difference|, grey levels", "mean flow (DIS), px"
#: Frames outside the store that the curve reaches to at each side: each is a file to be read.
MOST_OUTSIDE = 60


class CurvePanel(ipywidgets.VBox):
    """Distance of the frames of a clip from its onset; the flow's only when asked for.

    Attributes:
        plot: the curves, a plotly `FigureWidget`.
        with_flow: checkbox of the second curve.
    """

    def __init__(self, motion: ClipMotion, go_to: Callable[[int], None], wanted: Callable[[], None]) -> None:
        """An empty panel.

        Args:
            motion: of the clips.
            go_to: called with the frame number that was clicked.
            wanted: called when the other curve is wanted, or no more.
        """
        self.motion, self._go_to = motion, go_to
        self.with_flow = ipywidgets.Checkbox(description="also the mean length of the optical flow", indent=False)
        self.plot = Plot()
        self.plot._config = {"displayModeBar": False, "responsive": True}
        super().__init__([self.plot, self.with_flow])
        self.add_class("mer-explorer-curve")
        self.with_flow.observe(lambda _change: wanted(), "value")

    def show(self, clip: int, marks: Mapping[str, int | None], current: int) -> None:
        """Draw the curves of a clip.

        Raises:
            InputError: its frames cannot be read.
        """
        onset, offset = marks["onset"], marks["offset"]
        assert onset is not None and offset is not None
        with_flow = self.with_flow.value
        curves = clip_curves(self.motion, clip, onset, offset, with_flow)
        if not with_flow:
            curves.append(Curve(FLOW, curves[0].numbers, np.full(len(curves[0].numbers), np.nan)))
        if self.plot.data:  # a quarter of the time that a new figure takes
            with self.plot.batch_update():
                for trace, curve in zip(self.plot.data, curves, strict=True):
                    trace.x, trace.y = curve.numbers, curve.values
                move_marks(self.plot, marks, current)
                if self.plot.data[1].visible != with_flow:
                    show_second(self.plot, with_flow)
            return
        figure = motion_curve_plot(curves, marks, current)
        show_second(figure, with_flow)
        with self.plot.batch_update():
            self.plot.add_traces(figure.data)
            self.plot.update_layout(figure.layout)
        for trace in self.plot.data:
            trace.on_click(self._clicked)

    def look_at(self, current: int) -> None:
        """Put the line of the frame looked at elsewhere."""
        if self.plot.data:
            move_current(self.plot, current)

    def _clicked(self, trace: object, points: object, _state: object) -> None:
        if points.point_inds:  # type: ignore[attr-defined]
            self._go_to(int(trace.x[points.point_inds[0]]))  # type: ignore[attr-defined]


def clip_curves(motion: ClipMotion, clip: int, onset: int, offset: int, with_flow: bool = False) -> list[Curve]:
    """Difference, and where wanted the flow, of a clip's frames from its onset.

    Args:
        motion: of the clips.
        clip: row of the store.
        onset, offset: as marked; frames outside the store are read where they are there, `MOST_OUTSIDE` at most each
            side, and are NaN where they are not. An onset that cannot be read leaves the stored one to count from.
        with_flow: also the mean length of the flow.
    """
    frames, stored = motion.frames, motion.frames.stored(clip)
    block = frames.block(clip)
    before = range(max(onset, stored[0] - MOST_OUTSIDE), stored[0])
    after = range(stored[-1] + 1, min(offset, stored[-1] + MOST_OUTSIDE) + 1)
    outside = {number: image for number in (*before, *after) if (image := _if_there(frames, clip, number)) is not None}
    base = onset if onset in stored or onset in outside else stored[0]
    first = outside[base] if base in outside else block[base - stored[0]]
    numbers = [*before, *stored, *after]
    inside = difference_curve(np.concatenate([first[None], block]))[1:]
    own = {number: float(difference_curve(np.stack([first, image]))[1]) for number, image in outside.items()}
    values = dict(zip(stored, inside, strict=True)) | own
    curves = [Curve(DIFFERENCE, numbers, np.array([values.get(number, np.nan) for number in numbers]))]
    if with_flow:
        there = [number for number in numbers if number in values]
        lengths = dict(zip(there, flow_lengths(motion, clip, base, there), strict=True))
        curves.append(Curve(FLOW, numbers, np.array([lengths.get(number, np.nan) for number in numbers])))
    return curves


def _if_there(frames: ClipFrames, clip: int, number: int) -> np.ndarray | None:
    try:
        return frames.frame(clip, number)
    except (InputError, OSError):
        return None
