"""The runs of `outputs` as the run board knows them, read again only where their files changed.

A run's files are small but many: 300 runs have 1,200. Each is parsed once for every state of it on disk (time of change
and size), so that looking at all of them every few seconds costs little more than asking the system for their times.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mer import __version__
from mer.core.live import LIVE, live_source
from mer.core.one_run import BeingMade, read_one_run
from mer.manifest.own_correction import own_corrections_file
from mer.runs.folder import NOT_STUDIES, RunFolder, begun_runs
from mer.runs.odd_records import damage, number
from mer.runs.registry import DAMAGED, OUT_OF_DATE, older_than_corrections

FILES = ("result.json", "record.json", "parameters.json", "error.json")
#: States of a run, in the order in which the board offers them.
STATES = ("running", "finished", OUT_OF_DATE, DAMAGED, "failed", "interrupted", "would run")

_Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class BoardRun:
    """One run of a study: on disk, planned, or both.

    Attributes:
        study: its study, a folder of ``outputs``.
        run: its name, a folder of the study.
        state: one of `STATES`.
        folder: where it lies or will lie.
        notebook: stem of its notebook.
        started: UTC; empty where it never ran.
        seconds: that it took, or None.
        parameters: given ones by name, as in the study (``@run`` for the folder of a run).
        summary: what it found; empty unless it finished.
        synthetic: whether its faces are rendered; None where that is not known.
        error: message of a failed one, with the end of its traceback.
        note: what is odd about its files, in a sentence; empty as a rule.
        expected: seconds that it would take, where it would run and that can be told.
        waits: what the plan says of it where it would run.
        because: what changed since it finished, where it is out of date, in sentences without a full stop.
        changed: when its result was written, seconds since 1970; 0 where it has none.
    """

    study: str
    run: str
    state: str
    folder: Path
    notebook: str = ""
    started: str = ""
    seconds: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    synthetic: bool | None = None
    error: str = ""
    note: str = ""
    expected: float | None = None
    waits: str = ""
    because: tuple[str, ...] = ()
    changed: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.study, self.run


class RunReader:
    """Reads all runs below ``outputs``, remembering what did not change.

    A finished run that is older than corrections of what it used is out of date. (Whether code or files changed since
    takes a plan to find out: `mer.runs.board.plan`.)
    """

    def __init__(self, outputs: Path) -> None:
        self.outputs = outputs
        self._known: dict[str, tuple[_Stamp, BoardRun]] = {}
        self._judged: tuple[object, dict[str, str]] = (None, {})

    def read(self) -> list[BoardRun]:
        """All runs on disk, by study and name; one that vanishes meanwhile is left out."""
        found: dict[str, tuple[_Stamp, BoardRun]] = {}
        for study, run, path in _run_paths(self.outputs):
            known, stamp = self._known.get(path), _stamps(path)
            if known is None or known[0] != stamp:
                known = _read(RunFolder(self.outputs, study, run))
            found[path] = known
        self._known = found
        older = self._older()
        runs = [self._now(run, older.get(path, "")) for path, (_, run) in found.items()]
        return [run for run in runs if run.state != "absent"]

    def _now(self, run: BoardRun, older: str) -> BoardRun:
        if run.state in ("finished", DAMAGED):
            return replace(run, state=OUT_OF_DATE, because=(older,)) if older else run
        # whether a process holds it is in no file's time
        state = RunFolder(self.outputs, run.study, run.run).state()
        # one that finished since its files were read has its scores at the next look
        return replace(run, state="running" if state == "finished" else state)

    def _older(self) -> dict[str, str]:
        """Why a run, by its path, is older than a user's corrections; judged again where these or a record changed."""
        stamps = _stamp(str(own_corrections_file())), [(path, stamp[:2]) for path, (stamp, _) in self._known.items()]
        if self._judged[0] != stamps:
            finished = {path: run for path, (_, run) in self._known.items() if run.state == "finished"}
            folders = {path: RunFolder(self.outputs, run.study, run.run) for path, run in finished.items()}
            self._judged = stamps, {path: older_than_corrections(folder) for path, folder in folders.items()}
        return self._judged[1]


