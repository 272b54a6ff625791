"""What the models of a finished run make of the same clips under harder conditions.

The models are not trained again: each saw the plain clips of everyone but the person whom it is tested on, and meets
the condition for the first time. What is lost against the plain clips is taken over the clips that could be aligned
under both, so that a lost face is counted as such and does not pass for a better or worse score.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.applied import Applied, apply_to_stores
from mer.evaluation.endpoint import clip_errors, expression_part, mean_over_clips
from mer.evaluation.paired import mean_scores, paired_difference
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import KEY, person

#: Name of the clips without a condition.
PLAIN = "plain"
_SCORES = ("uf1", "uar")
_BOUNDS = ("", "_low", "_high")
_ERRORS = (
    *(f"{name}_px{bound}" for name in ("error", "expression_error") for bound in _BOUNDS),
    *("no_motion_px", "no_motion_expression_px"),
)


def apply_under_conditions(
    train_run: Path | str, stores: Mapping[str, AlignedStore], device: str = "auto"
) -> dict[str, Applied]:
    """Every clip of every store, predicted by the model that held its person out.

    Args:
        train_run: folder of a finished run of ``04_train_loso`` on the plain clips.
        stores: name of a condition to its aligned clips.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        InputError: apexes under a condition are not the annotated ones, or the run's models see more of a clip than
            onset and apex: under a condition most other frames only repeat the one before.
    """
    for name, store in stores.items():
        other = sorted(set(store.clips["apex_source"]) - {"annotated"})
        if name != PLAIN and other:
            raise InputError(
                f"Apexes under {name!r} are {' or '.join(repr(one) for one in other)}; expected annotated ones, as few "
                "frames beside them are rendered under a condition. Choose apex annotated."
            )
    return apply_to_stores(train_run, stores, device)


def conditions_table(
    tests: Mapping[str, Applied], stores: Mapping[str, AlignedStore], resamples: int = 2000
) -> pd.DataFrame:
    """Scores, lost faces and end-point errors under every condition.

    Args:
        tests: from `apply_under_conditions`; `PLAIN` is among them.
        stores: those that were tested.
        resamples: draws of persons.

    Returns:
        A row a condition: ``condition, clips, subjects, lost`` (clips without one whole face in the onset frame), then
        with bounds ``uf1, uar``, ``uf1_fall, uar_fall`` (plain minus this on the clips of both; above 0 is a loss),
        ``error_px`` (of the generated displacement, pixels of the aligned face), ``expression_error_px`` (without the
        movement of the whole head), and the errors of a field of zeros, ``no_motion_px, no_motion_expression_px``.

    Raises:
        InputError: `PLAIN` is missing, or a condition has no clip in common with it.
    """
    if PLAIN not in tests:
        raise InputError(f"No test is called {PLAIN!r}; found {', '.join(tests) or 'none'}.")
    rows = []
    for name, test in tests.items():
        score = mean_scores(test.predictions, resamples).iloc[0]
        plain, this = _common(name, tests[PLAIN].predictions, test.predictions)
        fall = paired_difference(plain, this, resamples).iloc[0]
        row: dict[str, object] = {"condition": name, "clips": score["n"], "subjects": score["subjects"]}
        row["lost"] = int((stores[name].skipped["kind"] == "face").sum())
        for metric in _SCORES:
            row |= {f"{metric}{bound}": score[f"{metric}{bound}"] for bound in _BOUNDS}
            row |= {f"{metric}_fall{bound}": fall[f"{metric}{bound}"] for bound in _BOUNDS}
        rows.append(row | _errors(test, stores[name]))
    return pd.DataFrame(rows)


def scores_by_condition(table: pd.DataFrame, method: str = "FRL-DGT") -> pd.DataFrame:
    """The scores of `conditions_table` as `mer.figures.scores.scores_figure` draws them, a part a condition."""
    records = [
        {"method": method, "part": row["condition"], "n": row["clips"], "subjects": row["subjects"], "metric": metric}
        | {"value": row[metric], "low": row[f"{metric}_low"], "high": row[f"{metric}_high"]}
        for _, row in table.iterrows()
        for metric in _SCORES
    ]
    return pd.DataFrame(records)


def shared_clips(tests: Mapping[str, Applied]) -> pd.DataFrame:
    """Predictions of the plain clips that were tested under every condition, with their index in the plain table."""
    tables = [test.predictions[list(KEY)] for test in tests.values()]
    kept = tests[PLAIN].predictions
    for table in tables:
        kept = kept[pd.MultiIndex.from_frame(kept[list(KEY)]).isin(pd.MultiIndex.from_frame(table))]
    return kept


def _common(name: str, plain: pd.DataFrame, this: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    keys = [pd.MultiIndex.from_frame(table[list(KEY)]) for table in (plain, this)]
    both = plain[keys[0].isin(keys[1])], this[keys[1].isin(keys[0])]
    if both[0].empty:
        raise InputError(f"The clips under {name!r} are none of the plain ones. Give the same database's conditions.")
    return both


def _errors(test: Applied, store: AlignedStore) -> dict[str, float]:
    if test.displacement is None or store.displacement is None:
        return dict.fromkeys(_ERRORS, np.nan)
    to_px = (store.config.size - 1) / 2
    found = test.displacement.astype(np.float32) * to_px
    true = np.asarray(store.displacement[test.rows], np.float32) * to_px
    persons = person(test.predictions).to_numpy()
    errors: dict[str, float] = {}
    for prefix, still, fields in (
        ("error_px", "no_motion_px", (found, true)),
        ("expression_error_px", "no_motion_expression_px", _expressions(found, true)),
    ):
        clips = clip_errors(*fields)
        values = mean_over_clips(clips["error"].to_numpy(), persons)
        errors |= {f"{prefix}{bound}": value for bound, value in zip(_BOUNDS, values, strict=True)}
        errors[still] = float(clips["no_motion"].mean())
    return errors


def _expressions(found: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both fields without the movement of the head, fitted where the truth is known."""
    known = np.isfinite(true)
    return expression_part(np.where(known, found, np.nan)), expression_part(true)
