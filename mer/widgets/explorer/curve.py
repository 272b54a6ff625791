"""The motion of a clip over time below its picture: click on the curve to go to that frame."""

import html
from collections.abc import Callable, Mapping

import ipywidgets
import numpy as np

from mer.figures.plots.motion_curve import Curve, motion_curve_plot, move_current, show_curves
from mer.widgets.explorer.controls import dropdown
from mer.widgets.explorer.curves import KINDS, ClipCurves
from mer.widgets.explorer.frames import ClipFrames
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.parts.plot import Plot

_NONE = ""


class CurvePanel(ipywidgets.VBox):
    """How far the frames of a clip are from its onset, one kind of distance or two.

    Attributes:
        plot: the curves, a plotly `FigureWidget`.
        kind, beside: kind of the curve, of `mer.widgets.explorer.curves.KINDS`, and of a second one; "" for none.
        about: what is drawn and what is subtracted.
        notice: why there is no curve, in its place.
    """

    def __init__(self, frames: ClipFrames, go_to: Callable[[int], None], wanted: Callable[[], None]) -> None:
        """An empty panel.

        Args:
            frames: of the clips.
            go_to: called with the frame number that was clicked.
            wanted: called when another curve is wanted.
        """
        self.curves, self._go_to = ClipCurves(frames), go_to
        kinds = [(kind.words, name) for name, kind in KINDS.items()]
        self.kind = dropdown("Curve", kinds, 64, flex="1 1 200px")
        self.beside = dropdown("Beside it", [("nothing", _NONE), *kinds], 64, flex="1 1 200px")
        self.about = ipywidgets.HTML()
        self.plot = Plot()
        self.plot._config = {"displayModeBar": False, "responsive": True}
        choices = ipywidgets.HBox([self.kind, self.beside], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.notice = Notice()
        self._place, self._shown = ipywidgets.VBox([self.plot]), False
        super().__init__([self._place, self.notice, choices, self.about])
        self.add_class("mer-explorer-curve")
        for choice in (self.kind, self.beside):
            choice.observe(lambda _change: wanted(), "value")

    def show(self, clip: int, marks: Mapping[str, int | None], current: int) -> None:
        """Draw the curves of a clip; where they cannot be made, none is left standing and the notice says why."""
        self._shown = False
        try:
            self._shown = bool(self._draw(clip, marks, current))
        finally:
            self._place.layout.display = self.about.layout.display = "" if self._shown else "none"

    @guarded
    def _draw(self, clip: int, marks: Mapping[str, int | None], current: int) -> bool:
        """True."""
        onset, offset = marks["onset"], marks["offset"]
        assert onset is not None and offset is not None
        kinds = [name for name in dict.fromkeys((self.kind.value, self.beside.value)) if name]
        curves = [self.curves.curve(clip, onset, offset, kind) for kind in kinds]
        second = len(curves) > 1
        signs = ("● ", "□ ") if second else ("",)
        words = [html.escape(sign + KINDS[kind].about, quote=False) for sign, kind in zip(signs, kinds, strict=True)]
        self.about.value = f'<div class="mer-about">{"<br>".join(words)}</div>'
        if not second:
            curves.append(Curve("", curves[0].numbers, np.full(len(curves[0].numbers), np.nan)))
        if self.plot.data:  # a quarter of the time that a new figure takes
            with self.plot.batch_update():
                show_curves(self.plot, curves, marks, current, second)
            return True
        figure = motion_curve_plot(curves, marks, current)
        show_curves(figure, curves, marks, current, second)
        with self.plot.batch_update():
            self.plot.add_traces(figure.data)
            self.plot.update_layout(figure.layout)
        for trace in self.plot.data:
            trace.on_click(self._clicked)
        return True

    def look_at(self, current: int) -> None:
        """Put the line of the frame looked at elsewhere."""
        if self._shown:
            move_current(self.plot, current)

    def _clicked(self, trace: object, points: object, _state: object) -> None:
        if points.point_inds:  # type: ignore[attr-defined]
            self._go_to(int(trace.x[points.point_inds[0]]))  # type: ignore[attr-defined]
