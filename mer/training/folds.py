"""Many folds side by side, each finished on disk before it counts, resumed where they stopped."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from mer.core.archive import open_npz
from mer.core.csv_text import csv_text, read_csv_text
from mer.core.errors import InputError
from mer.core.files import write_text, write_with
from mer.core.live import begin_live, end_live, plan_live
from mer.core.orphans import end_if_orphan
from mer.core.progress import progress
from mer.core.spread import spread
from mer.core.work_lock import working_in
from mer.training.checkpoints import save_weights
from mer.training.finished import check_finished, finish, is_finished
from mer.training.held_out import folder_name
from mer.training.made_again import how_again

#: Files of a fold; the index comes last and vouches for the others.
WEIGHTS, HISTORY, ARRAYS, INDEX = "weights.safetensors", "history.csv", "arrays.npz", "fold.json"


@dataclass
class FoldResult:
    """What a fold leaves: weights, history, and for each test clip everything that figures need.

    Attributes:
        state: weights of the model.
        about: what the model is, stored beside the weights.
        history: rows of the fit.
        clips: int64, rows of the clip table that were predicted.
        arrays: by name, first axis as ``clips``: ``probabilities``, ``embedding``, ``weights_local``,
            ``weights_global``, ``weights_full`` (float32), and for a model with a DGM ``displacement`` (float16,
            normalised units); ``boxes`` where they are not those of action units.
    """

    state: dict[str, Tensor]
    about: dict[str, Any]
    history: pd.DataFrame
    clips: np.ndarray
    arrays: dict[str, np.ndarray]


@dataclass
class LosoResult:
    """Predictions of every labelled clip, each made by the fold that held its person out (`mer.training.protocols`).

    Attributes:
        clips: the predicted rows of the clip table, in its order.
        rows: int64, their positions in the clip table.
        fold: the name of each row's fold: the held-out person, ``database/subject``, or the held-out database.
        arrays: as in `FoldResult`, in the order of ``clips``.
        history: of all folds, with a column ``fold``.
    """

    clips: pd.DataFrame
    rows: np.ndarray
    fold: list[str]
    arrays: dict[str, np.ndarray]
    history: pd.DataFrame


def run_folds(
    folder: Path,
    keys: dict[str, str],
    train: Callable[[Sequence[str]], Iterable[FoldResult]],
    workers: int,
    together: int = 1,
    what: str = "Folds",
) -> None:
    """Train the folds that are not finished.

    Each fold leaves ``folds/<name>/`` in ``folder`` (`fold_folder`): weights, history, arrays, last of all
    ``fold.json``, which vouches for them. A fold with a file that is damaged is trained again, and said to be.

    Folds of a call are neighbours in ``keys``, whichever are finished. So a run that was interrupted gives, bit for
    bit, what it gives in one go where each fold is trained alone, as on a CPU. Where several are trained as one stacked
    model, as on a GPU, a stack that was interrupted half written goes on with fewer folds, whose last bits may differ.

    Args:
        folder: run folder.
        keys: for each fold's name a digest of all that it depends on; a finished fold with the same key stands.
        train: trains the folds of some names and gives their results in the same order; called in a worker process when
            ``workers`` > 1.
        workers: calls of ``train`` side by side.
        together: folds a call.
        what: is trained, in words of the progress bar.
    """
    with working_in(folder):
        _run_folds(folder, keys, train, workers, together, what)


def _run_folds(
    folder: Path,
    keys: dict[str, str],
    train: Callable[[Sequence[str]], Iterable[FoldResult]],
    workers: int,
    together: int,
    what: str,
) -> None:
    names = list(keys)
    waiting = {fold for fold in names if not is_finished(fold_folder(folder, fold), INDEX, keys[fold], f"Fold {fold}")}
    stacks = [names[k : k + together] for k in range(0, len(names), together)]
    parts = [part for stack in stacks if (part := [fold for fold in stack if fold in waiting])]
    plan_live(folder, "fold", len(keys))
    with progress(what=what, total=len(keys), unit="fold") as bar:
        bar.update(len(keys) - len(waiting))
        for finished in spread([partial(_finish, folder, part, keys, train) for part in parts], workers):
            bar.update(finished)


def collect_folds(
    folder: Path, keys: Mapping[str, str], clips: pd.DataFrame, rows: np.ndarray, names: Iterable[str]
) -> LosoResult:
    """Put the finished folds of a run together, in the order of the clip table.

    Args:
        folder: run folder.
        keys: as `run_folds` got them.
        clips: the clip table.
        rows: positions of the labelled clips in it.
        names: of the fold of each of ``rows``.

    Raises:
        InputError: a fold is not finished, not of these keys or damaged, or a labelled clip was predicted never or
            twice.
    """
    names, histories = list(names), []
    arrays: dict[str, np.ndarray] = {}
    predicted = np.zeros(len(rows), np.int64)  # how often
    for fold in sorted(set(names)):
        with fold_arrays_of(folder, fold, keys[fold]) as stored:
            places = np.searchsorted(rows, stored["clips"])
            if not np.array_equal(rows[np.minimum(places, len(rows) - 1)], stored["clips"]):
                raise _not_once(folder)
            np.add.at(predicted, places, 1)
            # Each at once in its place: thousands of displacements are held once, not also as parts and in two orders.
            for name in stored:
                values = stored[name]
                if name not in arrays:
                    arrays[name] = np.empty((len(rows), *values.shape[1:]), values.dtype)
                arrays[name][places] = values
        histories.append(read_csv_text(fold_folder(folder, fold) / HISTORY).assign(fold=fold))
    if (predicted != 1).any():
        raise _not_once(folder)
    del arrays["clips"]
    return LosoResult(
        clips=clips.iloc[rows].reset_index(drop=True),
        rows=rows,
        fold=names,
        arrays=arrays,
        history=pd.concat(histories, ignore_index=True),
    )


def _not_once(folder: Path) -> InputError:
    return InputError(f"{folder} does not predict every labelled clip exactly once. Delete its folds/ and run again.")


def fold_folder(folder: Path, fold: str) -> Path:
    """Folder of one fold inside a run folder."""
    return Path(folder) / "folds" / folder_name(fold)


@contextmanager
def fold_arrays_of(folder: Path, fold: str, key: str) -> Iterator[Mapping[str, np.ndarray]]:
    """Arrays of a finished fold, ``clips`` (`FoldResult.clips`) among them.

    Raises:
        InputError: it is not finished, not of this key or damaged.
    """
    own = fold_folder(folder, fold)
    check_finished(own, INDEX, key)
    with open_npz(own / ARRAYS, how_again(own)) as stored:
        yield stored


def _finish(
    folder: Path, part: Sequence[str], keys: dict[str, str], train: Callable[[Sequence[str]], Iterable[FoldResult]]
) -> int:
    """Train some folds and write each down; how many they are.

    Those that a killed process of this call has finished stand.
    """
    waiting = [fold for fold in part if not is_finished(fold_folder(folder, fold), INDEX, keys[fold])]
    results = iter(train(waiting) if waiting else ())
    for fold in waiting:
        begin_live(folder, folder_name(fold))
        result = next(results)
        end_if_orphan()
        target = fold_folder(folder, fold)
        save_weights(target / WEIGHTS, result.state, result.about)
        write_text(target / HISTORY, csv_text(result.history))
        stored = {"clips": result.clips, **result.arrays}
        write_with(target / ARRAYS, lambda stream, stored=stored: np.savez_compressed(stream, **stored))  # type: ignore[misc]
        # An older index vouches for other bytes, or for another key, so it may stand until this one takes its place.
        about = {"fold": fold, "clips": len(result.clips)}
        finish(target, INDEX, keys[fold], about, (WEIGHTS, HISTORY, ARRAYS))
        end_live()
    return len(part)
