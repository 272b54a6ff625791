"""The motion of a clip of one's own over time, with its marks: click to go to a frame."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
import plotly.graph_objects as go

from mer.figures.plots.motion_curve import Curve, motion_curve_plot, move_current, move_marks
from mer.figures.style_book import AGAINST
from mer.motion.apex_curve import WORKING_SIZE
from mer.widgets.parts.plot import Plot

if TYPE_CHECKING:
    from mer.training.predict import ClipPrediction

_DOTS_BELOW = 150  # frames


class MotionPanel(ipywidgets.VBox):
    """What the spotter went by; hidden where it looked at nothing, as in two images.

    Attributes:
        plot: `mer.widgets.parts.plot.Plot`.
    """

    def __init__(self, go_to: Callable[[int], None]) -> None:
        self._go_to = go_to
        self.plot = Plot()
        self.plot._config = {"displayModeBar": False, "responsive": True}
        super().__init__([self.plot])
        self.layout.display = "none"

    def show(self, found: "ClipPrediction") -> None:
        """Draw what moves in a clip, and what decides on its apex."""
        from mer.training.predict import CURVE_WORDS

        self.layout.display = "none" if found.curve is None else ""
        if found.curve is None:
            return
        numbers = found.clip.numbers
        marks = {"onset": found.onset, "apex": found.apex, "offset": found.offset}
        weighed = np.full(len(numbers), np.nan) if found.weighed is None else found.weighed
        curves = [
            Curve(CURVE_WORDS["curve"], numbers, found.curve),
            Curve(CURVE_WORDS["weighed"], numbers, weighed),
        ]
        if self.plot.data:  # a quarter of the time that a new figure takes
            with self.plot.batch_update():
                for trace, one in zip(self.plot.data, curves, strict=True):
                    trace.x, trace.y = one.numbers, one.values
                self.plot.data[0].mode = _mode(len(numbers))
                self.plot.data[1].visible = found.weighed is not None
            move_marks(self.plot, marks, found.apex)  # reads the curves: within the block these would be those before
            return
        figure = motion_curve_plot(curves, marks, found.apex)
        _one_axis(figure)
        figure.data[1].visible = found.weighed is not None
        with self.plot.batch_update():
            self.plot.add_traces(figure.data)
            self.plot.update_layout(figure.layout)
        for trace in self.plot.data:
            trace.on_click(self._clicked)

    def look_at(self, current: int) -> None:
        """Put the line of the frame looked at elsewhere."""
        if self.plot.data and self.layout.display != "none":
            move_current(self.plot, current)

    def _clicked(self, trace: object, points: object, _state: object) -> None:
        if points.point_inds:  # type: ignore[attr-defined]
            self._go_to(int(trace.x[points.point_inds[0]]))  # type: ignore[attr-defined]


def _one_axis(figure: go.Figure) -> None:
    """Both curves in the same pixels, named in a legend below."""
    figure.update_traces(yaxis="y", marker={"size": 5})
    figure.data[0].mode = _mode(len(figure.data[0].x))
    for weighed in figure.data[1:]:
        weighed.update(mode="lines", line={"color": AGAINST, "width": 2.2})
    figure.update_layout(
        yaxis2={"visible": False},
        margin={"r": 26, "b": 62},
        height=260,
        yaxis={"title": {"text": f"motion, px of a {WORKING_SIZE} px face", "font": {"size": 11}}},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": -0.24,
            "yanchor": "top",
            "font": {"size": 11},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )


def _mode(frames: int) -> str:
    """A dot a frame as long as they stand apart."""
    return "lines+markers" if frames < _DOTS_BELOW else "lines"
