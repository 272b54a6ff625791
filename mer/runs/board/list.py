"""The upper half of the run board: all runs in a table, filtered by study and state."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import ipywidgets

from mer.core.errors import InputError, nearest
from mer.runs.board.plan import StudyPlan, with_plans
from mer.runs.board.rows import STATES, BoardRun, RunReader
from mer.runs.board.tables import TITLES, Defaults, differing, runs_table, titles
from mer.runs.study import study_names
from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.selection import Selection

_ALL = ""
#: Least widths in px of columns that may be cut, with all studies and with one: scores stay in sight at 1000 px.
_LEAST_ALL, _LEAST_OF_ONE = {"Study": 72, "Run": 80}, {"Run": 156}
#: Heights of the table in px: as high as its rows, between these.
_LOWEST, _HIGHEST, _ROW, _AROUND = 120, 340, 28, 48


class RunList(ipywidgets.VBox):
    """Filters and table.

    Attributes:
        study, state: dropdowns; empty values show all.
        count: how many runs of which state are shown.
        pending: that what would run is still being found out; empty where it is known.
        table: the runs (`ClipTable`), linked to ``selection``.
        shown: the runs in the order of the table.
    """

    def __init__(self, outputs: Path, defaults: Defaults, changed: Callable[[], None]) -> None:
        """``changed`` is called when a person chooses other runs."""
        self.outputs, self.defaults, self._changed = outputs, defaults, changed
        self.reader = RunReader(outputs)
        self.shown: list[BoardRun] = []
        self._parameters: list[str] | None = None
        self._filters = (_ALL, _ALL)
        self._left = False  # the run looked at is no longer shown, and no other was chosen since
        self._quiet = False
        self.selection = Selection(0)
        self.study = ipywidgets.Dropdown(description="Study", options=[("all studies", _ALL)])
        states = [("all states", _ALL), *((name, name) for name in STATES)]
        self.state = ipywidgets.Dropdown(description="State", options=states)
        self.count, self.pending = ipywidgets.HTML(), ipywidgets.HTML()
        whole = [TITLES[name] for name in ("state", "uf1", "uar", "faces", "epoch_rule", "started")]
        empty = runs_table([], [], defaults)
        self.table = ClipTable(empty, titles([], True), self.selection, _LOWEST, label="Runs", whole=whole)
        in_a_row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        filters = ipywidgets.HBox([self.study, self.state, self.count, self.pending], layout=in_a_row)
        super().__init__([filters, self.table])
        self.selection.observe(self._chosen_changed, ["rows", "focus"])

    @property
    def chosen(self) -> list[BoardRun]:
        """Two or more chosen runs, else the one looked at."""
        rows = self.selection.rows if len(self.selection.rows) > 1 else (self.selection.focus,)
        return [self.shown[row] for row in rows if 0 <= row < len(self.shown)]

    def on_filter(self, changed: Callable[[], None]) -> None:
        """Call this when a person sets a filter."""
        for dropdown in (self.study, self.state):
            dropdown.observe(lambda _change: None if self._quiet else changed(), "value")

    def choose_study(self, name: str) -> None:
        """Show one study.

        Raises:
            InputError: no such study, nor runs of it.
        """
        names = [value for _, value in self.study.options[1:]]
        if name not in names:
            raise InputError(f"No study {name!r}, nor runs of it in {self.outputs}. {nearest(name, names)}")
        self.study.value = name

    def look(self, plans: Iterable[StudyPlan]) -> None:
        """Read the run folders and show what is there; costs little where nothing changed."""
        runs = with_plans(self.reader.read(), list(plans), self.outputs)
        self._offer_studies(runs)
        study, state = self.study.value, self.state.value
        of_study = [run for run in runs if study in (_ALL, run.study)]
        parameters = differing(of_study, self.defaults) if study else []
        shown = [run for run in of_study if state in (_ALL, run.state)]
        if (shown, parameters) != (self.shown, self._parameters):
            self._show(shown, parameters)
        self._filters = study, state

    def _show(self, runs: list[BoardRun], parameters: list[str]) -> None:
        """Fill the table; what is chosen stays chosen though it may stand in another row."""
        before = [self.shown[row].key for row in self.selection.rows if row < len(self.shown)]
        looked_at = self.shown[self.selection.focus].key if 0 <= self.selection.focus < len(self.shown) else None
        self.shown, self._parameters = runs, parameters
        places = {run.key: place for place, run in enumerate(runs)}
        self._quiet = True
        try:
            self.table.titles = titles(parameters, not self.study.value)
            self.table.least = _LEAST_ALL if not self.study.value else _LEAST_OF_ONE
            self.table.height = min(_HIGHEST, max(_LOWEST, _ROW * len(runs) + _AROUND))
            self.table.update(runs_table(runs, parameters, self.defaults))
            self.selection.choose(places[key] for key in before if key in places)
            self.selection.focus = self._place(looked_at, places)
        finally:
            self._quiet = False
        self.count.value = f"<span>{counted(runs)}</span>"

    def _place(self, looked_at: tuple[str, str] | None, places: Mapping[tuple[str, str], int]) -> int:
        """Row to look at: where the run now stands; the first after a filter was set; else none for one that left.

        Another run in its place would be the one that the next "Cancel" ends.
        """
        if looked_at is not None and looked_at in places:
            self._left = False
            return places[looked_at]
        asked = (self.study.value, self.state.value) != self._filters
        self._left = not asked and (looked_at is not None or self._left)
        return -1 if self._left or not places else 0

    def _offer_studies(self, runs: list[BoardRun]) -> None:
        names = sorted({*study_names(), *(run.study for run in runs)})
        options = (("all studies", _ALL), *((name, name) for name in names))
        if self.study.options != options:
            kept, self._quiet = self.study.value, True
            try:
                self.study.options = options  # which chooses the first
                self.study.value = kept if kept in names else _ALL
            finally:
                self._quiet = False

    def _chosen_changed(self, _change: object) -> None:
        if not self._quiet:
            self._changed()


def counted(runs: list[BoardRun]) -> str:
    """For instance ``32 runs: 1 running, 31 finished; 12 planned``."""
    if not runs:
        return "no run fits"
    counts = {state: sum(run.state == state for run in runs) for state in STATES}
    planned = counts.pop("would run")
    own = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    count = len(runs) - planned
    said = f"{count} run{'' if count == 1 else 's'}: {own}" if own else "no run yet"
    return said + (f"; {planned} planned" if planned else "")
