"""The run board: studies and their runs with states and scores; start, resume and cancel them; curves while they train.

    from mer.runs.board import run_board
    run_board()

In a live kernel the board looks at the run folders every few seconds by itself. Nothing of what it shows is kept in the
kernel: after a restart the same processes are found again.
"""

import threading
from collections.abc import Callable

import ipywidgets

from mer.core.errors import InputError, nearest
from mer.core.paths import outputs_dir
from mer.runs.background import WHOLE_STUDY, Job, cancel_job, find_job, find_jobs, is_alive
from mer.runs.board_actions import cancel_run, resume_run, start_study
from mer.runs.board_details_view import DetailsView
from mer.runs.board_plan import StudyPlan, with_plans
from mer.runs.board_planner import Planner
from mer.runs.board_rows import STATES, BoardRun, RunReader
from mer.runs.board_start import StartForm
from mer.runs.board_style import STYLE
from mer.runs.board_tables import Defaults, differing, runs_table, titles
from mer.runs.board_ticker import Ticker
from mer.runs.study import study_names
from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.selection import Selection

#: Seconds between two looks: while something runs, and while nothing does.
BUSY_SECONDS, IDLE_SECONDS = 2.0, 10.0
_ALL = ""


def run_board(study: str | None = None, *, live: bool = True) -> "RunBoard":
    """The run board as a widget.

    Args:
        study: show this one at first; all when None. An unknown one is said in place.
        live: look again by itself, and find out what would run; False for a picture of this moment.
    """
    return RunBoard(study, live)


