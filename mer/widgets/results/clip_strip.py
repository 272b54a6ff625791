"""Thumbnails of the chosen clips in a strip, a page at a time; each is read when it is shown."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from mer.widgets.selection import Selection

_STATIC = Path(__file__).parent / "static"


class ClipStrip(anywidget.AnyWidget):
    """Buttons with pictures: a click or Enter looks at a clip, the arrow keys walk, and two buttons turn the page.

    Attributes:
        items: what is shown: ``row``, ``clip`` and ``place`` (its name, and where it is from), ``classes`` (true and
            predicted), ``right``, ``src`` (a data URL, or empty) each.
        first, total: position of the first of them among the chosen clips, and the number of these.
        focus: the row looked at.
    """

    _esm = _STATIC / "clip_strip.js"
    _css = _STATIC / "clip_strip.css"
    page = 12  #: pictures at once

    items = traitlets.List(traitlets.Dict()).tag(sync=True)
    first = traitlets.Int(0).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    focus = traitlets.Int(-1).tag(sync=True)
    step = traitlets.Int(page).tag(sync=True)

    def __init__(
        self,
        selection: Selection,
        picture: Callable[[int], bytes],
        words: Callable[[int], dict[str, Any]],
        **traits: Any,
    ) -> None:
        """Show the clips of ``selection``.

        Args:
            selection: shared with the other views.
            picture: gives JPEG bytes of a row, empty for none.
            words: gives ``clip``, ``place``, ``classes`` and ``right`` of a row.
        """
        super().__init__(**traits)
        self.selection, self._picture, self._words = selection, picture, words
        self.on_msg(self._heard)

    def show(self, first: int = 0) -> None:
        """Show the page that begins at this place among the chosen clips."""
        rows = self.selection.shown
        first = max(0, min(first, len(rows) - 1)) // self.page * self.page
        items = [self._item(row) for row in rows[first : first + self.page]]
        with self.hold_sync():
            self.items, self.first, self.total, self.focus = items, first, len(rows), self.selection.focus

    def _item(self, row: int) -> dict[str, Any]:
        data = self._picture(row)
        source = f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}" if data else ""
        return {"row": row, "src": source, **self._words(row)}

    def _heard(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if content.get("kind") == "look":
            self.selection.look_at(int(content["row"]))
        elif content.get("kind") == "page":
            self.show(int(content["first"]))
