"""One clip under several conditions: what the model sees and the displacement that it generates."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mer.evaluation.applied import Applied
from mer.evaluation.conditions import PLAIN, shared_clips
from mer.face.aligned_store import AlignedStore
from mer.figures.displacement import TRUE, DisplacementRow
from mer.figures.examples import example_clips
from mer.manifest.clips import KEY


def condition_rows(
    clip: pd.Series,
    tests: Mapping[str, Applied],
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
            truth = np.asarray(store.displacement[at], np.float32)
            fields[TRUE] = truth if np.isfinite(truth).any() else None  # of a clip whose apex was moved nobody knows it
        if test.displacement is not None:
            fields[column] = test.displacement[here[0]].astype(np.float32)
        predicted = table["predicted"].iloc[here[0]]
        rows.append(DisplacementRow(f"{name}\n→ {predicted}", onset, apex, fields))
    return rows


def calm_example(tests: Mapping[str, Applied], stores: Mapping[str, AlignedStore]) -> pd.Series:
    """A clip that shows well what conditions do: tested under all, surely recognised when plain, no large motion.

    A clip with a blink of its own would hide what blinking does. Where the true motion is unknown any clip will do.

    Returns:
        Its row of the plain predictions.
    """
    shared = shared_clips(tests)
    store, plain = stores[PLAIN], tests[PLAIN]
    if store.displacement is not None:
        fields = np.asarray(store.displacement[plain.rows[shared.index]], np.float32)
        lengths = np.hypot(fields[:, 0], fields[:, 1]).reshape(len(fields), -1)
        known = np.isfinite(lengths).any(axis=1)  # not of a clip whose apex was moved
        if known.any():
            largest = np.nanpercentile(lengths[known], 99.5, axis=1)
            shared = shared[known][largest <= np.median(largest)]
    shared = shared.reset_index(drop=True)
    return shared.iloc[example_clips(shared, 1)[0]]
