"""The run board: studies and their runs with states and scores; start, resume and cancel them; curves while they train.

    from mer.runs.board.view import run_board
    run_board()

In a live kernel the board looks at the run folders every few seconds by itself. Nothing of what it shows is kept in the
kernel: after a restart the same processes are found again.
"""

import threading
import weakref
from collections.abc import Callable

import ipywidgets

from mer.core.errors import InputError
from mer.core.paths import outputs_dir
from mer.runs.background import is_alive
from mer.runs.board.actions import cancel_run, cancel_started, resume_run, start_study
from mer.runs.board.details_view import DetailsView
from mer.runs.board.list import RunList
from mer.runs.board.plan import StudyPlan
from mer.runs.board.planner import Planner
from mer.runs.board.rows import BoardRun
from mer.runs.board.start import StartForm
from mer.runs.board.style import STYLE
from mer.runs.board.tables import Defaults
from mer.runs.board.ticker import Ticker
from mer.runs.jobs import WHOLE_STUDY, Job, find_job, find_jobs
from mer.runs.study import study_names
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice

#: Seconds between two looks: while something runs, and while nothing does.
BUSY_SECONDS, IDLE_SECONDS = 2.0, 10.0
_live_board: "weakref.ref[RunBoard] | None" = None


def run_board(study: str | None = None, *, live: bool = True) -> "RunBoard":
    """The run board as a widget.

    Args:
        study: show this one at first; all when None. An unknown one is said in place.
        live: look again by itself, and find out what would run; False for a picture of this moment. An earlier live
            board of this kernel is closed: a cell run again would leave it looking for nobody.
    """
    global _live_board
    earlier = _live_board() if live and _live_board is not None else None
    if earlier is not None:
        earlier.close()
    made = RunBoard(study, live)
    if live:
        _live_board = weakref.ref(made)
    return made


class RunBoard(ipywidgets.VBox):
    """The widget of `run_board`.

    Attributes:
        list: filters and table of the runs (`RunList`).
        details: of the run looked at, or two chosen ones side by side.
        form: start of a single run.
        buttons: by their words.
        notice: what was done, and what is wrong.
    """

    def __init__(self, study: str | None, live: bool) -> None:
        self.outputs = outputs_dir()
        self.notice = Notice()
        self._lock = threading.RLock()  # buttons, the timer and plans come from threads of their own
        self._looked_at_one = False
        self._worker: threading.Thread | None = None
        self._alive: frozenset[str] = frozenset()
        self._awaited = ""  # study whose plan a person waits for
        self.planner, self.ticker = Planner(self._heard, self._all_heard), Ticker(self._tick)
        defaults = Defaults()
        self.list = RunList(self.outputs, defaults, self._chosen_changed)
        self.details, self.form = DetailsView(defaults), StartForm(self._started)
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
        buttons = ipywidgets.HBox(list(self.buttons.values()), layout=ipywidgets.Layout(flex_flow="row wrap"))
        super().__init__([ipywidgets.HTML(STYLE), self.list, buttons, self.notice, self.details, self.form])
        self.add_class("mer-run-board")
        self._open(study)
        self.list.on_filter(self._filter_changed)
        if live:
            self.ticker.start(BUSY_SECONDS)
            first = [self.list.study.value] if self.list.study.value else []
            self.planner.ask([*first, *study_names()])

    def close(self) -> None:
        """Take the board away: no more looking."""
        self.ticker.stop()
        self.planner.stop()
        super().close()

    @guarded
    def refresh(self, _button: object = None) -> None:
        """Look at all run folders and show what is there."""
        self._look()

    @guarded
    def _open(self, study: str | None) -> None:
        self._look()
        if study:
            self.list.choose_study(study)
            self._look()

    def _look(self) -> None:
        with self._lock:
            self.list.look(self.planner.plans.values())
            self.list.pending.value = "<span>(finding out what would run …)</span>" if self.planner.busy else ""
            self._show_details()

    def _show_details(self) -> None:
        """Curves of a finished run only once a person looks at one: the board itself opens without them."""
        chosen = self.list.chosen
        self.details.show(chosen, self._looked_at_one or any(run.state == "running" for run in chosen))

    @guarded
    def _filter_changed(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self.notice.clear()  # it was about what was shown before
        self._look()
        plan = self.planner.plans.get(self.list.study.value)
        if plan is not None and plan.problem:
            self.notice.say(f"{plan.study} cannot be started: {plan.problem}", "warning")

    @guarded
    def _chosen_changed(self) -> None:
        self._looked_at_one = True
        with self._lock:
            self._show_details()

    @guarded
    def _preview(self, _button: object) -> None:
        self._awaited = self._study()
        self.notice.say(f"Looking at what {self._awaited} would do …")
        self.planner.ask([self._awaited])

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

    @guarded
    def _all_heard(self) -> None:
        """The planner is done: what is still found out is nothing, which its last plan came too early to show."""
        self._look()

    @guarded
    def _start(self, _button: object) -> None:
        study = self._study()
        self._do("Starting …", lambda: self._said(start_study(study)))

    @guarded
    def _resume(self, _button: object) -> None:
        with self._lock:  # the run that stands there at the click; the table may change before the thread begins
            run = _one(self.list.chosen)
        self._do("Resuming …", lambda: self._said(resume_run(run)))

    @guarded
    def _cancel(self, _button: object) -> None:
        with self._lock:
            study, chosen = str(self.list.study.value), self.list.chosen
        self._do("Cancelling; what runs is asked to end …", lambda: self._cancel_now(study, chosen))

    def _cancel_now(self, study: str, chosen: list[BoardRun]) -> str:
        job = find_job(study, WHOLE_STUDY, self.outputs) if study else None
        if job is not None and is_alive(job):  # before its first run has a row, too
            return cancel_started(job, self.outputs)
        return cancel_run(_one(chosen))

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
        if not self.list.study.value:
            raise InputError("No study is chosen. Choose one in the list above the table.")
        return str(self.list.study.value)

    def _tick(self) -> float:
        """One look by itself; whatever goes wrong is said, and the next look comes all the same."""
        try:
            alive = frozenset(job.mark for job in find_jobs(self.outputs) if is_alive(job))
            ended, self._alive = self._alive - alive, alive
            self._look()
            if ended:
                self.planner.ask(study_names())
        except Exception as error:
            self.notice.say(f"The board could not look by itself: {error}", "error")
        running = self._alive or any(run.state == "running" for run in self.list.shown)
        return BUSY_SECONDS if running else IDLE_SECONDS


def _one(chosen: list[BoardRun]) -> BoardRun:
    if len(chosen) != 1:
        raise InputError(f"{len(chosen)} runs are chosen. Choose one in the table.")
    return chosen[0]
