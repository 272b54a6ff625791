"""The left side of the explorer: filters, and the table of the clips that fit them."""

from collections.abc import Callable

import ipywidgets
import numpy as np
import pandas as pd

from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import person
from mer.widgets.explorer.clips import ANY, STATES, TITLES, ClipIndex, Filters, shown_table
from mer.widgets.explorer.controls import dropdown
from mer.widgets.explorer.edits import ClipEdits
from mer.widgets.names import database_words
from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.notice import Notice
from mer.widgets.selection import Selection

_NO_CLASS = "without class"
#: Least widths in px of columns that may be cut: with these the state stays in sight beside the picture.
_LEAST = {"Clip": 74, "Subject": 66, "Class": 84, "State": 80}


class ClipChooser(ipywidgets.VBox):
    """Filters above a table; the clip looked at in the table is the clip chosen.

    Attributes:
        database, subject, label, unit, state: the filters; setting ``value`` is what a user does.
        table: `ClipTable` of the clips that fit, with a search field of its own.
        selection: rows of that table.
        rows: positions in the store of the table's rows.
        clip: position of the clip looked at, or None where no clip fits.
    """

    def __init__(self, store: AlignedStore, edits: ClipEdits, changed: Callable[[], None]) -> None:
        """Show all clips of a store.

        Args:
            store: the clips.
            edits: of them.
            changed: called when another clip is looked at, or none.
        """
        self.store, self.edits, self._changed = store, edits, changed
        self.index = ClipIndex(store.clips)
        self.clip: int | None = None
        self._quiet = False
        databases = [(database_words(name), name) for name in self.index.databases]
        self.database = dropdown("Database", [(ANY, ANY), *databases])
        self.subject = dropdown("Subject", [ANY, *self.index.subjects()])
        self.label = dropdown("Class", self._classes())
        self.unit = dropdown("Action unit", [(ANY, 0), *((f"AU {unit}", unit) for unit in self.index.units)])
        self.state = dropdown("State", [ANY, *STATES])
        self.reset = ipywidgets.Button(description="All clips", tooltip="Set every filter back to any")
        self.count = ipywidgets.HTML()
        self.notice = Notice()
        self.rows = np.arange(len(store))
        self.selection = Selection(len(store))
        self.table = ClipTable(self._table(), TITLES, self.selection, height=330, label="Clips", least=_LEAST)
        grid = ipywidgets.GridBox(
            [self.database, self.subject, self.label, self.unit, self.state, self.reset],
            layout=ipywidgets.Layout(
                grid_template_columns="repeat(auto-fill, minmax(170px, 1fr))", grid_gap="2px 10px"
            ),
        )
        super().__init__([grid, self.count, self.notice, self.table])
        self.database.observe(self._new_database, "value")
        for control in (self.subject, self.label, self.unit, self.state):
            control.observe(self._new_filter, "value")
        self.reset.on_click(self._reset)
        self.selection.observe(self._looked, "focus")
        self._say()
        self.clip = int(self.rows[0]) if len(self.rows) else None

    @property
    def filters(self) -> Filters:
        """As they stand."""
        label = "" if self.label.value == _NO_CLASS else self.label.value
        return Filters(self.database.value, self.subject.value, label, self.unit.value, self.state.value)

    def refresh(self) -> None:
        """Show the clips that fit now; the one looked at stays if it is among them."""
        before = self.clip
        self.rows = self.index.match(
            self.filters, self.edits.label_array(), self.edits.corrected_mask(), self.edits.unsaved_mask()
        )
        place = int(np.searchsorted(self.rows, before)) if before is not None else 0
        kept = place < len(self.rows) and self.rows[place] == before
        self._quiet = True
        try:
            self.table.update(self._table())
            self.selection.count = len(self.rows)
            with self.selection.hold_trait_notifications():
                self.selection.rows = ()
                self.selection.focus = (place if kept else 0) if len(self.rows) else -1
        finally:
            self._quiet = False
        self._say()
        self._looked()

    def restate(self) -> None:
        """Show classes and states that have changed; which clips are listed stays until a filter is changed."""
        if self._state_of_edits() != self._stated:
            self.table.update(self._table())

    def look_at(self, clip: int) -> None:
        """Look at a clip of the store; filters that hide it are set back."""
        place = int(np.searchsorted(self.rows, clip))
        if place == len(self.rows) or self.rows[place] != clip:
            self._reset()
            place = clip
        self.selection.look_at(place)

    def _classes(self) -> list[str]:
        labels = dict.fromkeys(self.edits.label_array())
        return [ANY, *(label for label in labels if label), *([_NO_CLASS] if "" in labels else [])]

    def _state_of_edits(self) -> tuple[object, ...]:
        return self.edits.drafts, self.edits.saved_values

    def _table(self) -> pd.DataFrame:
        edits = self.edits
        self._stated = self._state_of_edits()
        return shown_table(
            self.store.clips,
            edits.label_array(),
            edits.corrected_mask(),
            edits.unsaved_mask(),
            self.rows,
            edits.own_labels(),
            edits.own_emotions,
        )

    def _new_database(self, _change: object = None) -> None:
        before, options = self.subject.value, [ANY, *self.index.subjects(self.database.value)]
        self._quiet = True
        self.subject.options = options
        self.subject.value = before if before in options else ANY
        self._quiet = False
        self._new_filter()

    def _new_filter(self, _change: object = None) -> None:
        if not self._quiet:
            self.refresh()

    def _reset(self, _button: object = None) -> None:
        self._quiet = True
        self.database.value = self.label.value = self.state.value = ANY
        self.subject.options = [ANY, *self.index.subjects()]
        self.subject.value, self.unit.value = ANY, 0
        self._quiet = False
        self.refresh()

    def _looked(self, _change: object = None) -> None:
        if self._quiet:
            return
        focus = self.selection.focus
        clip = int(self.rows[focus]) if 0 <= focus < len(self.rows) else None
        if clip != self.clip:
            self.clip = clip
            self._changed()

    def _say(self) -> None:
        total, people = len(self.store), person(self.store.clips.iloc[self.rows]).nunique()
        self.count.value = f"<b>{len(self.rows)}</b> of {total} clips, {people} {'person' if people == 1 else 'people'}"
        if len(self.rows):
            self.notice.clear()
        else:
            self.notice.say(
                "No clip fits these filters. Set one of them back to “any”, or press “All clips”.", "warning"
            )
