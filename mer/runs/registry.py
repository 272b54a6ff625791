"""All runs that ever were, as one table."""

from pathlib import Path

import pandas as pd

from mer.core.errors import InputError
from mer.core.paths import outputs_dir
from mer.evaluation.corrected_since import corrected_since
from mer.runs.folder import RunFolder, run_folders

COLUMNS = (
    *("study", "run", "state", "started", "minutes", "UF1", "UAR", "n", "epoch_rule", "data", "hash", "folder"),
    "because",
)
#: State of a finished run that was made before a user's corrections of what it used.
OUT_OF_DATE = "out of date"


def list_runs(outputs: Path | None = None) -> pd.DataFrame:
    """One row a run: study, run, state, started (UTC), minutes, UF1, UAR, n, epoch_rule, data, hash, folder, because.

    ``data`` is ``synthetic`` for rendered faces, so that no score of theirs stands in the list as if it were of people;
    ``hash`` has 8 digits. A run made before corrections of what it used is `OUT_OF_DATE`, and ``because`` says why.
    (Whether code or files changed since is not looked at here: ``mer study --dry-run`` does.)
    """
    rows = []
    for folder in run_folders(outputs or outputs_dir()):
        record = folder.read("record.json")
        result = folder.result() or {}
        summary = result.get("summary", {})
        seconds = result.get("seconds")
        because = older_than_corrections(folder) if result else ""
        rows.append(
            {
                "study": folder.study,
                "run": folder.run,
                "state": OUT_OF_DATE if because else folder.state(),
                "started": record.get("started", ""),
                "minutes": round(seconds / 60, 1) if seconds is not None else None,
                "UF1": summary.get("uf1"),
                "UAR": summary.get("uar"),
                "n": summary.get("n"),
                "epoch_rule": summary.get("epoch_rule", ""),
                "data": "synthetic" if summary.get("synthetic") else "",
                "hash": folder.read("parameters.json").get("hash", "")[:8],
                "folder": str(folder.path),
                "because": because,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def older_than_corrections(folder: RunFolder) -> str:
    """Why a finished run is older than a user's corrections, without a full stop; empty where it is not.

    Where the file of corrections has faults nothing is said: who lists runs has to be told once, not of each.
    """
    try:
        since = corrected_since(folder.path)
    except InputError:
        return ""
    return "" if since is None else since.reason()