def _run_paths(outputs: Path) -> list[tuple[str, str, str]]:
    """Study, run and path of every run's folder. (`run_folders` in plain text: it is called every other second.)"""
    found = []
    for study, place in _folders(str(outputs)):
        if study not in NOT_STUDIES:
            runs = dict(_folders(place))
            begun = {run: os.path.join(place, run) for run in begun_runs(Path(place), runs.keys())}
            found += [(study, run, path) for run, path in sorted((runs | begun).items())]
    return found


def _folders(path: str) -> list[tuple[str, str]]:
    """Name and path of the folders in a folder, hidden ones left out; none where it went away."""
    try:
        with os.scandir(path) as entries:
            return sorted((entry.name, entry.path) for entry in entries if entry.name[0] != "." and entry.is_dir())
    except OSError:
        return []


def _stamps(path: str) -> _Stamp:
    """Of all files of a run that are read; a folder's time tells of new ones, and of those that are gone."""
    return tuple(_stamp(f"{path}/{name}") for name in (*FILES, LIVE, "."))


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(folder: RunFolder) -> tuple[_Stamp, BoardRun]:
    """Of one run, though another may take its place meanwhile."""

    def read() -> tuple[_Stamp, BoardRun]:
        stamp = _stamps(str(folder.path))
        return stamp, _parsed(folder, stamp)

    try:
        return read_one_run(folder.path, read)
    except BeingMade:
        return (), BoardRun(folder.study, folder.run, "interrupted", folder.path)  # read again at the next look


def _parsed(folder: RunFolder, stamp: _Stamp) -> BoardRun:
    result, record, parameters, error = (
        folder.read(name) if there else {} for name, there in zip(FILES, stamp, strict=False)
    )
    finished = folder.result() is not None
    damaged = damage(folder) if finished else ""
    summary = _mapping(result.get("summary")) if finished and not damaged else {}
    seconds = number(result.get("seconds"))
    given = record.get("parameters", parameters.get("parameters"))
    return BoardRun(
        study=folder.study,
        run=folder.run,
        state=DAMAGED if damaged else "finished" if finished else "interrupted",
        folder=folder.path,
        notebook=str(record.get("notebook") or parameters.get("notebook") or result.get("notebook") or ""),
        started=str(record.get("started") or result.get("started") or ""),
        seconds=float(seconds) if finished and seconds is not None else None,
        parameters=_mapping(given),
        summary=summary,
        synthetic=_synthetic(folder.path, summary, record, _mapping(given)),
        error=str(error.get("message", "")),
        note=damaged or _note(folder, stamp, finished, record),
        changed=stamp[0][0] / 1e9 if stamp[0] else 0.0,
    )


def _synthetic(
    folder: Path, summary: Mapping[str, Any], record: Mapping[str, Any], given: Mapping[str, Any]
) -> bool | None:
    if "synthetic" in summary:
        return bool(summary["synthetic"])
    config = _mapping(record.get("config"))
    database = config.get("data.database", config.get("database", given.get("database")))
    if str(database).startswith("synthetic"):
        return True
    return live_source(folder)  # a path says nothing of what lies there


def _note(folder: RunFolder, stamp: _Stamp, finished: bool, record: Mapping[str, Any]) -> str:
    said = []
    for name, there in zip(FILES, stamp, strict=False):
        if there and not folder.read(name):
            said.append(f"{name} cannot be read (half-written, or not ours)")
    if stamp[0] and not finished and not said:
        said.append("result.json is of another version of this suite")
    version = _mapping(record.get("versions")).get("mer")
    if version and version != __version__:
        said.append(f"made by version {version} of this suite, this is {__version__}")
    return "; ".join(said)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
