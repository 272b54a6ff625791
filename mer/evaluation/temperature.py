"""Temperature scaling whose temperature a person's own clips have no say in (Guo et al., ICML 2017).

A single number T makes all scores softer (T > 1) or sharper (T < 1): p^(1/T), scaled to sum to 1. The predicted class,
and with it UF1 and UAR, stays as it is.

The T of a person is fitted to the predictions of the people of all other folds, each of which was made by the model
that had held that other person out. So T rests on scores of the kind that it is used on (scores of clips that a model
was trained on are far too sure), and neither a score nor a label of the person's fold enters the fit. With one subject
left out a fold is the person alone; with one database left out it is all people of the database, who share one T.
Deviation: the models that predicted the others had the person among their training people. That is so for everything
that is fitted to pooled predictions; a fit inside every fold would need a second held-out set of few people.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mer.core.errors import InputError
from mer.evaluation.calibration import SMALLEST
from mer.evaluation.paired import aligned_runs
from mer.evaluation.predictions import SCORE, score_classes, validate_predictions
from mer.evaluation.report import label_indices
from mer.manifest.clips import person

#: Temperatures that are looked at; scores that are all right want 0, which is no temperature.
LOWEST, HIGHEST = 0.05, 20.0
_GRID = 600


def person_temperatures(predictions: pd.DataFrame) -> pd.Series:
    """The temperature of every person, fitted to the people of other folds by the least negative log-likelihood.

    Should a person's clips lie in several folds (a published log may have such), all of these are left out together.

    Args:
        predictions: of one run, two or more folds.

    Returns:
        Temperature by person (``database/subject``), within `LOWEST` and `HIGHEST`.

    Raises:
        InputError: the table is not valid, holds several runs or one fold only.
    """
    (table,) = aligned_runs([predictions])
    label, _, classes = label_indices(table)
    names, own = np.unique(person(table).to_numpy(dtype=str), return_inverse=True)
    group = _groups(own, np.unique(table["fold"].to_numpy(dtype=str), return_inverse=True)[1])
    if group.max() < 1:
        raise InputError(
            f"A temperature is fitted to the people of other folds; the predictions hold 1 fold only, of {len(names)} "
            "person(s). Give all folds of the run."
        )
    logits = np.log(np.maximum(table[[SCORE + name for name in classes]].to_numpy(), SMALLEST))  # up to a constant
    return pd.Series(_best_temperatures(logits, label, group[own])[group], index=pd.Index(names, name="person"))


def with_temperature(predictions: pd.DataFrame, run: str | None = None) -> pd.DataFrame:
    """The predictions with every person's scores at that person's temperature; the predicted classes stay.

    Args:
        predictions: of one run.
        run: new name of the run; None keeps it.

    Raises:
        InputError: as for `person_temperatures`.
    """
    (table,) = aligned_runs([predictions])
    temperature = person(table).map(person_temperatures(table)).to_numpy(dtype=float)
    columns = [SCORE + name for name in score_classes(table)]
    logits = np.log(np.maximum(table[columns].to_numpy(), SMALLEST)) / temperature[:, None]
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    table[columns] = scores / scores.sum(axis=1, keepdims=True)
    return validate_predictions(table if run is None else table.assign(run=run))


def _groups(own: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """For every person the number of the group that shares folds with them; groups are numbered as persons are.

    Args:
        own: (n,), index 0..P-1 of the clip's person; fold: (n,), index of its fold.
    """
    persons = own.max() + 1
    nodes = persons + fold.max() + 1
    shared = coo_array((np.ones(len(own)), (own, persons + fold)), shape=(nodes, nodes))
    label = connected_components(shared, directed=False)[1][:persons]
    _, first, found = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[found]


def _best_temperatures(logits: np.ndarray, label: np.ndarray, own: np.ndarray) -> np.ndarray:
    """For every group the temperature that fits the clips of all others best.

    The loss is convex in 1/T. Its slope is a sum over clips, so that of all others is that of all minus one's own;
    where it changes sign is read between two points of a fine grid.

    Args:
        logits: (n, K); label: (n,); own: (n,), index 0..G-1 of the clip's group.
    """
    true = logits[np.arange(len(label)), label]
    grid = np.linspace(-np.log(HIGHEST), -np.log(LOWEST), _GRID)  # of log(1/T)
    slopes = np.empty((_GRID, own.max() + 1))
    for at, sharpness in enumerate(np.exp(grid)):
        weight = np.exp(sharpness * (logits - logits.max(axis=1, keepdims=True)))
        expected = (weight * logits).sum(axis=1) / weight.sum(axis=1)
        slopes[at] = np.bincount(own, expected - true)
    others = slopes.sum(axis=1, keepdims=True) - slopes  # rises along the grid
    after = np.clip((others < 0).sum(axis=0), 1, _GRID - 1)
    low, high = (np.take_along_axis(others, at[None], axis=0)[0] for at in (after - 1, after))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(np.clip(-low / (high - low), 0, 1))
    return np.exp(-(grid[after - 1] + share * (grid[after] - grid[after - 1])))
