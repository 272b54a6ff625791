"""Run a study: every run that is not up to date, in order, each with its record, none of them twice."""

import os
import time
from contextlib import suppress
from typing import Any

from mer.core.errors import InputError, nearest
from mer.core.finished_run import check_run, fault
from mer.core.machine_fault import cause_in_machine
from mer.core.paths import outputs_dir
from mer.core.places import remove_left_places
from mer.core.sealed import Damaged
from mer.core.work_lock import alone_in
from mer.runs.attempt import Attempt
from mer.runs.changes import what_changed
from mer.runs.console import Console, duration
from mer.runs.execute import RunFailed
from mer.runs.folder import RUNS, RunFolder, result_digest
from mer.runs.hashing import input_digests, run_hash
from mer.runs.plan import Done, PlannedRun, Study
from mer.runs.references import replace_references, split_reference
from mer.runs.times import RunTimes


class StudyRunner:
    """Runs one study.

    Args:
        study: the checked study.
        console: where progress goes.
        force: run also what is up to date.
        only: run only this step (`Study.run_names`), and what it needs.
    """

    def __init__(
        self, study: Study, console: Console | None = None, force: bool = False, only: str | None = None
    ) -> None:
        self.study = study
        self.console = console or Console()
        self.force = force
        self.chosen = study.run_names(only) if only else frozenset(run.name for run in study.runs)
        self.outputs = outputs_dir()
        self.runs = study.selected(only) if only else study.runs
        self.times = RunTimes(self.folder, self.forced)

    def plan(self) -> list[Done]:
        """What would be done; nothing is executed or written."""
        would: list[Done] = []
        for planned in self.runs:
            folder = self.folder(planned.name)
            waits = [name for name in planned.needs if any(d.run == name and d.outcome != "up to date" for d in would)]
            finished, forced = folder.result() is not None, self.forced(planned)
            # of others nothing has to be known, and what cannot be read of their inputs stops nothing
            because: tuple[str, ...] = ()
            if not forced:
                damage = tuple(filter(None, [damage_of(folder)]))
                because = self._because(planned, folder, waits, damage) if finished else damage
            current = finished and not forced and not because
            reason = f"would run, after {', '.join(waits)}" if waits else "would run"
            would.append(Done(planned.name, "up to date" if current else reason, folder.path, because=because))
        return would

    def run(self) -> list[Done]:
        """Do it.

        Raises:
            InputError: the outputs folder cannot be written.
            RunFailed: a notebook failed; runs finished before stay as they are.
        """
        self.check_writable()
        if len(self.runs) > 1:
            left = self.times.left(self.runs).removesuffix(" left")
            self.console.line(f"Study {self.study.name}: {len(self.runs)} runs{left and ', ' + left}")
        done: list[Done] = []
        for position, planned in enumerate(self.runs, start=1):
            label = f"[{position}/{len(self.runs)}] {planned.name}"
            started = time.monotonic()
            executed = self.run_one(planned, label)
            seconds = time.monotonic() - started
            done.append(
                Done(planned.name, "finished" if executed else "up to date", self.folder(planned.name).path, seconds)
            )
            if executed:
                self.times.note(planned, seconds)
                left = self.times.left(self.runs[position:])
                self.console.line(f"{label}: finished in {duration(seconds)}{left and '; ' + left}")
            else:
                self.console.line(f"{label}: up to date")
        return done

    def run_one(self, planned: PlannedRun, label: str) -> bool:
        """Execute a run unless it is up to date; whether it was. Another process that executes it is waited for.

        Args:
            planned: one of the study's runs; those that it needs are finished.
            label: for lines on the console.

        Raises:
            RunFailed: the notebook failed.
            InputError: nothing could be prepared or written.
        """
        folder = self.folder(planned.name)
        with folder.lock(lambda holder: self.console.line(f"{label}: waiting for {_holder_words(holder)}")):
            inputs = self._inputs(planned)
            wanted = run_hash(planned.notebook, planned.parameters, inputs)
            forced = self.forced(planned)
            if not forced and self.is_current(folder, wanted):
                return False
            if damage := damage_of(folder):
                self.console.line(f"{label}: {damage}")
            attempt = Attempt(folder, planned, inputs, wanted, self.study)
            with alone_in(folder.path, lambda: self.console.line(f"{label}: waiting for workers of a killed run")):
                remove_left_places()  # those of that run's workers, which have now ended
                if not forced and folder.take_back(wanted):
                    return False
                if kept := attempt.prepare(forced):
                    self.console.line(f"{label}: {kept}")
            expected = self.times.expected(planned)
            about = f", about {duration(expected)}" if expected else ""
            self.console.line(f"{label}: running {planned.notebook.stem}{about}")
            folder.note_running()
            try:
                attempt.execute(self._resolved(planned), self.console, label, expected)
            except (RunFailed, InputError) as error:
                raise RunFailed(attempt.mark_failed(str(error))) from error
            folder.drop_earlier()
        return True

    def check_writable(self) -> None:
        """Refuse to begin where no result could be kept.

        Raises:
            InputError: the outputs folder cannot be written.
        """
        folder = self.outputs / self.study.name
        probe = folder / f".writable-{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"x")
            probe.unlink()
        except OSError as error:
            with suppress(OSError):
                probe.unlink()
            raise InputError(
                f"Cannot write to {folder}: {error.strerror or error}. Choose another folder with MER_OUTPUTS, or free "
                "some space; nothing was run."
            ) from error

    def folder(self, run: str) -> RunFolder:
        """Folder of one of the study's runs."""
        return RunFolder(self.outputs, self.study.name, run)

    def forced(self, planned: PlannedRun) -> bool:
        """Whether it is executed although it may be up to date."""
        return self.force and planned.name in self.chosen

    def wanted(self, planned: PlannedRun) -> str:
        """Hash that a result of the run has if it is up to date; those that it needs are finished."""
        return run_hash(planned.notebook, planned.parameters, self._inputs(planned))

    def is_current(self, folder: RunFolder, wanted: str) -> bool:
        """Whether the run finished, of what it is now to be made of, and its files are as it left them.

        Raises:
            OtherFormat: a newer version of this suite made it.
        """
        result = folder.result()
        return result is not None and result["hash"] == wanted and not damage_of(folder)

    def _because(
        self, planned: PlannedRun, folder: RunFolder, waits: list[str], damage: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Why a finished run would run again; empty where it is up to date."""
        said = [*damage, *(f"{name}, which it uses, would run before it" for name in waits)]
        inputs = self._inputs(planned)
        if (folder.result() or {}).get("hash") != run_hash(planned.notebook, planned.parameters, inputs):
            said += what_changed(folder, planned.notebook, planned.parameters, inputs)
        return tuple(said)

    def _inputs(self, planned: PlannedRun) -> dict[str, str]:
        results = {f"@{name}": result_digest(self.folder(name).path) or "" for name in planned.needs}
        return results | input_digests(planned.values())

    def _resolved(self, planned: PlannedRun) -> dict[str, Any]:
        def folder_of(reference: str) -> Any:
            name, inside = split_reference(reference)
            if name in self.study.groups:
                return [str(self.folder(run).path / inside) for run in self.study.groups[name]]
            path = self.folder(name).path / inside
            if inside and not path.exists():
                found = [file.relative_to(path.parent).as_posix() for file in self.folder(name).path.glob("*")]
                raise InputError(f"'@{reference}': run {name!r} made no {inside!r}. {nearest(inside, found)}")
            return str(path)

        return {key: replace_references(value, folder_of) for key, value in planned.parameters.items()}


def _holder_words(holder: str) -> str:
    """Who has a run that another process waits for, and what it does there."""
    who = holder or "another process"
    return who if who.endswith(RUNS) else f"{who}, which checks it or makes ready for it"


def damage_of(folder: RunFolder) -> str:
    """What is not as a finished run left it, without a full stop; empty where all is.

    Raises:
        OtherFormat: a newer version of this suite made it, which nothing here may replace.
        Damaged: it cannot be read for want of memory or of open files, or because a disk fails: that says nothing of
            the run.
    """
    try:
        check_run(folder.path)
    except Damaged as error:
        if cause_in_machine(error) is not None:
            raise
        return fault(folder.path)
    return ""
