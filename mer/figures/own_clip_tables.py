"""The numbers behind the figure of a clip of one's own."""

import numpy as np
import pandas as pd

from mer.evaluation.own_clip import OwnExplanation
from mer.evaluation.predictions import SCORE
from mer.face.regions import REGION_MEANINGS, REGION_NAMES
from mer.figures.attribution import attribution_table
from mer.training.apex_moved import ApexMoved
from mer.training.predict import ClipPrediction


def scores_table(found: ClipPrediction) -> pd.DataFrame:
    """Columns ``class, score, low, high``: mean, lowest and highest probability over the models, the best first."""
    rows = [(name, value, *found.pair.spread[name]) for name, value in found.pair.scores.items()]
    table = pd.DataFrame(rows, columns=["class", "score", "low", "high"])
    return table.sort_values("score", ascending=False, ignore_index=True)


def own_clip_tables(found: ClipPrediction, explanation: OwnExplanation | None = None) -> dict[str, pd.DataFrame]:
    """The numbers of the figure by name: ``scores, models, curve, apex-moved, regions, attribution``."""
    tables = {"scores": scores_table(found)}
    models = pd.DataFrame(found.pair.by_model.astype(float), columns=list(found.models.classes))
    models.insert(0, "held_out", list(found.models.held_out))
    tables["models"] = models
    if found.curve is not None:
        tables["curve"] = curve_table(found)
    if found.moved is not None:
        tables["apex-moved"] = moved_table(found.moved)
    if explanation is not None:
        tables["regions"] = regions_table(explanation)
        if explanation.attribution is not None:
            table = attribution_table(explanation.attribution, [found.clip.name], found.models.classes)
            tables["attribution"] = table.assign(largest_delta_of_a_model=explanation.delta)
    return tables


def curve_table(found: ClipPrediction) -> pd.DataFrame:
    """Columns ``frame, optical_flow_px, weighed_px``: `ClipPrediction.curve` and ``weighed``; NaN without a value.

    Pixels of a face of 128 x 128.
    """
    assert found.curve is not None, "asked for with a curve only"
    nothing = np.full(len(found.curve), np.nan)
    weighed = nothing if found.weighed is None else found.weighed.astype(float)
    columns = {"frame": found.clip.numbers, "optical_flow_px": found.curve.astype(float), "weighed_px": weighed}
    return pd.DataFrame(columns)


def moved_table(moved: ApexMoved) -> pd.DataFrame:
    """Columns ``apex, chosen, predicted, score_<class>``: mean scores with the apex at other frames."""
    table = pd.DataFrame(moved.scores.astype(float), columns=[SCORE + name for name in moved.classes])
    table.insert(0, "apex", list(moved.frames))
    table.insert(1, "chosen", [frame == moved.chosen for frame in moved.frames])
    table.insert(2, "predicted", list(moved.predicted))
    return table


def regions_table(explanation: OwnExplanation) -> pd.DataFrame:
    """Columns ``box, covers, log_odds_lost, low, high``: mean, least and greatest loss over the models."""
    losses = explanation.losses.astype(float)
    return pd.DataFrame(
        {
            "box": list(REGION_NAMES),
            "covers": [REGION_MEANINGS[name] for name in REGION_NAMES],
            "log_odds_lost": losses.mean(axis=0),
            "low": losses.min(axis=0),
            "high": losses.max(axis=0),
        }
    )
