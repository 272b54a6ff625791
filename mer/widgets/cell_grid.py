"""A table of counts whose cells and heads are buttons: confusion matrices, right against wrong of two runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

_STATIC = Path(__file__).parent / "static"


class CellGrid(anywidget.AnyWidget):
    """Counts drawn as heat with numbers and percent of the row; a click or Enter on a cell or a head reports it.

    Arrow keys walk over cells and heads; Ctrl or Shift with the click or the key adds to what is chosen.

    Attributes:
        counts: rows of counts.
        chosen: of each cell, how many are chosen; empty where nothing is, which shows all cells in full colour.
        rows, columns: names of the heads.
        row_title, column_title: what rows and columns are, for instance "true class".
        label: name of the table for a screen reader.
        percent: whether percent of the row stands below the counts.
        words: sentence of each cell for a screen reader, row by row; made of the heads where empty.
        when_picked: called with the row or None, the column or None (a head), and whether to add to what is chosen.
    """

    _esm = _STATIC / "cell_grid.js"
    _css = _STATIC / "cell_grid.css"

    counts = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    chosen = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    rows = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    row_title = traitlets.Unicode().tag(sync=True)
    column_title = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    percent = traitlets.Bool(True).tag(sync=True)
    words = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)

    def __init__(self, counts: np.ndarray, rows: Sequence[str], columns: Sequence[str], **traits: Any) -> None:
        super().__init__(counts=np.asarray(counts).tolist(), rows=list(rows), columns=list(columns), **traits)
        self.when_picked: Callable[[int | None, int | None, bool], None] | None = None
        self.on_msg(self._heard)

    def mark(self, chosen: np.ndarray | None) -> None:
        """Show how many of each cell are chosen; None for no choice."""
        self.chosen = [] if chosen is None else np.asarray(chosen).tolist()

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if self.when_picked is not None and content.get("kind") == "picked":
            self.when_picked(content.get("row"), content.get("column"), bool(content.get("add")))
