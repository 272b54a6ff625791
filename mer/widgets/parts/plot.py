"""A plotly figure as a widget that comes to be seen however slow the machine, and always as it is now.

anywidget gives a widget's program two seconds to load and drops all later messages of one that takes longer; plotly's
has 5 MB, which a busy machine cannot load in that time. And plotly keeps the figure as it was made as the widget's
state, which is what a reloaded page then shows. Here a few lines load at once; they ask the kernel for the figure as it
is now and, once a page, for plotly's program.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import plotly.graph_objects as go
import traitlets
from plotly.basewidget import BaseFigureWidget

from mer.widgets.parts.static_files import joined


class Plot(go.FigureWidget):
    """`plotly.graph_objects.FigureWidget` with all its methods; use it in its place."""

    _esm = joined("plot_choice.js", "plot_ring.js", "plot.js")
    _css = joined("plot.css")

    _ring: traitlets.List = traitlets.List(traitlets.Float(), []).tag(sync=True)
    _answered = traitlets.Unicode("").tag(sync=True)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._config = {"responsive": True}
        self.on_msg(self._asked)

    def choose_points(self, rows: Sequence[int] | None) -> None:
        """Draw these points of the first trace in full and the others faint; None draws all in full.

        As setting ``selectedpoints`` does, but the page draws once what it has instead of computing the figure anew.
        """
        wanted = None if rows is None else [int(row) for row in rows]
        if wanted is None:
            self._data[0].pop("selectedpoints", None)
        else:
            self._data[0]["selectedpoints"] = wanted
        self.send({"choose": wanted})

    def ring(self, place: tuple[float, float] | None) -> None:
        """Draw a ring around the point at these coordinates of the axes; None takes it away."""
        self._ring = [] if place is None else [float(value) for value in place]

    def _asked(self, _widget: object, content: Any, _buffers: object) -> None:
        """A view is about to be drawn: send the figure as it is now, and plotly's program where the page has none."""
        if not isinstance(content, dict) or "view" not in content:
            return
        if content.get("program"):
            self.send({"program": True}, [str(BaseFigureWidget._esm).encode()])
        with self.hold_sync():  # one message: the view draws when it hears its own name
            self._widget_layout = deepcopy(self._layout_obj._props)
            self._widget_data = deepcopy(self._data)
            self._answered = content["view"]
