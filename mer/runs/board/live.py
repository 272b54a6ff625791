"""What a training run has to show so far: its curves, its finished parts, its scores so far."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer.core.csv_text import read_csv_text
from mer.core.errors import InputError
from mer.core.files import read_mapping
from mer.core.live import live_counts, live_parts, live_plan, live_source
from mer.evaluation.metrics import uar, uf1
from mer.runs.console import duration
from mer.training.held_out import folder_name

#: A folder's name that does not tell which fold it is of, or looks like one (`mer.training.held_out.folder_name`).
_WITH_DIGEST = re.compile(r"-[0-9a-f]{16}$")


@dataclass(frozen=True)
class Progress:
    """How far a training run is.

    Attributes:
        unit: what its parts are: ``fold`` or ``group``.
        total: number of parts; 0 where it is not known.
        done: names of the finished parts.
        running: name of each part under way to its last row.
        counts: confusion matrix of the test clips of the folds finished so far, int64 (K, K); None before the first.
        counted: folds whose clips these are.
        synthetic: whether the faces are rendered; None where that is not known.
    """

    unit: str
    total: int
    done: tuple[str, ...]
    running: Mapping[str, Mapping[str, Any]]
    counts: np.ndarray | None = None
    counted: int = 0
    synthetic: bool | None = None

    def kind_of_done(self) -> str:
        """What a finished run's parts are, of which its files no longer say it: groups have names of their own."""
        return "group" if self.done and all(name.startswith("group-") for name in self.done) else "fold"

    def sentence(self) -> str:
        """For instance ``12 of 24 folds finished; casme2/006: joint, step 40 of 160``."""
        if not self.total and not self.done and not self.running:
            return ""
        of = f" of {self.total}" if self.total else ""
        said = [f"{len(self.done)}{of} {self.unit}s finished"]
        for name, row in list(self.running.items())[:4]:
            phase = f"{row['phase']}, " if row.get("phase") else ""
            where = f"{phase}step {row['step']}" + (f" of {row['of']}" if "of" in row else "")
            seconds = row.get("seconds")
            said.append(
                f"{name}: {where}" + (f" after {duration(seconds)}" if isinstance(seconds, int | float) else "")
            )
        if len(self.running) > 4:
            said.append(f"and {len(self.running) - 4} more")
        return "; ".join(said)

    def scores(self) -> str:
        """Scores of the folds finished so far, said as partial; empty before the first."""
        if self.counts is None or not self.counts.sum():
            return ""
        faces = "synthetic faces, " if self.synthetic else ""
        return (
            f"Partial, {self.counted} of {self.total or '?'} {self.unit}s ({faces}n = {self.counts.sum()}): "
            f"UF1 {float(uf1(self.counts)):.3f}, UAR {float(uar(self.counts)):.3f}. Other persons are still to come."
        )


class LiveReader:
    """Reads the curves of one run again and again; what is finished is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._finished: dict[Path, tuple[int, pd.DataFrame]] = {}

    def progress(self) -> Progress:
        """How far the run is."""
        unit, total = live_plan(self.folder)
        done = [_name(path.parent) for path in self.folder.glob("folds/*/fold.json")]
        done += [path.stem for path in self.folder.glob("group-*.safetensors")]
        running = {name: rows[-1] if rows else {"step": 0} for name, rows in live_parts(self.folder).items()}
        counted = live_counts(self.folder)
        kinds = {classes for classes, _ in counted.values()}
        whole = np.sum([counts for _, counts in counted.values()], axis=0) if len(kinds) == 1 else None
        return Progress(
            unit,
            total,
            tuple(sorted(done)),
            {_readable(name): row for name, row in running.items()},
            whole,
            len(counted),
            live_source(self.folder),
        )

    def history(self) -> pd.DataFrame:
        """Rows of all parts so far: the columns of the history, ``part``, and ``running`` for those under way."""
        found = []
        paths = [*self.folder.glob("folds/*/history.csv"), *self.folder.glob("group-*.csv")]
        for path in sorted(paths):
            try:
                stamp = path.stat().st_mtime_ns
                if path not in self._finished or self._finished[path][0] != stamp:
                    part = _name(path.parent) if path.name == "history.csv" else path.stem
                    self._finished[path] = (stamp, read_csv_text(path).assign(part=part, running=False))
            except (OSError, ValueError):  # deleted meanwhile, or empty
                continue
            found.append(self._finished[path][1])
        for part, rows in live_parts(self.folder).items():
            if rows:
                found.append(pd.DataFrame(rows).assign(part=_readable(part), running=True))
        found = [table for table in found if len(table)]
        if not found:
            return pd.DataFrame({"step": [], "part": [], "running": []})
        table = pd.concat(found, ignore_index=True)
        return table.drop(columns=[name for name in ("of", "seconds") if name in table.columns])


def _readable(part: str) -> str:
    """``casme2__006``, a folder's name, as the person that it is: ``casme2/006``; as it is where that is not told."""
    return part if _WITH_DIGEST.search(part) else part.replace("__", "/")


def _name(folder: Path) -> str:
    """The person of a finished fold; where its folder's name does not tell, its index does."""
    if not _WITH_DIGEST.search(folder.name):
        return _readable(folder.name)
    try:
        fold = read_mapping(folder / "fold.json").get("fold")
    except InputError:
        return folder.name
    return fold if isinstance(fold, str) and folder_name(fold) == folder.name else folder.name
