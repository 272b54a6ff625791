"""What is chosen, shared by the views of one table: a selection in one is a selection in all."""

from collections.abc import Iterable

import traitlets


class Selection(traitlets.HasTraits):
    """Rows of one table that a person chose, and the one looked at.

    Views observe both traits and change them by `choose` and `look_at`; none talks to another.

    Attributes:
        rows: chosen rows, ascending positions; empty when nothing is chosen, which views show as "all".
        focus: the row that is looked at, or -1.
        choices: how often rows were chosen or cleared: what is slow to draw observes it in place of ``rows``, and so
            comes after the clip looked at.
        count: rows of the table.
    """

    rows: tuple[int, ...] = traitlets.Tuple(()).tag(sync=False)  # type: ignore[assignment]
    focus: int = traitlets.Int(-1)  # type: ignore[assignment]
    choices: int = traitlets.Int(0)  # type: ignore[assignment]

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(focus=0 if count else -1)

    def choose(self, rows: Iterable[int]) -> None:
        """Choose these rows in place of others; the first of them is looked at unless the one before is among them.

        Rows outside the table are passed over: a view may be slower than a change of the table.
        """
        wanted = tuple(sorted({int(row) for row in rows if 0 <= row < self.count}))
        with self.hold_trait_notifications():
            self.rows = wanted  # first: pages draw what is chosen while the kernel makes the pictures of the clip
            if wanted and self.focus not in set(wanted):
                self.focus = wanted[0]
            self.choices += 1

    def clear(self) -> None:
        """Choose nothing; the row looked at stays."""
        self.choose(())

    def look_at(self, row: int) -> None:
        """Look at one row; what is chosen stays."""
        if 0 <= row < self.count:
            self.focus = int(row)

    @property
    def shown(self) -> tuple[int, ...]:
        """The chosen rows, or all where nothing is chosen."""
        return self.rows or tuple(range(self.count))
