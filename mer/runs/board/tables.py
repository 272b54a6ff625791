"""Tables of the run board: all runs with their scores and the parameters that differ, and two runs side by side."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.figures.tables import interval, number
from mer.runs.board.rows import BoardRun
from mer.runs.console import duration
from mer.runs.notebook import RUN_DIR, find_notebook, read_notebook

#: Columns of `runs_table` before those of the parameters, and their headers on the page. All that belongs to a score
#: stands beside it, in sight on a narrow page too.
TITLES = {
    "study": "Study",
    "run": "Run",
    "state": "State",
    "uf1": "UF1 [95 %]",
    "uar": "UAR [95 %]",
    "clips": "Clips",
    "faces": "Faces",
    "epoch_rule": "Epoch",
    "started": "Started (UTC)",
    "seconds": "Seconds",
}
_ABSENT = "–"


class Defaults:
    """Default values of the notebooks' parameters, read again where a notebook changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Path, int, dict[str, Any]]] = {}

    def of(self, notebook: str) -> Mapping[str, Any]:
        """Defaults by name; none for a notebook that is not there or cannot be read."""
        try:
            path, stamp, found = self._known[notebook]
            if path.stat().st_mtime_ns == stamp:
                return found
        except (KeyError, OSError):
            pass
        try:
            path = find_notebook(notebook)
            found = {name: known.default for name, known in read_notebook(path).parameters.items() if name != RUN_DIR}
            self._known[notebook] = (path, path.stat().st_mtime_ns, found)
        except (InputError, OSError):
            return {}
        return found

    def values(self, run: BoardRun) -> dict[str, Any]:
        """All parameters of a run: the given ones, and the defaults of the others."""
        return {**(self.of(run.notebook) if run.notebook else {}), **run.parameters}


def differing(runs: Iterable[BoardRun], defaults: Defaults) -> list[str]:
    """Parameters of which at least two of the runs that have them have different values."""
    found: dict[str, set[str]] = {}
    for run in runs:
        for name, value in defaults.values(run).items():
            found.setdefault(name, set()).add(_text(value))
    return [name for name, values in found.items() if len(values) > 1]


def runs_table(runs: Sequence[BoardRun], parameters: Sequence[str], defaults: Defaults) -> pd.DataFrame:
    """One row a run: the columns of `TITLES` and these parameters. Texts are ready to be shown, clips and seconds are
    numbers, missing where they are not known.

    A parameter that a run's notebook does not have is a dash.
    """
    rows = []
    for run in runs:
        summary, values = run.summary, defaults.values(run) if parameters else {}
        rows.append(
            {
                "study": run.study,
                "run": run.run,
                "state": run.state,
                "uf1": _score(summary, "uf1"),
                "uar": _score(summary, "uar"),
                "clips": clips(run),
                "faces": faces(run),
                "epoch_rule": str(summary.get("epoch_rule") or ""),
                "started": run.started.replace("T", " ").removesuffix("Z")[:16],
                "seconds": None if run.seconds is None else round(run.seconds),
            }
            | {f"p:{name}": _text(values[name]) if name in values else _ABSENT for name in parameters}
        )
    table = pd.DataFrame(rows, columns=[*TITLES, *(f"p:{name}" for name in parameters)])
    return table.astype({"seconds": "Int64", "clips": "Int64"})


def titles(parameters: Sequence[str], with_study: bool) -> dict[str, str]:
    """Headers of the table's columns."""
    shown = {name: title for name, title in TITLES.items() if with_study or name != "study"}
    return shown | {f"p:{name}": name for name in parameters}


def compare_table(first: BoardRun, second: BoardRun, defaults: Defaults) -> pd.DataFrame:
    """Two runs side by side: columns ``kind`` (parameter or score), ``name``, ``first``, ``second``; texts.

    Parameters are those that differ, scores all that one of them has.
    """
    values = [defaults.values(run) for run in (first, second)]
    names = list(dict.fromkeys([*values[0], *values[1]]))
    rows = []
    for name in names:
        texts = [_text(own[name]) if name in own else _ABSENT for own in values]
        if texts[0] != texts[1]:
            rows.append(["parameter", name, *texts])
    if first.notebook != second.notebook:
        rows.insert(0, ["parameter", "notebook", first.notebook or _ABSENT, second.notebook or _ABSENT])
    for name, title in (("uf1", "UF1 [95 %]"), ("uar", "UAR [95 %]"), ("accuracy", "accuracy [95 %]")):
        rows.append(["score", title, *(_score(run.summary, name) or _ABSENT for run in (first, second))])
    others = {
        "clips": lambda run: run.summary.get("n"),
        "persons": lambda run: run.summary.get("subjects"),
        "epoch rule": lambda run: run.summary.get("epoch_rule"),
        "faces": faces,
        "time": lambda run: None if run.seconds is None else duration(run.seconds),
        "state": lambda run: run.state,
    }
    for name, value in others.items():
        rows.append(["score", name, *(_text(value(run)) if value(run) else _ABSENT for run in (first, second))])
    shown = [row for row in rows if row[2:] != [_ABSENT, _ABSENT]]
    return pd.DataFrame(shown, columns=["kind", "name", "first", "second"])


def clips(run: BoardRun) -> int | None:
    """Number of clips that the scores are of, else of those that it made; None where it does not say."""
    tested = _whole(run.summary.get("n"))
    return _whole(run.summary.get("clips")) if tested is None else tested


def faces(run: BoardRun) -> str:
    """Whose faces: ``synthetic``, ``people``, or nothing where that is not known."""
    return {True: "synthetic", False: "people", None: ""}[run.synthetic]


def _score(summary: Mapping[str, Any], name: str) -> str:
    """A score with its interval, or nothing: a summary may be of another version."""
    if number(summary.get(name)) is None:
        return ""
    return interval(summary, name)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    """A value as a person would type it, the same for equal values."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except TypeError:
        return repr(value)


def scores_for_figure(runs: Sequence[BoardRun]) -> pd.DataFrame:
    """What `mer.figures.run_scores.run_scores_figure` draws: one row a run, numbers as numbers.

    ``synthetic`` is None where it is not known whose faces these are.
    """
    names = [name + end for name in ("uf1", "uar") for end in ("", "_low", "_high")]
    rows = [
        {
            "study": run.study,
            "run": run.run,
            "state": run.state,
            "synthetic": run.synthetic,
            "epoch_rule": str(run.summary.get("epoch_rule") or ""),
            "n": _whole(run.summary.get("n")),
            **{name: number(run.summary.get(name)) for name in names},
        }
        for run in runs
    ]
    table = pd.DataFrame(rows, columns=["study", "run", "state", "synthetic", "epoch_rule", "n", *names])
    return table.astype(dict.fromkeys(names, float) | {"n": "Int64", "synthetic": object})
