"""How long runs of a study take: as long as last time, else as the study says, scaled like those done so far."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mer.runs.console import duration
from mer.runs.folder import RunFolder
from mer.runs.odd_records import number
from mer.runs.plan import PlannedRun


class RunTimes:
    """Expected durations of the runs of one study.

    Args:
        folder_of: folder of a run by its name.
        again: whether a run is executed although it is finished.
    """

    def __init__(self, folder_of: Callable[[str], RunFolder], again: Callable[[PlannedRun], bool]) -> None:
        self._folder_of, self._again = folder_of, again
        self._speed: list[tuple[float, float]] = []  # (expected, taken) seconds of the runs executed now

    def expected(self, planned: PlannedRun) -> float | None:
        """Seconds that a run will take; None where nothing is known."""
        folder = self._folder_of(planned.name)
        for record in (folder.read("result.json"), _read_result(folder.earlier)):
            if (seconds := number(record.get("seconds"))) is not None:
                return float(seconds)
        if planned.minutes is None:
            return None
        expected, taken = (sum(column) for column in zip(*self._speed, strict=True)) if self._speed else (1.0, 1.0)
        return planned.minutes * 60 * taken / expected

    def note(self, planned: PlannedRun, seconds: float) -> None:
        """A run was executed in so many seconds."""
        if planned.minutes is not None:
            self._speed.append((planned.minutes * 60, seconds))

    def left(self, rest: Sequence[PlannedRun]) -> str:
        """``about 4 min 00 s left`` for the runs that are still to come; empty where nothing is known."""
        times = [self.expected(planned) for planned in rest if not self._is_finished(planned)]
        known = [seconds for seconds in times if seconds is not None]
        if not known:
            return ""
        return f"{'about' if len(known) == len(times) else 'at least'} {duration(sum(known))} left"

    def _is_finished(self, planned: PlannedRun) -> bool:
        """Probably up to date: an estimate needs no certainty, so nothing is hashed."""
        return self._folder_of(planned.name).result() is not None and not self._again(planned)


def _read_result(folder: Path) -> Mapping[str, Any]:
    return RunFolder(folder.parent.parent, folder.parent.name, folder.name).read("result.json")
