import json

import numpy as np

from mer.cli.audit import audit_files
from tests.made_up_runs import correct_label, keeps_corrections, made_up_predictions, made_up_run


def test_scores_of_a_run_older_than_corrections_say_so(tmp_path, monkeypatch):
    predictions = made_up_predictions(("negative", "positive", "surprise"), 1.0)
    folder = made_up_run(tmp_path / "train", predictions)
    keeps_corrections(folder, "synthetic", predictions, monkeypatch)
    assert "corrections" not in audit_files([folder], 50)
    correct_label(predictions.iloc[0], "", tmp_path / "mine.csv", monkeypatch)
    said = f"{tmp_path.name}/train was made before corrections of yours"
    title, older, *_ = audit_files([folder], 50).splitlines()
    assert title.startswith(str(folder / "predictions.csv")) and older.startswith(said)
    (entry,) = json.loads(audit_files([folder / "predictions.csv"], 50, as_json=True))
    assert entry["older"].startswith(said)
    uf1 = next(row["uf1"] for row in entry["scores"] if row["part"] == "all")
    assert np.isfinite(uf1), "and are given all the same"
