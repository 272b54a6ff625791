"""A small predictions table that other tests of this layer change."""

import numpy as np
import pandas as pd
import pytest

from mer.evaluation.predictions import predictions_table
from mer.manifest.labels import COMPOSITE


def make_predictions(clips: pd.DataFrame, predicted: list[str], run: str = "run", seed: int = 0) -> pd.DataFrame:
    """Table whose scores are 0.8 for the predicted class and 0.1 for the others."""
    probabilities = np.where(np.array(predicted)[:, None] == np.array(COMPOSITE.classes), 0.8, 0.1)
    fold = clips["database"] + "/" + clips["subject"]
    return predictions_table(clips, COMPOSITE.classes, probabilities, fold, "last", run, seed)


@pytest.fixture
def clips() -> pd.DataFrame:
    """Seven clips of four persons in two databases; subject 006 of both is not one person."""
    return pd.DataFrame(
        [
            ("samm", "006", "006_1_2", "negative"),
            ("samm", "006", "006_1_3", "negative"),
            ("samm", "007", "007_3_1", "positive"),
            ("samm", "007", "007_6_1", "surprise"),
            ("casme2", "006", "EP01", "negative"),
            ("casme2", "006", "EP02", "positive"),
            ("casme2", "sub02", "EP01", "surprise"),
        ],
        columns=["database", "subject", "clip", "label"],
    )


@pytest.fixture
def predictions(clips: pd.DataFrame) -> pd.DataFrame:
    """Their predictions: five right; 006_1_3 and casme2 EP02 wrong."""
    return make_predictions(clips, ["negative", "surprise", "positive", "surprise", "negative", "negative", "surprise"])
