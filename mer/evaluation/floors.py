"""Floors that every method must pass, as predictions tables judged by the same code."""

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import adaptive_avg_pool2d

from mer.core.processors import one_opencv_thread
from mer.core.progress import progress
from mer.evaluation.predictions import predictions_table, score_classes
from mer.manifest.clips import person
from mer.models.head_motion import without_head_motion
from mer.models.ridge import RidgeConfig, loso_ridge
from mer.motion.flow import optical_flow

#: Cells a side to which the flow of a face is averaged.
_CELLS = 32


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


def pixel_floor(predictions: pd.DataFrame, onset: np.ndarray, apex: np.ndarray) -> pd.DataFrame:
    """`ridge_floor` on the pixel difference, for the clips of a finished run.

    Args:
        predictions: of the run.
        onset, apex: uint8, (n, H, W) or with channels, as the run keeps them.
    """
    difference = (apex.astype(np.float32) - onset).reshape(len(predictions), -1) / 255
    return ridge_floor(predictions, difference, score_classes(predictions)).assign(run="ridge on pixels")


def majority_floor(clips: pd.DataFrame, classes: tuple[str, ...]) -> pd.DataFrame:
    """Leave-one-subject-out predictions of the most frequent class of the training clips."""
    persons = person(clips).to_numpy()
    labels = clips["label"].map(classes.index).to_numpy()
    counts = np.stack([np.bincount(labels[persons != one], minlength=len(classes)) for one in np.unique(persons)])
    chosen = counts.argmax(axis=1)[np.searchsorted(np.unique(persons), persons)]
    return predictions_table(clips, classes, np.eye(len(classes))[chosen], persons.tolist(), "last", "majority", 0)


def flow_features(onset: np.ndarray, apex: np.ndarray, method: str = "dis") -> np.ndarray:
    """Optical flow of aligned pairs as features of a linear floor, the motion of the whole head taken out.

    Args:
        onset, apex: float, (n, C, H, W), values in [0, 1].
        method: of `mer.motion.flow`.

    Returns:
        float32, (n, 2 x 32 x 32), pixels.
    """
    pairs = zip(onset, apex, strict=True)
    with one_opencv_thread():
        fields = [
            optical_flow(first.mean(axis=0), second.mean(axis=0), method)
            for first, second in progress(pairs, f"Optical flow ({method})", total=len(onset), unit="pairs")
        ]
    still = without_head_motion(torch.from_numpy(np.stack(fields)))
    return adaptive_avg_pool2d(still, _CELLS).flatten(1).numpy()
