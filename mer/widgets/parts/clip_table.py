"""A table of clips to sort, filter and choose from, linked to the other views of them."""

from collections.abc import Mapping
from typing import Any

import anywidget
import numpy as np
import pandas as pd
import traitlets

from mer.widgets.parts.static_files import joined
from mer.widgets.selection import Selection

_RIGHT = {True: "right", False: "wrong"}
_YES = {True: "yes", False: "no"}


class ClipTable(anywidget.AnyWidget):
    """Rows of a DataFrame, of which the page draws only those in sight; bound both ways to a `Selection`.

    A click on a row chooses it alone (one already chosen is only looked at), with Ctrl or on its tick box it is added
    or taken away, with Shift all from the row looked at. Arrow keys, PageUp, PageDown, Home and End look at another
    row, Space adds or takes it away, Shift with an arrow extends, Ctrl+A chooses all that the filter shows, Escape
    none. Sorting and filtering change what is seen in this table, not what is chosen; Enter in the filter's field, or
    "Choose these" beside it, chooses what the filter shows. Columns share the width by what they hold; what is cut off
    or out of sight of the row looked at, or under the mouse, stands whole in a line below.

    Attributes:
        selection: rows chosen and looked at, as positions in the table.
        height: of the scrolled part, CSS px.
        label: name of the table for a screen reader.
        whole: headers of columns that are never cut; the table is rather scrolled sideways.
        least: widths down to which others are cut, CSS px by header; set before `update`.
    """

    _esm = joined(
        *("common.js", "clip_rows.js", "clip_widths.js", "clip_heads.js", "clip_body.js", "clip_choice.js"),
        "clip_table.js",
    )
    _css = joined("clip_table.css")

    height = traitlets.Int(260).tag(sync=True)
    label = traitlets.Unicode("Clips").tag(sync=True)
    whole: traitlets.List = traitlets.List(traitlets.Unicode()).tag(sync=True)
    least: traitlets.Dict = traitlets.Dict().tag(sync=True)
    _columns: traitlets.List = traitlets.List().tag(sync=True)
    _count = traitlets.Int(0).tag(sync=True)
    _rows: traitlets.List = traitlets.List().tag(sync=True)
    _focus = traitlets.Int(-1).tag(sync=True)

    def __init__(
        self,
        table: pd.DataFrame,
        titles: Mapping[str, str] | None,
        selection: Selection,
        height: int = 260,
        **traits: Any,
    ) -> None:
        """Show the columns of ``titles`` (column -> header), or all under their own names, in that order."""
        self.titles = None if titles is None else dict(titles)
        self.selection = selection
        super().__init__(
            height=height,
            _columns=page_columns(table, self.titles),
            _count=len(table),
            _rows=list(selection.rows),
            _focus=selection.focus,
            **traits,
        )
        selection.observe(self._to_page, ["rows", "focus"])
        self.observe(self._from_page, ["_rows", "_focus"])

    def update(self, table: pd.DataFrame) -> None:
        """Show another table in place; one of another length starts with nothing chosen."""
        with self.hold_sync():
            self._columns = page_columns(table, self.titles)
            if len(table) != self._count:
                self._count = len(table)
                self.selection.count = len(table)
                with self.selection.hold_trait_notifications():
                    self.selection.rows = ()
                    self.selection.focus = 0 if len(table) else -1

    def _to_page(self, _change: object) -> None:
        with self.hold_sync(), self.hold_trait_notifications():
            self._rows = list(self.selection.rows)
            self._focus = self.selection.focus

    def _from_page(self, _change: object) -> None:
        rows, focus = tuple(self._rows), self._focus
        if rows == self.selection.rows and focus == self.selection.focus:
            return
        with self.selection.hold_trait_notifications():  # views hear once, of both
            self.selection.choose(rows)
            self.selection.look_at(focus)


def page_columns(table: pd.DataFrame, titles: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Columns as the page takes them: ``title``, ``kind`` ("text", "number" or "flag"), ``digits`` and ``values``.

    Missing values are None. Whole numbers have no ``digits`` (shown as they are), others as many decimals as tell
    three places of the largest, three at least. A column of yes and no, or of right and wrong, is a flag: the page
    puts a sign before its words.
    """
    titles = {str(name): str(name) for name in table.columns} if titles is None else titles
    return [_column(table[name], title) for name, title in titles.items()]


def _column(values: pd.Series, title: str) -> dict[str, Any]:
    missing = values.isna()
    if pd.api.types.is_bool_dtype(values):
        words = _RIGHT if {str(values.name).lower(), title.lower()} & {"right", "correct"} else _YES
        return {"title": title, "kind": "flag", "digits": 0, "values": _listed(values.map(words), missing)}
    if pd.api.types.is_integer_dtype(values):
        return {"title": title, "kind": "number", "digits": 0, "values": _listed(values, missing)}
    if pd.api.types.is_float_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        finite = numbers[np.isfinite(numbers)]
        whole = bool((finite == np.round(finite)).all())
        largest = float(np.abs(finite).max()) if finite.size else 0.0
        digits = 0 if whole else max(3, 2 - int(np.floor(np.log10(largest))))
        rounded = pd.Series(np.round(numbers, digits + 2), dtype=object)
        return {"title": title, "kind": "number", "digits": digits, "values": _listed(rounded, ~np.isfinite(numbers))}
    text = values.astype(object).where(~missing, None).map(str, na_action="ignore")
    said = set(text.dropna().unique()) - {""}
    kind = "flag" if said and said <= set(_RIGHT.values()) else "text"
    return {"title": title, "kind": kind, "digits": 0, "values": _listed(text, missing)}


def _listed(values: pd.Series, missing: Any) -> list[Any]:
    return values.astype(object).where(~np.asarray(missing), None).tolist()
