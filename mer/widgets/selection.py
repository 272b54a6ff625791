"""What is chosen, shared by the views of one table: a selection in one is a selection in all."""

from collections.abc import Iterable

import traitlets


class Selection(traitlets.HasTraits):
    """Rows of one table that a person chose, and the one looked at.

    Views observe both traits and change them by `choose` and `look_at`; none talks to another.

    Attributes:
        rows: chosen rows, ascending positions; empty when nothing is chosen, which views show as "all".
        focus: the row that is looked at, or -1.
        count: rows of the table.
    """

    rows: tuple[int, ...] = traitlets.Tuple(()).tag(sync=False)  # type: ignore[assignment]
    focus: int = traitlets.Int(-1)  # type: ignore[assignment]

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(focus=0 if count else -1)

    def choose(self, rows: Iterable[int]) -> None:
        """Choose these rows in place of others; the first of them is looked at unless the one before is among them.

        Rows outside the table are passed over: a view may be slower than a change of the table.
        """
        wanted = tuple(sorted({int(row) for row in rows if 0 <= row < self.count}))
        with self.hold_trait_notifications():
            if wanted and self.focus not in set(wanted):
                self.focus = wanted[0]  # first: the clip looked at is quicker to show than all that are chosen
            self.rows = wanted

    def clear(self) -> None:
        """Choose nothing; the row looked at stays."""
        self.rows = ()

    def look_at(self, row: int) -> None:
        """Look at one row; what is chosen stays."""
        if 0 <= row < self.count:
            self.focus = int(row)

    @property
    def shown(self) -> tuple[int, ...]:
        """The chosen rows, or all where nothing is chosen."""
        return self.rows or tuple(range(self.count))
