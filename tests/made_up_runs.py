"""Folders that look like finished runs of training, with made-up predictions: nothing is trained."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer.core.finished_run import RESULT, seal_run
from mer.core.sealed import FILES, FORMAT, SEAL
from mer.evaluation.predictions import predictions_table, write_predictions

#: Databases of the composite, rendered; people a database; clips a person.
DATABASES, PEOPLE, CLIPS = ("casme2", "samm", "smic"), 5, 6


def made_up_clips(classes: tuple[str, ...], synthetic: bool = True, people: int = PEOPLE) -> pd.DataFrame:
    """Key and label of clips of three databases."""
    prefix = "synthetic-" if synthetic else ""
    rows = [
        (prefix + database, f"s{person:02d}", f"{person}_{clip}", classes[(person + clip * clip) % len(classes)])
        for database in DATABASES
        for person in range(people)
        for clip in range(CLIPS)
    ]
    return pd.DataFrame(rows, columns=["database", "subject", "clip", "label"])


def made_up_predictions(
    classes: tuple[str, ...], skill: float, seed: int = 0, synthetic: bool = True, people: int = PEOPLE
) -> pd.DataFrame:
    """Predictions whose logit of the true class is higher by ``skill`` on average."""
    clips = made_up_clips(classes, synthetic, people)
    logits = np.random.default_rng(seed).normal(0, 1, (len(clips), len(classes)))
    logits += skill * (clips["label"].to_numpy()[:, None] == np.array(classes))
    scores = np.exp(2 * logits)
    fold = clips["database"] + "/" + clips["subject"]
    return predictions_table(clips, classes, scores / scores.sum(1, keepdims=True), fold, "last", "made-up", seed)


def made_up_run(folder: Path, predictions: pd.DataFrame, synthetic: bool = True, **summary: object) -> Path:
    """A run's folder with these predictions and this summary."""
    folder.mkdir(parents=True)
    write_predictions(predictions.assign(run=folder.name), folder / "predictions.csv")
    (folder / "summary.json").write_text(json.dumps({"synthetic": synthetic, **summary}), encoding="utf-8")
    return folder


def on_motion_maps(folder: Path) -> Path:
    """Let a made-up run say that what it trained saw motion maps, and finish."""
    record = {"notebook": "06_motion_maps", "config": {"maps_folder": "data/maps", "network": "ststnet"}}
    (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")
    seal_run(folder, {"state": "finished"})
    return folder


def keeps_corrections(folder: Path, database: str, clips: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run say of which database it is and that nothing of it was corrected when it was made, and finish it.

    The database is looked up nowhere: it has these clips.
    """
    path = folder / "record.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    record |= {"config": {"data.database": database, "data.labels": "composite"}, "standing_corrections": []}
    path.write_text(json.dumps(record), encoding="utf-8")
    result = json.loads((folder / RESULT).read_text()) if (folder / RESULT).is_file() else {"state": "finished"}
    seal_run(folder, {key: value for key, value in result.items() if key not in (FORMAT, FILES, SEAL)})
    keys = frozenset(clips[["database", "subject", "clip"]].astype(str).itertuples(index=False, name=None))
    monkeypatch.setattr("mer.evaluation.corrected_since.known_clips", lambda name: keys)


def correct_label(row: pd.Series, value: str, saved_as: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a user correct the class of a clip, in a file of the test's own."""
    from mer.manifest.own_corrections import OwnCorrection, save_own_corrections

    monkeypatch.setenv("MER_CORRECTIONS", str(saved_as))
    key = (str(row["database"]), str(row["subject"]), str(row["clip"]))
    save_own_corrections([OwnCorrection(*key, "label", value, str(row["label"]), "composite")])
