"""All runs that ever were, as one table."""

from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.core.one_run import BeingMade, read_one_run
from mer.core.paths import outputs_dir
from mer.evaluation.corrected_since import corrected_since
from mer.runs.folder import RunFolder, run_folders
from mer.runs.odd_records import damage, mapping, number, text

COLUMNS = (
    *("study", "run", "state", "started", "minutes", "UF1", "UAR", "n", "epoch_rule", "data", "hash", "folder"),
    "because",
)
#: State of a finished run that was made before a user's corrections of what it used.
OUT_OF_DATE = "out of date"
#: State of a finished run whose files are not as it left them, or whose records say what no run says.
DAMAGED = "damaged"


def list_runs(outputs: Path | None = None, check: bool = False) -> pd.DataFrame:
    """One row a run: study, run, state, started (UTC), minutes, UF1, UAR, n, epoch_rule, data, hash, folder, because.

    ``data`` is ``synthetic`` for rendered faces, so that no score of theirs stands in the list as if it were of people;
    ``hash`` has 8 digits. A run made before corrections of what it used is `OUT_OF_DATE`, and ``because`` says why; so
    it does of a `DAMAGED` one, whose scores are left out.
    (Whether code or files changed since is not looked at here: ``mer study --dry-run`` does.)

    Args:
        outputs: the folder of all runs.
        check: read every byte of every result; else files are told by their names and sizes.
    """
    rows = [_row(folder, check) for folder in run_folders(outputs or outputs_dir())]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(folder: RunFolder, check: bool) -> dict[str, Any]:
    """Of one run: the one that is there, or the one that takes its place meanwhile."""
    try:
        return read_one_run(folder.path, lambda: _row_now(folder, check))
    except BeingMade:
        known = {"study": folder.study, "run": folder.run, "state": folder.state(), "folder": str(folder.path)}
        if known["state"] == "finished":  # just now, another time: this row is of none of them
            known["state"] = "running"
        return dict.fromkeys(("started", "epoch_rule", "data", "hash", "because"), "") | known


def _row_now(folder: RunFolder, check: bool) -> dict[str, Any]:
    damaged = damage(folder, check)
    result = {} if damaged else folder.result() or {}
    summary = mapping(result.get("summary"))
    seconds = number(result.get("seconds"))
    older = older_than_corrections(folder) if result else ""
    return {
        "study": folder.study,
        "run": folder.run,
        "state": DAMAGED if damaged else OUT_OF_DATE if older else folder.state(),
        "started": text(folder.read("record.json").get("started")),
        "minutes": round(seconds / 60, 1) if seconds is not None else None,
        "UF1": number(summary.get("uf1")),
        "UAR": number(summary.get("uar")),
        "n": number(summary.get("n")),
        "epoch_rule": text(summary.get("epoch_rule")),
        "data": "synthetic" if summary.get("synthetic") else "",
        "hash": text(folder.read("parameters.json").get("hash"))[:8],
        "folder": str(folder.path),
        "because": damaged or older,
    }


def older_than_corrections(folder: RunFolder) -> str:
    """Why a finished run is older than a user's corrections, without a full stop; empty where it is not.

    Where the file of corrections has faults nothing is said: who lists runs has to be told once, not of each.
    """
    try:
        since = corrected_since(folder.path)
    except InputError:
        return ""
    return "" if since is None else since.reason()
