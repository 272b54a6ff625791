"""Keeps the plans of the studies for the run board: asked for by name, found out one after the other in a thread."""

import subprocess
import threading
from collections.abc import Callable, Iterable

from mer.core.errors import InputError
from mer.runs.board.plan import StudyPlan, plan_studies


class Planner:
    """Plans of studies.

    Attributes:
        plans: by name of the study, as far as they are known.
    """

    def __init__(self, news: Callable[[StudyPlan | None, str], None], ended: Callable[[], None] | None = None) -> None:
        """Both are called from the thread.

        Args:
            news: called with a plan, or with None and what went wrong.
            ended: called when all that was asked for is known and the planner is no longer `busy`.
        """
        self.plans: dict[str, StudyPlan] = {}
        self._news, self._ended = news, ended
        self._wanted: list[str] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._working = False  # False a moment before the thread ends, which tells the board so
        self._process: subprocess.Popen | None = None
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether plans are still being found out."""
        return self._working and self._thread is not None and self._thread.is_alive()

    def ask(self, names: Iterable[str]) -> None:
        """Find out the plans of these studies, the first one first; returns at once."""
        with self._lock:
            if self._stopped:
                return
            self._wanted += [name for name in names if name not in self._wanted]
            if self._wanted and not self.busy:
                self._thread = threading.Thread(target=self._work, name="study plans", daemon=True)
                self._working = True
                self._thread.start()

    def stop(self) -> None:
        """No more plans are wanted; the process that makes them is ended."""
        with self._lock:
            self._stopped = True
            self._wanted.clear()
            if self._process is not None:
                self._process.kill()  # does nothing to one that ended

    def wait(self, seconds: float) -> None:
        """Wait until all that was asked for is known, and said."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._lock:
                names, self._wanted = self._wanted, []
                if not names:
                    self._working = False
                    break
            try:
                plan_studies(names, self._heard, lambda: self._stopped, self._begun)
            except (InputError, OSError) as error:
                self._news(None, str(error))
        if self._ended is not None and not self._stopped:
            self._ended()

    def _begun(self, process: subprocess.Popen) -> None:
        with self._lock:
            self._process = process
            if self._stopped:
                process.kill()

    def _heard(self, plan: StudyPlan) -> None:
        self.plans[plan.study] = plan
        if not self._stopped:
            self._news(plan, "")