class RunBoard(ipywidgets.VBox):
    """The widget of `run_board`.

    Attributes:
        study, state: filters (dropdowns).
        table: the runs (`ClipTable`), linked to ``selection``.
        details: of the run looked at, or two chosen ones side by side.
        form: start of a single run.
        notice: what was done, and what is wrong.
        shown: the runs in the order of the table.
    """

    def __init__(self, study: str | None, live: bool) -> None:
        self.outputs = outputs_dir()
        self.reader, self.defaults = RunReader(self.outputs), Defaults()
        self.planner = Planner(self._heard)
        self.shown: list[BoardRun] = []
        self._parameters: list[str] | None = None
        self._lock = threading.RLock()  # buttons, the timer and plans come from threads of their own
        self._quiet = self._looked = False
        self._worker: threading.Thread | None = None
        self._alive: frozenset[str] = frozenset()
        self._awaited = ""  # study whose plan a person waits for
        self.notice, self.selection = Notice(), Selection(0)
        self.study = ipywidgets.Dropdown(description="Study", options=[("all studies", _ALL)])
        self.state = ipywidgets.Dropdown(
            description="State", options=[("all states", _ALL), *((name, name) for name in STATES)]
        )
        self.count = ipywidgets.HTML()
        self.table = ClipTable(runs_table([], [], self.defaults), titles([], True), self.selection, label="Runs")
        self.details = DetailsView(self.defaults)
        self.form = StartForm(self._started)
        actions: list[tuple[str, str, Callable[[object], None]]] = [
            ("Refresh", "Look at the run folders now", self.refresh),
            ("Preview study", "Say what starting the chosen study would do", self._preview),
            ("Start study", "Start the chosen study in the background", self._start),
            ("Resume", "Go on with the run looked at and its study", self._resume),
            ("Cancel", "Stop the run looked at and its study", self._cancel),
        ]
        self.buttons = {name: ipywidgets.Button(description=name, tooltip=tip) for name, tip, _ in actions}
        for name, _, action in actions:
            self.buttons[name].on_click(action)
        row = ipywidgets.Layout(flex_flow="row wrap")
        super().__init__(
            [
                ipywidgets.HTML(STYLE),
                ipywidgets.HBox([self.study, self.state, self.count], layout=row),
                self.table,
                ipywidgets.HBox(list(self.buttons.values()), layout=row),
                self.notice,
                self.details,
                self.form,
            ]
        )
        self.add_class("mer-run-board")
        self.refresh()
        self._choose_study(study)
        self._look()
        self.study.observe(self._filter_changed, "value")
        self.state.observe(self._filter_changed, "value")
        self.selection.observe(self._chosen_changed, ["rows", "focus"])
        self.ticker = Ticker(self._tick)
        if live:
            self.ticker.start(BUSY_SECONDS)
            first = [self.study.value] if self.study.value else []
            self.planner.ask([*first, *study_names()])

    def close(self) -> None:
        """Take the board away: no more looking."""
        self.ticker.stop()
        self.planner.stop()
        super().close()

    @property
    def chosen(self) -> list[BoardRun]:
        """Two or more chosen runs, else the one looked at."""
        rows = self.selection.rows if len(self.selection.rows) > 1 else (self.selection.focus,)
        return [self.shown[row] for row in rows if 0 <= row < len(self.shown)]

    @guarded
    def refresh(self, _button: object = None) -> None:
        """Look at all run folders and show what is there."""
        self._look()

    def _look(self) -> None:
        with self._lock:
            runs = with_plans(self.reader.read(), self.planner.plans.values(), self.outputs)
            self._offer_studies(runs)
            study, state = self.study.value, self.state.value
            of_study = [run for run in runs if study in (_ALL, run.study)]
            names = differing(of_study, self.defaults) if study else []
            self._show([run for run in of_study if state in (_ALL, run.state)], names)

    def _show(self, runs: list[BoardRun], parameters: list[str]) -> None:
        """Fill the table; what is chosen stays chosen though it may stand in another row."""
        if (runs, parameters) == (self.shown, self._parameters):
            self._show_details()
            return
        self._parameters = parameters
        before = [self.shown[row].key for row in self.selection.rows if row < len(self.shown)]
        looked_at = self.shown[self.selection.focus].key if 0 <= self.selection.focus < len(self.shown) else None
        self.shown = runs
        places = {run.key: place for place, run in enumerate(runs)}
        self._quiet = True
        try:
            self.table.titles = titles(parameters, not self.study.value)
            self.table.update(runs_table(runs, parameters, self.defaults))
            self.selection.choose(places[key] for key in before if key in places)
            self.selection.look_at(places.get(looked_at, 0) if looked_at else 0)
        finally:
            self._quiet = False
        self.count.value = f"<span>{_counted(runs)}</span>"
        self._show_details()

    def _show_details(self) -> None:
        """Curves of a finished run only once a person looks at one: the board itself opens without them."""
        chosen = self.chosen
        self.details.show(chosen, self._looked or any(run.state == "running" for run in chosen))

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

    def _choose_study(self, study: str | None) -> None:
        names = [value for _, value in self.study.options]
        if study and study not in names:
            hint = nearest(study, names[1:])
            self.notice.say(f"No study {study!r}, nor runs of it in {self.outputs}. {hint}", "error")
        elif study:
            self.study.value = study

    @guarded
    def _filter_changed(self, _change: object) -> None:
        if self._quiet:
            return
        self._look()
        plan = self.planner.plans.get(self.study.value)
        if plan is not None and plan.problem:
            self.notice.say(f"{plan.study} cannot be started: {plan.problem}", "warning")

    @guarded
    def _chosen_changed(self, _change: object) -> None:
        if not self._quiet:
            self._looked = True
            with self._lock:
                self._show_details()

    @guarded
    def _preview(self, _button: object) -> None:
        name = self._study()
        self.notice.say(f"Looking at what {name} would do …")
        self.planner.plans.pop(name, None)
        self._awaited = name
        self.planner.ask([name])

    def _heard(self, plan: StudyPlan | None, problem: str) -> None:
        """News of the planner, from its thread."""
        if plan is None:
            self.notice.say(problem, "error")
            return
        if plan.study == self._awaited:
            self._awaited = ""
            would = "; ".join(step.run for step in plan.steps if not step.current)
            kind = "error" if plan.problem else "info"
            self.notice.say(f"{plan.study}: {plan.sentence()}" + (f". Would run: {would}." if would else ""), kind)
        self._look()

    def _start(self, _button: object) -> None:
        self._do("Starting …", lambda: self._said(start_study(self._study())))

    def _resume(self, _button: object) -> None:
        self._do("Resuming …", lambda: self._said(resume_run(self._one())))

    def _cancel(self, _button: object) -> None:
        self._do("Cancelling; what runs is asked to end …", self._cancel_now)

    def _cancel_now(self) -> str:
        job = find_job(str(self.study.value), WHOLE_STUDY, self.outputs) if self.study.value else None
        if job is not None and is_alive(job):  # before its first run has a row, too
            cancel_job(job)
            return f"{job.command} was cancelled. What is finished is kept; resume goes on from there."
        return cancel_run(self._one())

    def _said(self, job: Job) -> str:
        self._started(job)
        return f"Started: {job.command} (process {job.pid})."

    def _started(self, job: Job) -> None:
        self._alive |= {job.mark}
        self._look()

    def _do(self, meanwhile: str, action: Callable[[], str]) -> None:
        """What takes seconds is done in a thread; the board stays usable, and says how it ended."""
        if self._worker is not None and self._worker.is_alive():
            self.notice.say("One moment: the board is still at what was asked before.", "warning")
            return
        self.notice.say(meanwhile)
        self._worker = threading.Thread(target=self._work, args=(action,), daemon=True)
        self._worker.start()

    @guarded
    def _work(self, action: Callable[[], str]) -> None:
        said = action()
        self._look()
        self.notice.say(said)

    def _study(self) -> str:
        if not self.study.value:
            raise InputError("No study is chosen. Choose one in the list above the table.")
        return str(self.study.value)

    def _one(self) -> BoardRun:
        if len(self.chosen) != 1:
            raise InputError(f"{len(self.chosen)} runs are chosen. Choose one in the table.")
        return self.chosen[0]

    def _tick(self) -> float:
        """One look by itself; whatever goes wrong is said, and the next look comes all the same."""
        try:
            alive = {job.mark: job for job in find_jobs(self.outputs) if is_alive(job)}
            ended = bool(self._alive - frozenset(alive))
            self._alive = frozenset(alive)
            self._look()
            if ended:
                self.planner.ask(study_names())
        except Exception as error:
            self.notice.say(f"The board could not look by itself: {error}", "error")
        running = self._alive or any(run.state == "running" for run in self.shown)
        return BUSY_SECONDS if running else IDLE_SECONDS


def _counted(runs: list[BoardRun]) -> str:
    """For instance ``32 runs: 1 running, 31 finished``."""
    if not runs:
        return "no run fits"
    counts = {state: sum(run.state == state for run in runs) for state in STATES}
    return f"{len(runs)} runs: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count)
