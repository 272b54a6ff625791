"""``mer audit``: scores of predictions tables, computed anew."""

import json
from collections.abc import Sequence
from pathlib import Path

from mer.evaluation.corrected_since import corrected_since_words
from mer.evaluation.predictions import read_predictions
from mer.evaluation.report import RUN_KEY, confusion, evaluate


def audit_files(files: Sequence[Path], resamples: int = 2000, as_json: bool = False) -> str:
    """What ``mer audit`` prints for these tables.

    Args:
        files: predictions tables; a folder stands for its ``predictions.csv``.
        resamples: bootstrap draws of persons.
        as_json: a list of objects with ``file``, the run's key, ``scores``, ``confusion`` and ``older`` (that the run
            was made before corrections of the user's, or empty).

    Raises:
        InputError: a file is missing or not a valid table.
    """
    entries, pages = [], []
    for file in files:
        path = file / "predictions.csv" if file.is_dir() else file
        older = corrected_since_words(path.parent)
        for _, group in read_predictions(path).groupby(RUN_KEY, sort=False):
            scores, matrix = evaluate(group, resamples=resamples), confusion(group)
            about = group[RUN_KEY].iloc[0].to_dict()
            entries.append(
                {
                    "file": str(path),
                    **about,
                    "scores": json.loads(scores.to_json(orient="records")),
                    "confusion": matrix.to_dict(orient="index"),
                    "older": older,
                }
            )
            title = f"{path}: run {about['run']}, epoch rule {about['epoch_rule']}, seed {about['seed']}"
            rows = [_row(row) for row in scores.to_dict(orient="records")]
            pages.append(
                "\n".join(
                    [
                        title,
                        *([older] if older else []),
                        "",
                        *rows,
                        "",
                        "Rows are the true class, columns the predicted one:",
                        matrix.to_string(),
                    ]
                )
            )
    return json.dumps(entries, indent=2) if as_json else "\n\n".join(pages)


def _row(row: dict) -> str:
    cells = []
    for name, heading in (("uf1", "UF1"), ("uar", "UAR"), ("accuracy", "accuracy")):
        cells.append(f"{heading} {row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]")
    return f"{row['part']:<18} {row['n']:>4} clips {row['subjects']:>3} persons  " + "  ".join(cells)
