"""What a finished run leaves, read for its views: predictions, arrays on demand, and in words what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.one_run import OpenedRun, read_one_run
from mer.evaluation.corrected_since import corrected_since_words, label_corrections
from mer.evaluation.metrics import confusion_matrix, evaluate
from mer.evaluation.predictions import SCORE, read_predictions, score_classes
from mer.evaluation.report import label_indices
from mer.figures.features import features_table, fits_predictions, run_plane
from mer.figures.save import run_folder
from mer.figures.style import any_synthetic
from mer.manifest.clips import KEY
from mer.widgets.names import class_words, database_words
from mer.widgets.results.run_arrays import RunArrays

#: Arrays that views use, by the words for what is missing without them.
_USED = {
    "embedding": "features (no plane of them)",
    "onset": "onset frames",
    "apex": "apex frames",
    "displacement": "generated motion",
    "weights_local": "local fusion weights",
    "weights_global": "global fusion weights",
}

#: Said where a store's terms of use, which say it too, are not at hand.
SYNTHETIC_FACES = "Synthetic (rendered) faces: scores say nothing about real people."


@dataclass(frozen=True)
class RunResults:
    """Results of one run.

    Attributes:
        folder: of the run.
        predictions: its checked table, one row a clip.
        arrays: by name, first axis as the predictions; may be empty.
        opened: within its ``one_making()`` further files of the folder are read.
        missing: what views cannot show, and why, a sentence each.
        older: why the run is older than a user's corrections, and what to do; empty where it is not.
        corrected: for rows whose class a user corrected before the run, the database's own class, as far as known.
    """

    folder: Path
    predictions: pd.DataFrame
    arrays: RunArrays
    opened: OpenedRun
    missing: tuple[str, ...] = ()
    older: str = ""
    corrected: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in their order."""
        return score_classes(self.predictions)

    @cached_property
    def cell(self) -> np.ndarray:
        """Cell of the confusion matrix of every clip, int64 (n,): true class times classes plus predicted class."""
        label, predicted, classes = label_indices(self.predictions)
        return label * len(classes) + predicted

    @cached_property
    def right(self) -> np.ndarray:
        """Whether each clip is predicted right, bool (n,)."""
        return (self.predictions["label"] == self.predictions["predicted"]).to_numpy()

    @cached_property
    def confidence(self) -> np.ndarray:
        """Probability of the predicted class, float64 (n,)."""
        scores = self.predictions[[SCORE + name for name in self.classes]].to_numpy()
        return scores[np.arange(len(scores)), self.cell % len(self.classes)]

    @property
    def epoch_rule(self) -> str:
        """How the epoch was chosen; several, if the table says so, with commas."""
        return ", ".join(dict.fromkeys(self.predictions["epoch_rule"]))

    @property
    def synthetic(self) -> bool:
        """Whether a database of the run is rendered."""
        return any_synthetic(self.predictions["database"])

    def words(self, row: int) -> dict[str, Any]:
        """What a small picture says of a clip: ``clip``, ``place`` (database, subject), ``classes``, ``right``."""
        one = self.predictions.iloc[row]
        return {
            "clip": str(one["clip"]),
            "place": f"{database_words(one['database'])}, {one['subject']}",
            "classes": [str(one["label"]), str(one["predicted"])],
            "right": bool(self.right[row]),
        }

    def true_class(self, row: int) -> str:
        """The class that the run was given, marked where a user corrected it (`mer.widgets.names.class_words`)."""
        return class_words(str(self.predictions["label"].iat[row]), self.corrected.get(row))

    def name(self, row: int) -> str:
        """A clip in one line, for people: its database's name, subject, clip."""
        return clip_line(self.predictions.iloc[row])


def clip_line(one: Any) -> str:
    """A row of a clip table in one line, for people: its database's name, subject, clip."""
    return f"{database_words(str(one['database']))} / {one['subject']} / {one['clip']}"


def read_results(run: Any) -> RunResults:
    """Results of a finished run.

    Args:
        run: its folder, an object with ``folder`` or ``path``, or its results that were read before.

    Raises:
        MissingPath: the folder is gone, or holds no predictions.
        BeingMade: it is being made again just now.
        InputError: the predictions are faulty, empty, or of several runs or seeds.
    """
    if isinstance(run, RunResults):
        return run
    folder = run_folder(run)
    return read_one_run(folder, lambda: _read_results(folder))


