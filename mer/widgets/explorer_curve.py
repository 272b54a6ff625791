"""The motion of a clip over time below its picture: click on the curve to go to that frame."""

from collections.abc import Callable, Mapping

import ipywidgets

from mer.figures.plots.motion_curve import Curve, motion_curve_plot, move_current, move_marks
from mer.figures.samples import difference_curve
from mer.widgets.explorer_motion import ClipMotion, flow_curve
from mer.widgets.parts.plot import Plot

DIFFERENCE, FLOW = "mean |difference|, grey levels", "mean flow (DIS), px"


class CurvePanel(ipywidgets.VBox):
    """Distance of the stored frames of a clip from its stored onset; the flow's only when asked for.

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
        curves = clip_curves(self.motion, clip, self.with_flow.value)
        if len(curves) == len(self.plot.data):  # another clip: a quarter of the time that a new figure takes
            with self.plot.batch_update():
                for trace, curve in zip(self.plot.data, curves, strict=True):
                    trace.x, trace.y = curve.numbers, curve.values
                move_marks(self.plot, marks, current)
            return
        figure = motion_curve_plot(curves, marks, current)
        with self.plot.batch_update():
            self.plot.data = ()
            self.plot.add_traces(figure.data)
            self.plot.update_layout(figure.layout, overwrite=True)
        for trace in self.plot.data:
            trace.on_click(self._clicked)

    def mark(self, marks: Mapping[str, int | None], current: int) -> None:
        """Put the marks elsewhere."""
        if self.plot.data:
            with self.plot.batch_update():
                move_marks(self.plot, marks, current)

    def look_at(self, current: int) -> None:
        """Put the line of the frame looked at elsewhere."""
        if self.plot.data:
            move_current(self.plot, current)

    def _clicked(self, trace: object, points: object, _state: object) -> None:
        if points.point_inds:  # type: ignore[attr-defined]
            self._go_to(int(trace.x[points.point_inds[0]]))  # type: ignore[attr-defined]


def clip_curves(motion: ClipMotion, clip: int, with_flow: bool = False) -> list[Curve]:
    """Difference, and where wanted the flow, of a clip's stored frames from its stored onset."""
    numbers = motion.frames.stored(clip)
    curves = [Curve(DIFFERENCE, list(numbers), difference_curve(motion.frames.block(clip)))]
    if with_flow:
        curves.append(Curve(FLOW, list(numbers), flow_curve(motion, clip, numbers[0])))
    return curves
