"""The plane of the features as a view: lasso and box choose clips, a click looks at one, colours can be changed."""

import html
import time
from typing import Any

import ipywidgets
import pandas as pd

from mer.figures.features import CAVEAT, plane_seed
from mer.figures.plots.features import COLOURS, colouring, features_plot, legend_traces, marker_colours
from mer.widgets.parts.plot import Plot
from mer.widgets.results.data import RunResults
from mer.widgets.selection import Selection

_ANSWER_SECONDS = 20.0  # a busy page's
_FIND_ONE = "the words at a point name its own, and the table's filter chooses one (its name, then Enter)."
_BY_KEYBOARD = "By keyboard, the matrix, the table and the strip reach the same clips."
_QUICK = 2_000  # points that are drawn in a few milliseconds, without a graphics card too
#: Plotly draws four pixels for one of the page; without a graphics card that makes each choice four times as slow.
_ONE_PIXEL = {"plotGlPixelRatio": 1}


class FeatureMap(ipywidgets.VBox):
    """``plot`` shows the points, ``colour`` chooses by what; a keyboard reaches the same clips through the table."""

    def __init__(self, results: RunResults, points: pd.DataFrame, selection: Selection) -> None:
        """``points``: columns ``x, y``, one row a clip."""
        self.selection = selection
        self._cleared: float | None = None  # when the outline of a lasso was taken away, until the page answers
        extra = {"fold": results.predictions["fold"].to_numpy(), "confidence": results.confidence}
        self.points = points.assign(**extra)
        seed = plane_seed(results.predictions)
        self._x, self._y = (points[name].to_numpy(dtype=float) for name in "xy")
        figure = features_plot(self.points, synthetic=results.synthetic, epoch_rule=results.epoch_rule, seed=seed)
        self.plot = Plot(figure)
        self.plot.set_trait("_config", {**self.plot._config, **_ONE_PIXEL})
        self.cloud = self.plot.data[0]
        self.cloud.on_selection(self._lasso)
        self.cloud.on_deselect(self._deselect)
        self.cloud.on_click(self._click)
        self.colour = ipywidgets.Dropdown(
            description="Colour by",
            options=[(words, name) for name, words in COLOURS.items()],
            value="class",
            layout=ipywidgets.Layout(width="320px", max_width="100%"),
            style={"description_width": "76px"},
        )
        self.colour.observe(self._recolour, "value")
        # of many points the page is slow to draw which are chosen: the pictures of the clip looked at come before
        selection.observe(self._show_rows, "rows" if len(points) <= _QUICK else "choices")
        selection.observe(self._show_focus, "focus")
        self.note = ipywidgets.HTML(note_html(""))
        super().__init__(
            [self.plot, self.colour, self.note], layout=ipywidgets.Layout(flex="1 1 520px", min_width="380px")
        )
        self._show_rows()
        self._show_focus()

    def _lasso(self, _trace: Any, points: Any, _selector: Any) -> None:
        rows = list(points.point_inds)
        if not rows and self._clearing():
            self._show_rows()
            return
        before = self.selection.rows
        self.selection.choose(rows)
        if self.selection.rows == before:
            self._show_rows()  # the page drew the lasso's own points: those chosen again, or none
        # The outline goes: left there, the page would choose its points anew whenever it draws itself, whatever other
        # views have chosen since. It is the page's alone, so that plotly's bookkeeping here would not take it away.
        self._cleared = time.monotonic()
        self.plot._send_relayout_msg({"selections": []})

    def _deselect(self, _trace: Any, _points: Any) -> None:
        if self._clearing():
            self._cleared = None
            self._show_rows()
        else:
            self.selection.clear()

    def _clearing(self) -> bool:
        """Whether the page has yet to answer that a lasso's outline went: it does so as if nothing were chosen."""
        return self._cleared is not None and time.monotonic() - self._cleared < _ANSWER_SECONDS

    def _click(self, _trace: Any, points: Any, _state: Any) -> None:
        if points.point_inds:
            self.selection.look_at(int(points.point_inds[0]))

    def _show_rows(self, _change: object = None) -> None:
        self.plot.choose_points(self.selection.rows or None)

    def _show_focus(self, _change: object = None) -> None:
        row = self.selection.focus
        self.plot.ring((self._x[row], self._y[row]) if row >= 0 else None)

    def _recolour(self, _change: object = None) -> None:
        colours = colouring(self.points, self.colour.value)
        with self.plot.batch_update():
            self.cloud.marker.update(marker_colours(colours), overwrite=False)
            self.plot.layout.legend.title.text = COLOURS[self.colour.value]
        self.plot.data = self.plot.data[:1]
        self.plot.add_traces(legend_traces(colours))
        self.note.value = note_html(colours.repeats)


def note_html(repeats: str) -> str:
    """How the plane is to be read; where groups share colours, how one of them is found."""
    shared = f"<b>{html.escape(repeats)}</b>; {_FIND_ONE} " if repeats else ""
    return f'<p style="margin:0;font-size:12px;line-height:1.35">{shared}{CAVEAT} {_BY_KEYBOARD}</p>'
