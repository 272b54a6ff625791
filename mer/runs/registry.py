"""All runs that ever were, as one table."""

from pathlib import Path

import pandas as pd

from mer.core.paths import outputs_dir
from mer.runs.folder import run_folders

COLUMNS = ("study", "run", "state", "started", "minutes", "UF1", "UAR", "n", "epoch_rule", "data", "hash", "folder")


def list_runs(outputs: Path | None = None) -> pd.DataFrame:
    """One row a run: study, run, state, started (UTC), minutes, UF1, UAR, n, epoch_rule, data, hash, folder.

    ``data`` is ``synthetic`` for rendered faces, so that no score of theirs stands in the list as if it were of people;
    ``hash`` has 8 digits.
    """
    rows = []
    for folder in run_folders(outputs or outputs_dir()):
        record = folder.read("record.json")
        result = folder.result() or {}
        summary = result.get("summary", {})
        seconds = result.get("seconds")
        rows.append(
            {
                "study": folder.study,
                "run": folder.run,
                "state": folder.state(),
                "started": record.get("started", ""),
                "minutes": round(seconds / 60, 1) if seconds is not None else None,
                "UF1": summary.get("uf1"),
                "UAR": summary.get("uar"),
                "n": summary.get("n"),
                "epoch_rule": summary.get("epoch_rule", ""),
                "data": "synthetic" if summary.get("synthetic") else "",
                "hash": folder.read("parameters.json").get("hash", "")[:8],
                "folder": str(folder.path),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
