"""Curves that grow while a page looks at them."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_STATIC = Path(__file__).parent / "static"


class LivePlot(anywidget.AnyWidget):
    """Draws what `mer.figures.live_curves.live_curves` gives; setting ``curves`` draws anew.

    Attributes:
        curves: title, axes, lines, phases and the words that a screen reader gets.
        height: CSS px.
    """

    _esm = _STATIC / "live_plot.js"
    _css = _STATIC / "live_plot.css"

    curves: dict[str, Any] = traitlets.Dict().tag(sync=True)  # type: ignore[assignment]
    height = traitlets.Int(300).tag(sync=True)