def _read_results(folder: Path) -> RunResults:
    opened = OpenedRun(folder)  # first: what is then read is of this making, or refused
    if not folder.is_dir():
        raise MissingPath(
            f"The run {folder} is gone: deleted, moved, or never made. Give the folder of a finished run."
        )
    predictions = read_predictions(folder / "predictions.csv")
    if predictions.empty:
        raise InputError(f"{folder / 'predictions.csv'} has no rows. Give a run that predicted clips.")
    if predictions.duplicated(KEY).any():
        raise InputError(f"{folder} holds predictions of several runs or seeds. Give one of these runs itself.")
    arrays = RunArrays(folder / "arrays" / "clips.npz", len(predictions))
    missing = []
    if arrays.misfits:
        listed = ", ".join(f"{name} of {rows}" for name, rows in arrays.misfits.items())
        missing.append(f"The arrays do not fit the {len(predictions)} predictions ({listed} clips); they are left out.")
    if lacking := [words for name, words in _USED.items() if name not in arrays]:
        missing.append(f"This run keeps no {', no '.join(lacking)}. Runs of 04_train_loso keep all of them.")
    older, corrected = corrected_since_words(folder), _corrected(folder, predictions)
    return RunResults(folder, predictions, arrays, opened, tuple(missing), older, corrected)


def _corrected(folder: Path, predictions: pd.DataFrame) -> dict[int, str]:
    """Rows whose class a user had corrected when the run was made, with the database's own."""
    own = label_corrections(folder)
    keys = predictions[KEY].astype(str).itertuples(index=False, name=None)
    return {row: own[key] for row, key in enumerate(keys) if key in own} if own else {}


def clips_table(results: RunResults) -> pd.DataFrame:
    """What the table of clips shows: key, classes, right or wrong, probability of the predicted class, fold."""
    shown = results.predictions[[*KEY, "label", "predicted"]].copy()
    shown["database"] = results.predictions["database"].map(database_words)
    if results.corrected:
        shown["label"] = [results.true_class(row) for row in range(len(shown))]
    shown["right"] = np.where(results.right, "right", "wrong")
    shown["probability"] = results.confidence.round(3)
    shown["fold"] = results.predictions["fold"]
    return shown


def selection_scores(cell: np.ndarray, rows: tuple[int, ...], classes: int) -> dict[str, float]:
    """``n, right, uf1, uar`` of some clips, or of all when ``rows`` is empty; ``cell`` as in `RunResults`.

    UF1 and UAR are NaN where `no_scores` has a reason.
    """
    chosen = cell[np.asarray(rows, dtype=np.int64)] if rows else cell
    counts = confusion_matrix(chosen // classes, chosen % classes, classes)
    scores = evaluate(counts)
    right = int(np.trace(counts))
    known = not (rows and no_scores(cell, rows, classes))
    uf1, uar = (float(scores[name]) if known else np.nan for name in ("uf1", "uar"))
    return {"n": len(chosen), "right": right, "uf1": uf1, "uar": uar}


def no_scores(cell: np.ndarray, rows: tuple[int, ...], classes: int) -> str:
    """Why a selection has no UF1 and UAR that mean anything; empty where it has.

    Clips chosen by their outcome have 0 or 1 whatever the model; those of some classes only have another mean.
    """
    chosen = cell[np.asarray(rows, dtype=np.int64)]
    label, predicted = chosen // classes, chosen % classes
    right = int((label == predicted).sum())
    if right in (0, len(chosen)):
        return (
            f"only {'right' if right else 'wrong'} clips are chosen, so they would be {1 if right else 0} by the choice"
        )
    if len(np.unique(label)) < len(np.unique(cell // classes)):
        return "clips of some true classes only are chosen, and both are means over all classes"
    return ""


def rows_of_cell(cell: np.ndarray, classes: int, label: int | None, predicted: int | None) -> np.ndarray:
    """Clips of a cell of the matrix; None stands for any class: a whole row or column. int64, ascending."""
    chosen = np.ones(len(cell), bool)
    if label is not None:
        chosen &= cell // classes == label
    if predicted is not None:
        chosen &= cell % classes == predicted
    return np.flatnonzero(chosen)


def plane(results: RunResults) -> pd.DataFrame:
    """`features_table` of the run: the one its figure was drawn from when that lies in the folder, else computed once.

    Raises:
        InputError: the run keeps no features.
    """

    def embedding() -> np.ndarray:
        if "embedding" not in results.arrays:
            raise InputError(f"{results.folder} keeps no features of its clips, so there is no plane of them.")
        return np.asarray(results.arrays["embedding"])

    kept = results.folder / "figures" / "features.csv"
    with results.opened.one_making():
        return features_table(results.predictions, run_plane(results.predictions, embedding, kept))


def fits(points: pd.DataFrame, results: RunResults) -> bool:
    """Whether a table of points is of the run's clips and predictions, in their order."""
    return fits_predictions(points, results.predictions)
