"""Floors that every method must pass, as predictions tables judged by the same code."""

import numpy as np
import pandas as pd

from mer.evaluation.predictions import predictions_table
from mer.manifest.clips import person
from mer.models.ridge import RidgeConfig, loso_ridge


def ridge_floor(
    clips: pd.DataFrame, features: np.ndarray, classes: tuple[str, ...], config: RidgeConfig | None = None
) -> pd.DataFrame:
    """Leave-one-subject-out predictions of a class-weighted linear ridge.

    Args:
        clips: clip table, n rows, all labelled.
        features: (n, d), for instance the pixel difference of the aligned pair.
        classes: in the order of the label space.
        config: ridge weight and intercept.
    """
    persons = person(clips).to_numpy()
    labels = clips["label"].map(classes.index).to_numpy()
    probabilities = loso_ridge(features, labels, persons, len(classes), config)
    return predictions_table(clips, classes, probabilities, persons.tolist(), "last", "ridge", 0)


def majority_floor(clips: pd.DataFrame, classes: tuple[str, ...]) -> pd.DataFrame:
    """Leave-one-subject-out predictions of the most frequent class of the training clips."""
    persons = person(clips).to_numpy()
    labels = clips["label"].map(classes.index).to_numpy()
    counts = np.stack([np.bincount(labels[persons != one], minlength=len(classes)) for one in np.unique(persons)])
    chosen = counts.argmax(axis=1)[np.searchsorted(np.unique(persons), persons)]
    return predictions_table(clips, classes, np.eye(len(classes))[chosen], persons.tolist(), "last", "majority", 0)
