"""Which clips to show when there is room for a few."""

import pandas as pd

from mer.manifest.clips import person


def example_clips(predictions: pd.DataFrame, count: int) -> list[int]:
    """Rows of a predictions table: classes and persons varied, the most confident right ones first.

    Each class in turn gives its most confident right prediction of a person not yet shown; when a class has none left,
    its most confident wrong one.

    Args:
        predictions: checked predictions table.
        count: how many; fewer when there are fewer rows.
    """
    scores = predictions.filter(like="score_").max(axis=1)
    ranked = predictions.assign(
        person=person(predictions), score=scores, right=predictions["label"] == predictions["predicted"]
    ).sort_values(["right", "score"], ascending=False, kind="stable")
    chosen: list[int] = []
    labels = sorted(predictions["label"].unique())
    while len(chosen) < min(count, len(predictions)):
        label = labels[len(chosen) % len(labels)]
        left = ranked.drop(index=chosen)
        shown = left["person"].isin(ranked["person"].loc[chosen])
        order = [(left["label"] == label) & ~shown, left["label"] == label, ~shown, ~left["person"].isna()]
        chosen.append(next(left.index[mask][0] for mask in order if mask.any()))
    return chosen
