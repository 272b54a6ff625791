"""What key frames that are off cost: the models of a finished run on moved and on spotted ones, beside the paper.

The models are not trained again: they were trained on the annotated key frames and see others when tested, as in the
paper's experiment. A model that was trained on spotted apexes is a run of its own and stands beside them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.finished_run import checked
from mer.core.run_record import RECORD, recorded_config
from mer.evaluation.applied import apply_to_stores
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.paper_tables import ours
from mer.evaluation.predictions import read_predictions
from mer.evaluation.published import read_published
from mer.face.aligned_store import AlignedStore
from mer.motion.moved_store import MovedKeyFrames

#: Name of the condition that all others are compared with.
TRUE = "annotated"
_SCORES = ("uf1", "uar")
_BOUNDS = ("", "_low", "_high")


def predict_stores(
    train_run: Path | str, stores: Mapping[str, AlignedStore], device: str = "auto"
) -> dict[str, pd.DataFrame]:
    """Predictions of a finished run's models for the same clips with other key frames.

    Args:
        train_run: folder of a finished run of ``04_train_loso``.
        stores: name of a condition to its clips.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        Name of the condition to its predictions table, whose ``run`` is that name.

    Raises:
        InputError: the run's models see more of a clip than onset and apex.
    """
    return {name: one.predictions for name, one in apply_to_stores(train_run, stores, device).items()}


def trained_on(runs: Sequence[str | Path], store: AlignedStore) -> dict[str, pd.DataFrame]:
    """Predictions of runs that were trained and tested on an automatic apex, by the name of that apex.

    Raises:
        MissingPath: a folder is no finished run of ``04_train_loso``.
        InputError: a run was trained on annotated apexes, on other clips than the store's, or two on the same apex.
    """
    found: dict[str, pd.DataFrame] = {}
    known = set(map(tuple, store.clips[["database", "subject", "clip"]].to_numpy()))
    for folder in map(Path, runs):
        if not all(checked(folder / name).is_file() for name in (RECORD, "predictions.csv")):
            raise MissingPath(f"{folder} is no finished run of 04_train_loso. See `mer runs`.")
        apex = str(recorded_config(folder).get("data.apex", ""))
        if apex in ("", TRUE) or apex in found:
            raise InputError(
                f"{folder} was trained on the apex {apex or 'of unknown kind'!r}; compare_runs takes one run for each "
                "automatic apex (`mer run 04_train_loso -p apex flow`)."
            )
        table = read_predictions(folder / "predictions.csv")
        strange = set(map(tuple, table[["database", "subject", "clip"]].to_numpy())) - known
        if strange:
            raise InputError(f"{folder} has {len(strange)} clips that this database does not have.")
        found[apex] = table
    return found


def falls_table(predictions: Mapping[str, pd.DataFrame], synthetic: bool, resamples: int = 2000) -> pd.DataFrame:
    """Scores under every condition, and what is lost against the true key frames, with paired intervals over persons.

    Args:
        predictions: condition to predictions of the same clips; `TRUE` is among them.
        synthetic: whether the faces are rendered; the columns then say so.
        resamples: draws of persons.

    Returns:
        A row a condition: condition, clips, then ``uf1`` and ``uar`` and ``uf1_fall``, ``uar_fall`` (true minus this;
        above 0 is a loss), each with bounds, in columns that end in ``_ours`` or ``_ours_synthetic``.

    Raises:
        InputError: `TRUE` is missing, or clips or labels differ.
    """
    if TRUE not in predictions:
        raise InputError(f"No condition is called {TRUE!r}. {nearest(TRUE, predictions)}")
    end, rows = ours(synthetic), []
    for name, table in predictions.items():
        score = mean_scores(table, resamples).iloc[0]
        loss = paired_difference(predictions[TRUE], table, resamples).iloc[0]
        row: dict[str, object] = {"condition": name, "clips": score["n"]}
        for metric in _SCORES:
            row |= {f"{metric}{end}{bound}": score[f"{metric}{bound}"] for bound in _BOUNDS}
            row |= {f"{metric}_fall{end}{bound}": loss[f"{metric}{bound}"] for bound in _BOUNDS}
        rows.append(row)
    return pd.DataFrame(rows).astype({"clips": "int64"})


def condition_name(which: str, share: float) -> str:
    """Name of the condition in which a key frame is moved: ``apex 10 %``."""
    return f"{which} {100 * share:.0f} %"


def deviation_table(falls: pd.DataFrame, moved: Mapping[tuple[str, float], MovedKeyFrames]) -> pd.DataFrame:
    """The paper's experiment: onset and apex moved, ours and the paper's, a row a key frame and percentage.

    Args:
        falls: from `falls_table`, with conditions named by `condition_name`, and `TRUE`.
        moved: what was moved, by key frame and share.

    Returns:
        moved, percent (wanted), then mean_frames and mean_percent (really moved, means of absolute values; of the
        distance from onset to apex), clamped (clips moved less than wanted), the columns of ``falls``, and the paper's
        scores and falls on CASME II (``_paper``). The rows of 0 % are the true key frames.
    """
    published = _published("casme2")
    known = falls.set_index("condition")
    rows = []
    for which in dict.fromkeys(key for key, _ in moved):
        shares = [0.0, *(share for key, share in moved if key == which)]
        for share in shares:
            moves = moved[which, share].moves if share else None
            row: dict[str, object] = {"moved": which, "percent": round(100 * share)}
            row["mean_frames"] = 0.0 if moves is None else moves["moved"].abs().mean()
            row["mean_percent"] = 0.0 if moves is None else _really(moves)
            row["clamped"] = 0 if moves is None else int(moves["clamped"].sum())
            cells = known.loc[condition_name(which, share) if share else TRUE]
            row |= {str(name): value for name, value in cells.items()}
            rows.append(row | _beside(published, f"{which} {100 * share:.0f}" if share else "none 0"))
    return pd.DataFrame(rows).astype({"clips": "int64"})


def _really(moves: pd.DataFrame) -> float:
    """How far key frames were really moved, in percent of the distance from onset to apex."""
    return float(100 * (moves["moved"].abs() / moves["distance"].clip(lower=1)).mean())


def automatic_table(
    errors: pd.DataFrame, seconds: Mapping[str, float], tested: pd.DataFrame, trained: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every spotter: how far off it is, what it takes, and what it costs, beside the paper's automatic apex.

    Args:
        errors: from `mer.motion.spotting_errors.errors_table`; the rows of all clips count.
        seconds: method to seconds a clip.
        tested: from `falls_table`: models trained on annotated apexes, conditions named by method.
        trained: the same of models trained on that method's apexes; None where there are none.

    Returns:
        A row a method and kind of training, those of one method together: method, trained_on ("annotated" or "its
        own"), error_frames, error_share, bias_frames, seconds, the columns of ``tested``, and the paper's scores and
        falls (composite, spotter of CapsuleNet).
    """
    off = errors[errors["part"] == "all"].set_index("method")
    published = _published("composite")
    rows = []
    for kind, falls in (("annotated", tested), ("its own", trained)):
        if falls is None:
            continue
        known = falls.set_index("condition")
        for method in known.index.drop(TRUE):
            row: dict[str, object] = {"method": method, "trained_on": kind}
            row |= {name: off[name].get(method, np.nan) for name in ("error_frames", "error_share", "bias_frames")}
            row["seconds"] = seconds.get(method, np.nan)
            row |= {str(name): value for name, value in known.loc[method].items()}
            rows.append(row | _beside(published, "automatic apex" if method == "capsule" else ""))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    rows.sort(key=lambda row: methods.index(row["method"]))  # stable: annotated before its own
    return pd.DataFrame(rows).astype({"clips": "int64"})


def _published(database: str) -> dict[str, dict[str, float]]:
    """The paper's scores on a database: key frame and percentage (``apex 10``) to metric to score."""
    table = read_published("key_frames")
    rows = table[table["database"] == database].to_dict("records")
    names = [row["moved"] if np.isnan(row["percent"]) else f"{row['moved']} {row['percent']:.0f}" for row in rows]
    return {name: {metric: row[metric] for metric in _SCORES} for name, row in zip(names, rows, strict=True)}


def _beside(published: dict[str, dict[str, float]], name: str) -> dict[str, float]:
    """The paper's columns of one row; NaN where it has nothing of that name."""
    cells: dict[str, float] = {}
    for metric in _SCORES:
        value = published.get(name, {}).get(metric, np.nan)
        cells |= {f"{metric}_paper": value, f"{metric}_fall_paper": published["none 0"][metric] - value}
    return cells
