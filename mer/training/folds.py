"""Many folds side by side, each finished on disk before it counts, resumed where they stopped."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from torch import Tensor

from mer.core.errors import InputError
from mer.core.files import read_json, write_json, write_text, write_with
from mer.core.live import begin_live, end_live, plan_live
from mer.core.progress import progress
from mer.training.checkpoints import save_weights
from mer.training.held_out import folder_name


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
    """Predictions of every labelled clip, each made by the fold that held its person out.

    Attributes:
        clips: the predicted rows of the clip table, in its order.
        rows: int64, their positions in the clip table.
        fold: the held-out person of each row.
        arrays: as in `FoldResult`, in the order of ``clips``.
        history: of all folds, with a column ``fold``.
    """

    clips: pd.DataFrame
    rows: np.ndarray
    fold: list[str]
    arrays: dict[str, np.ndarray]
    history: pd.DataFrame


def run_folds(folder: Path, keys: dict[str, str], train: Callable[[str], FoldResult], workers: int) -> None:
    """Train the folds that are not finished.

    Each fold leaves ``folds/<person>/`` in ``folder``: weights, history, arrays, and last of all ``fold.json``.

    Args:
        folder: run folder.
        keys: for each held-out person a digest of all that its fold depends on; a finished fold with the same key
            stands.
        train: trains the fold of one person; called in a worker process when ``workers`` > 1.
        workers: folds side by side.
    """
    waiting = [fold for fold in keys if not _is_done(fold_folder(folder, fold), keys[fold])]
    plan_live(folder, "fold", len(keys))
    with progress(what="LOSO folds", total=len(keys), unit="fold") as bar:
        bar.update(len(keys) - len(waiting))
        calls = (delayed(_finish)(folder, fold, keys[fold], train) for fold in waiting)
        for _ in Parallel(n_jobs=min(workers, max(1, len(waiting))), return_as="generator_unordered")(calls):
            bar.update()


def collect_folds(folder: Path, clips: pd.DataFrame, rows: np.ndarray, persons: Iterable[str]) -> LosoResult:
    """Put the finished folds of a run together, in the order of the clip table.

    Args:
        folder: run folder.
        clips: the clip table.
        rows: positions of the labelled clips in it.
        persons: the held-out person of each of ``rows``.

    Raises:
        InputError: a labelled clip was predicted never or twice.
    """
    persons = list(persons)
    parts, histories = [], []
    for fold in sorted(set(persons)):
        with np.load(fold_folder(folder, fold) / "arrays.npz", allow_pickle=False) as stored:
            parts.append({name: stored[name] for name in stored.files})
        histories.append(pd.read_csv(fold_folder(folder, fold) / "history.csv").assign(fold=fold))
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    predicted = arrays.pop("clips")
    order = np.argsort(predicted)
    if not np.array_equal(predicted[order], rows):
        raise InputError(
            f"{folder} does not predict every labelled clip exactly once. Delete its folds/ and run again."
        )
    return LosoResult(
        clips=clips.iloc[rows].reset_index(drop=True),
        rows=rows,
        fold=persons,
        arrays={name: values[order] for name, values in arrays.items()},
        history=pd.concat(histories, ignore_index=True),
    )


def fold_folder(folder: Path, fold: str) -> Path:
    """Folder of one fold inside a run folder."""
    return Path(folder) / "folds" / folder_name(fold)


def _is_done(folder: Path, key: str) -> bool:
    try:
        record = read_json(folder / "fold.json")
    except InputError:
        return False
    whole = all((folder / name).is_file() for name in ("weights.safetensors", "history.csv", "arrays.npz"))
    return whole and isinstance(record, dict) and record.get("key") == key


def _finish(folder: Path, fold: str, key: str, train: Callable[[str], FoldResult]) -> None:
    begin_live(folder, folder_name(fold))
    result = train(fold)
    target = fold_folder(folder, fold)
    (target / "fold.json").unlink(missing_ok=True)  # an older record must not vouch for new files
    save_weights(target / "weights.safetensors", result.state, result.about)
    write_text(target / "history.csv", result.history.to_csv(index=False))
    stored = {"clips": result.clips, **result.arrays}
    write_with(target / "arrays.npz", lambda stream: np.savez_compressed(stream, **stored))  # type: ignore[arg-type]
    write_json(target / "fold.json", {"key": key, "fold": fold, "clips": len(result.clips)})
    end_live()
