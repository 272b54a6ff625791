"""Folders that look like finished runs of training, with made-up predictions: nothing is trained."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

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
