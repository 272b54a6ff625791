"""A finished leave-one-subject-out run applied to other frames of the same people."""

from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import person
from mer.training.device import choose_device
from mer.training.fold import predict
from mer.training.fold_model import fold_model
from mer.training.folds import LosoResult, fold_folder
from mer.training.inputs import load_inputs, prepare_inputs


def apply_run(run_folder: Path | str, store: AlignedStore, device: str = "auto") -> LosoResult:
    """Every labelled clip of a store, predicted by the model of the fold that held its person out.

    For key frames that were moved or spotted, for clips under other conditions: the models are not trained again.

    Args:
        run_folder: a finished run of ``04_train_loso``.
        store: clips of the people that the run was trained on, aligned in the same size.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        As of a training; the history is empty.

    Raises:
        MissingPath: a person of the store was in no fold of the run, so every model of it may have seen them.
        InputError: no clip has a class that the run knows.
    """
    chosen = choose_device(device)
    persons = person(store.clips).to_numpy()
    weights = {fold: fold_folder(Path(run_folder), fold) / "weights.safetensors" for fold in sorted(set(persons))}
    for fold, path in weights.items():
        if not path.is_file():
            raise MissingPath(
                f"{run_folder} has no fold that held {fold!r} out ({path} is missing). Give a run on the same people."
            )
    first, classes = fold_model(next(iter(weights.values())))
    rows = np.flatnonzero((store.clips["label"].isin(classes) & store.clips["apex"].notna()).to_numpy())
    if not len(rows):
        raise InputError(f"No clip of {store.path} has one of the classes of {run_folder}: {', '.join(classes)}.")
    prepared = prepare_inputs(store, rows, first.config, (0,))
    parts: list[dict[str, np.ndarray]] = []
    order: list[np.ndarray] = []
    for fold in progress(sorted(set(persons[rows])), what="Predicting", unit="fold"):
        own = persons[rows] == fold
        model, _ = fold_model(weights[fold])
        parts.append(predict(model.to(chosen), load_inputs(store, prepared, own, (0,), chosen), "float32"))
        order.append(np.flatnonzero(own))
    back = np.argsort(np.concatenate(order))
    arrays = {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}
    clips = store.clips.iloc[rows].reset_index(drop=True)
    return LosoResult(clips, rows, persons[rows].tolist(), arrays, pd.DataFrame())
