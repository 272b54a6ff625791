"""Whether a run was made before a user's corrections that change what it used: said wherever its results are shown.

A run's record keeps the corrections that stood in the user's file when it began (`standing_corrections`). What stands
there now, and did not then or otherwise, is compared with the clips of the run's database. A run is also of the clips
as they were when a run that it used is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.run_record import read_record
from mer.datasets.content import known_clips
from mer.evaluation.named_runs import named_runs
from mer.manifest.clips import KEY
from mer.manifest.own_corrections import own_corrections_file, read_own_corrections

#: Key of a run's record under which it keeps its `standing_corrections`.
STANDING = "standing_corrections"
_ROW = (*KEY, "column", "labels", "value")
_MOST_NAMED = 3

#: A correction as it is compared: key of the clip, column, label space, value.
_Row = tuple[str, ...]


@dataclass(frozen=True)
class CorrectedSince:
    """What a user corrected since a run was made.

    Attributes:
        clips: keys (``database/subject/clip``) of the clips that are corrected otherwise now; never empty.
        run: folder of the run that was made before: the one asked for, or one that it used.
        used: whether it is one that the run asked for used.
    """

    clips: tuple[str, ...]
    run: Path
    used: bool = False

    def reason(self) -> str:
        """Without a full stop: ``corrections of 1 clip changed since (casme2/sub01/EP02_01f)``."""
        whose = f"{_name(self.run)}, which it uses, is older than your " if self.used else "your "
        changed = "" if self.used else " changed since"
        return f"{whose}corrections of {self._count()}{changed} ({self._clips()})"

    def sentence(self) -> str:
        """For who looks at results, with what to do: the same beside the run itself and beside every one that uses it.

        So it can stand in a caption of several runs, and there once.
        """
        return (
            f"{_name(self.run)} was made before corrections of yours were saved or removed ({self._count()}: "
            f"{self._clips()}): its classes and key frames are the old ones. Run it again, then what uses it."
        )

    def _count(self) -> str:
        return f"{len(self.clips)} clip{'s' * (len(self.clips) != 1)}"

    def _clips(self) -> str:
        more = len(self.clips) - _MOST_NAMED
        return ", ".join(self.clips[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def corrected_since(folder: Path | str) -> CorrectedSince | None:
    """What a user corrected since a run was made; None where that changes nothing that it used.

    Args:
        folder: of a finished run. One that kept nothing about corrections is judged by the runs that it used.

    Raises:
        InputError: the user's file of corrections has faults.
    """
    return _judged(Path(folder).resolve(), set(map(tuple, _standing())), set())


def corrected_since_words(folder: Path | str, printed: bool = False) -> str:
    """`corrected_since` as a sentence that names the run, or why that cannot be told; empty where all is well.

    Args:
        folder: of a finished run.
        printed: for a caption, which others read: it does not say where the user's file lies and what is wrong in it.
    """
    try:
        found = corrected_since(folder)
    except InputError as error:
        name = _name(Path(folder).resolve())
        unknown = f"Whether your corrections changed since {name} was made cannot be told"
        return f"{unknown}." if printed else f"{unknown}: {error}"
    return found.sentence() if found is not None else ""


def label_corrections(folder: Path | str) -> dict[tuple[str, ...], str]:
    """Clips whose class a user had corrected when a run was made, by their key, and the class that the database has."""
    rows = _record(Path(folder)).get("corrections")
    labels = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return {_row(row)[: len(KEY)]: str(row.get("was", "")) for row in labels if row.get("column") == "label"}


def standing_corrections() -> list[list[str]] | None:
    """What stands in the user's file now, for a run's record; None where the file has faults.

    Notes are left out: no result depends on them.
    """
    try:
        return [list(row) for row in _standing()]
    except InputError:
        return None  # who opens a database is told


def _standing() -> tuple[_Row, ...]:
    """The user's file, read again where it changed: hundreds of runs are judged one after the other."""
    path = own_corrections_file()
    try:
        found = path.stat()
    except OSError:
        return ()
    return _read(path, found.st_mtime_ns, found.st_size, found.st_ino)


@lru_cache(maxsize=1)
def _read(path: Path, *_stamp: int) -> tuple[_Row, ...]:
    rows = (_row(asdict(one)) for one in read_own_corrections(path) if one.changes_results)
    return tuple(sorted(rows))


def _judged(folder: Path, now: set[_Row], seen: set[Path]) -> CorrectedSince | None:
    seen.add(folder)
    record = _record(folder)
    config = record.get("config")
    if not isinstance(config, Mapping):
        return None
    if clips := _changed(record, config, now):
        return CorrectedSince(clips, folder)
    for used in named_runs(config):
        used = used.resolve()
        if used not in seen and (found := _judged(used, now, seen)) is not None:
            return CorrectedSince(found.clips, found.run, True)
    return None


def _changed(record: Mapping[str, Any], config: Mapping[str, Any], now: set[_Row]) -> tuple[str, ...]:
    """Clips of the run's database whose corrections are other ones now."""
    database, labels = (config.get(f"data.{name}", config.get(name)) for name in ("database", "labels"))
    then = _then(record)
    if not isinstance(database, str) or then is None or now == then:
        return ()
    space = _space(labels)
    changed = {row[: len(KEY)] for row in now ^ then if space is None or row[4] in ("", space)}
    if not changed:
        return ()
    clips = known_clips(database)
    name = database.partition(":")[0]  # of one that cannot be opened now the clips are told by its name
    held = {key for key in changed if key[0] == name} if clips is None else changed & clips
    return tuple(sorted("/".join(key) for key in held))


def _then(record: Mapping[str, Any]) -> set[_Row] | None:
    """Corrections when the run was made. (Runs of an earlier version kept only those that changed one of its clips.)"""
    rows = record.get(STANDING)
    if isinstance(rows, list):
        return {tuple(row) for row in rows}
    rows = record.get("corrections")
    if not isinstance(rows, list):
        return None
    return {_row(row) for row in rows if isinstance(row, Mapping) and row.get("column") != "note"}


def _row(one: Mapping[str, Any]) -> _Row:
    return tuple(str(one.get(name, "")) for name in _ROW)


def _space(labels: Any) -> str | None:
    from mer.manifest.emotions import label_mapping

    try:
        return label_mapping(labels).space.name if isinstance(labels, str) else None
    except InputError:
        return None


def _name(run: Path) -> str:
    return f"{run.parent.name}/{run.name}"


def _record(folder: Path) -> dict[str, Any]:
    """Nothing of one that cannot be read, or is damaged: lists of runs say so themselves."""
    try:
        return read_record(folder)
    except InputError:
        return {}
