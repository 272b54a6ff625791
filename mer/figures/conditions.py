"""One clip under several conditions: what the model sees and the displacement that it generates."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mer.evaluation.conditions import ConditionTest
from mer.face.aligned_store import AlignedStore
from mer.figures.displacement import TRUE, DisplacementRow
from mer.manifest.clips import KEY


def condition_rows(
    clip: pd.Series,
    tests: Mapping[str, ConditionTest],
    stores: Mapping[str, AlignedStore],
    column: str = "FRL-DGT",
) -> list[DisplacementRow]:
    """Rows of `mer.figures.displacement.displacement_figure`: one a condition, all of the same clip.

    Args:
        clip: its key and ``label``; a condition that lost the clip's face has no row.
        tests: what was predicted under each condition.
        stores: the aligned clips.
        column: heading of the generated displacement.
    """
    rows = []
    for name, test in tests.items():
        table = test.predictions
        here = np.flatnonzero((table[list(KEY)] == clip[list(KEY)]).all(axis=1))
        if not len(here):
            continue
        store, at = stores[name], int(test.rows[here[0]])
        onset, apex = (frame.mean(axis=2).round().astype(np.uint8) for frame in store.pair(at))
        fields: dict[str, np.ndarray | None] = {}
        if store.displacement is not None:
            fields[TRUE] = np.asarray(store.displacement[at], np.float32)
        if test.displacement is not None:
            fields[column] = test.displacement[here[0]].astype(np.float32)
        predicted = table["predicted"].iloc[here[0]]
        rows.append(DisplacementRow(f"{name}\n→ {predicted}", onset, apex, fields))
    return rows
