"""One execution of a run in its folder: room made, the notebook executed, record and result written, or the failure."""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mer.core.errors import InputError
from mer.core.files import write_json
from mer.core.finished_run import RESULT, fault, seal_run
from mer.core.finished_run_files import foreign_files
from mer.core.paths import notebooks_dir
from mer.core.run_record import RECORD_FORMAT
from mer.core.sealed import FORMAT
from mer.core.stamp import now
from mer.core.writing import writing
from mer.runs.changes import MADE_OF
from mer.runs.console import Console
from mer.runs.execute import RunFailed, execute_notebook
from mer.runs.folder import RunFolder
from mer.runs.hashing import run_parts
from mer.runs.notebook import RUN_DIR
from mer.runs.plan import PlannedRun, Study
from mer.runs.recipe import write_recipe
from mer.runs.record import new_record, update_record


@dataclass(frozen=True)
class Attempt:
    """What is executed; the caller holds the folder's lock.

    Attributes:
        folder: of the run.
        planned: the run.
        inputs: digests of what it reads (`mer.runs.hashing`).
        wanted: hash that its result will have.
        study: that the run is of.
    """

    folder: RunFolder
    planned: PlannedRun
    inputs: Mapping[str, str]
    wanted: str
    study: Study

    def prepare(self, afresh: bool) -> str:
        """Make room: a finished result is set aside, parts of a run of another configuration are deleted.

        Parts of an interrupted run of the same configuration stay, so that the notebook can resume, unless it is to
        begin ``afresh``; so do those of a finished one of which a file is damaged. What a user changed or put there is
        kept for good.

        Returns:
            A sentence on what is kept, and where; empty where nothing but results of the run lay there.

        Raises:
            InputError: the folder cannot be written.
        """
        folder, said = self.folder, ""
        try:
            if folder.file("result.json").is_file():
                said = self._make_room(afresh)
            elif folder.read("parameters.json").get("hash") != self.wanted or afresh:
                shutil.rmtree(folder.path, ignore_errors=True)
            folder.path.mkdir(parents=True, exist_ok=True)
            for name in ("error.json", "summary.json"):
                folder.file(name).unlink(missing_ok=True)
        except OSError as error:
            raise InputError(f"Cannot prepare {folder.path}: {error.strerror or error}.") from error
        return said

    def _make_room(self, afresh: bool) -> str:
        folder = self.folder
        foreign, damaged = foreign_files(folder.path), folder.result() is None or bool(fault(folder.path))
        if not foreign and not damaged:
            folder.set_aside()
            return ""
        made = folder.result() or folder.read("parameters.json")
        same = not afresh and made.get("hash") == self.wanted
        kept = folder.keep(copy=same)
        if same:  # only what is damaged in it is computed anew
            for file in [folder.file("result.json"), *foreign]:
                file.unlink(missing_ok=True)
        names = ", ".join(file.relative_to(folder.path).as_posix() for file in foreign[:3])
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        why = f"{names}{more}, which the run did not make" if foreign else "with what is damaged in it"
        return f"what lay there, {why}, is kept in {kept}"

    def execute(self, parameters: Mapping[str, Any], console: Console, label: str, expected: float | None) -> None:
        """Execute the notebook, with record and result.

        Args:
            parameters: of the notebook, without references.
            console: where progress goes.
            label: for lines on the console.
            expected: seconds that it will take; None where that is not known.

        Raises:
            RunFailed: the notebook did not reach its last cell.
            InputError: something could not be written.
        """
        folder, planned = self.folder, self.planned
        started = time.monotonic()
        record = new_record(
            study=folder.study,
            run=planned.name,
            notebook=planned.notebook.stem,
            parameters=dict(planned.parameters),
            seed=planned.value("seed"),
            inputs=dict(self.inputs),
            study_file=self._study_file(),
        )
        write_json(
            folder.file("parameters.json"),
            {
                FORMAT: RECORD_FORMAT,
                "notebook": planned.notebook.stem,
                "hash": self.wanted,
                "parameters": parameters,
                MADE_OF: run_parts(planned.notebook, planned.parameters, self.inputs),
            },
        )
        write_json(folder.file("record.json"), record)
        write_recipe(folder.path, self.study, planned)
        target = folder.file(f"{planned.notebook.stem}.ipynb")
        with console.step(label, expected):
            execute_notebook(planned.notebook.path, target, {**parameters, RUN_DIR: str(folder.path)}, console)
        if not folder.file("summary.json").is_file():
            raise RunFailed(
                f"Notebook {planned.notebook.stem} ended before its last cell, which must be `run.finish(...)`: it has "
                f"left early, or the cell is missing. See {target}"
            )
        seconds = time.monotonic() - started
        record = update_record(folder.path, ended=now(), seconds=round(seconds, 1))
        result = {
            "state": "finished",
            "study": folder.study,
            "run": planned.name,
            "step": planned.step,
            "notebook": planned.notebook.stem,
            "hash": self.wanted,
            "started": record["started"],
            "ended": record["ended"],
            "seconds": record["seconds"],
            "summary": folder.read("summary.json"),
        }
        with writing(folder.file(RESULT)):
            seal_run(folder.path, result)

    def _study_file(self) -> str | None:
        """Path of a user's own study, by which it is found again; those of the suite are found by their name."""
        path = self.study.path
        return (
            None
            if path is None or path.parent.resolve() == (notebooks_dir() / "studies").resolve()
            else str(path.absolute())
        )

    def mark_failed(self, message: str) -> str:
        """Note why it failed; the message with where it was, and what is kept."""
        folder = self.folder
        text = f"Run {folder.run!r} of study {folder.study!r} failed. {message}"
        if folder.earlier.is_dir():
            text += f"\n  Its last finished result is kept in {folder.earlier}"
        try:
            write_json(folder.file("error.json"), {"message": message, "when": now()})
        except InputError:
            text += f"\n  (and {folder.file('error.json')} could not be written)"
        return text
