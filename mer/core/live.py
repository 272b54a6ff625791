"""What a fit under way has to say: the rows of its history as it makes them, in files that others may read meanwhile.

A run's folder has, while it trains, a folder ``live`` with

* ``plan.json``: how many parts (folds, or groups of held-out persons) there are: ``{"unit": "fold", "total": 24}``;
* ``source.json``: whether the faces are rendered: ``{"synthetic": true}``;
* ``<part>.jsonl``: one JSON object a line for a part that is being fitted: the history's row, ``of`` (steps of the
  phase) and ``seconds`` since the part began; it goes when the part is finished, whose history is then on disk;
* ``<part>.counts.json``: classes and confusion matrix of a finished fold's test clips, for the scores so far.

A run that finishes drops all of it. Nothing here may change or end a fit: what cannot be written is not written, and
`mer.runs.hashing` counts neither this module nor the statements that call it.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

LIVE = "live"
_ROWS, _COUNTS, _PLAN, _SOURCE = ".jsonl", ".counts.json", "plan.json", "source.json"
_MOST_PARTS = 1_000_000  # more is no plan


@dataclass
class _Part:
    """The part that this process fits now."""

    path: Path
    stream: TextIO
    phase: str = ""
    started: float = field(default_factory=time.monotonic)


_current: ContextVar[_Part | None] = ContextVar("live part", default=None)


def plan_live(folder: Path | str, unit: str, total: int) -> None:
    """Say how many parts a run has; ``unit`` is what one is called.

    To be called before the first part begins: rows of parts that an interrupted process left are dropped, since nothing
    fits these parts now. Counts of finished folds stay.
    """
    target = Path(folder) / LIVE
    with suppress(OSError):
        target.mkdir(parents=True, exist_ok=True)
        for left in target.glob(f"*{_ROWS}"):
            left.unlink(missing_ok=True)
        _write(target / _PLAN, {"unit": unit, "total": total})


def source_live(folder: Path | str, synthetic: bool) -> None:
    """Say whether the faces are rendered, so that no partial score is taken for one of people."""
    target = Path(folder) / LIVE
    with suppress(OSError):
        target.mkdir(parents=True, exist_ok=True)
        _write(target / _SOURCE, {"synthetic": bool(synthetic)})


def begin_live(folder: Path | str, part: str) -> None:
    """From now on this process's rows are of this part of the run in ``folder``; an earlier file of it is emptied."""
    _close()
    target = Path(folder) / LIVE
    with suppress(OSError):
        target.mkdir(parents=True, exist_ok=True)
        path = target / f"{part}{_ROWS}"
        _current.set(_Part(path, open(path, "w", encoding="utf-8")))  # noqa: SIM115  closed by `end_live`


def phase_live(name: str) -> None:
    """Call the phase of the rows that follow ``name``; empty: as the rows themselves say."""
    if part := _current.get():
        part.phase = name


def note_live(row: Mapping[str, Any], of: int) -> None:
    """Add a row of the history, as it was just made; ``of`` is the number of steps of its phase."""
    if part := _current.get():
        more: dict[str, Any] = {"of": of, "seconds": round(time.monotonic() - part.started, 3)}
        if part.phase:
            more["phase"] = part.phase
        with suppress(Exception):  # a full disk, a closed file, a value that JSON has no word for
            part.stream.write(json.dumps({**row, **more}) + "\n")
            part.stream.flush()


def count_live(labels: Sequence[str], probabilities: np.ndarray, classes: Sequence[str]) -> None:
    """Keep the confusion matrix of the part's test clips: true classes, and probabilities (n, K) of ``classes``."""
    part = _current.get()
    if part is None:
        return
    with suppress(Exception):  # whatever is wrong with the counts, the fit that they are of is none the worse
        index = {name: position for position, name in enumerate(classes)}
        true = np.array([index[name] for name in labels], dtype=np.int64)
        cells = true * len(classes) + np.asarray(probabilities).argmax(axis=1)
        counts = np.bincount(cells, minlength=len(classes) ** 2).reshape(len(classes), -1)
        target = part.path.with_name(part.path.name.removesuffix(_ROWS) + _COUNTS)
        _write(target, {"classes": list(classes), "counts": counts.tolist()})


def end_live() -> None:
    """The part is finished and its history on disk: its rows are dropped."""
    part = _current.get()
    _close()
    if part:
        with suppress(OSError):
            part.path.unlink()


def drop_live(folder: Path | str) -> None:
    """The run is finished: drop all that it had to say meanwhile."""
    shutil.rmtree(Path(folder) / LIVE, ignore_errors=True)


def live_parts(folder: Path | str) -> dict[str, list[dict[str, Any]]]:
    """Rows so far of the parts that are being fitted, or were when the run stopped; broken lines are passed over."""
    found = {}
    for path in sorted((Path(folder) / LIVE).glob(f"*{_ROWS}")):
        with suppress(OSError):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found[path.name.removesuffix(_ROWS)] = [row for row in map(_parsed, lines) if "step" in row]
    return found


def live_counts(folder: Path | str) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Classes and confusion matrix, int64 (K, K), of every fold finished so far; broken files are passed over."""
    found = {}
    for path in sorted((Path(folder) / LIVE).glob(f"*{_COUNTS}")):
        content = _read(path)
        with suppress(KeyError, TypeError, ValueError, OverflowError):
            classes = tuple(str(name) for name in content["classes"])
            counts = np.array(content["counts"], dtype=np.int64)
            if counts.shape == (len(classes), len(classes)) and (counts >= 0).all():
                found[path.name.removesuffix(_COUNTS)] = (classes, counts)
    return found


def live_plan(folder: Path | str) -> tuple[str, int]:
    """What a part is called and how many there are; 0 where that is not known."""
    content = _read(Path(folder) / LIVE / _PLAN)
    total = content.get("total")
    if not isinstance(total, int) or isinstance(total, bool) or not 0 <= total < _MOST_PARTS:
        total = 0
    return str(content.get("unit", "part")), total


def live_source(folder: Path | str) -> bool | None:
    """Whether the faces are rendered; None where that is not known."""
    found = _read(Path(folder) / LIVE / _SOURCE).get("synthetic")
    return found if isinstance(found, bool) else None


def _close() -> None:
    if part := _current.get():
        with suppress(OSError):
            part.stream.close()
        _current.set(None)


def _write(path: Path, content: Any) -> None:
    """Whole or not at all, without the patience of `mer.core.files`: nothing is lost when it is lost."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
