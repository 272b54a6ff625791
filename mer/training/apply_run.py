"""A finished run applied to other frames of the same people."""

from pathlib import Path

import numpy as np
import pandas as pd

from mer.core.errors import InputError, MissingPath
from mer.core.progress import progress
from mer.face.aligned_store import AlignedStore
from mer.manifest.clips import person
from mer.manifest.labels import LabelSpace, check_classes
from mer.motion.magnify import MagnifyConfig
from mer.training.checkpoints import read_about, stored_config
from mer.training.device import choose_device
from mer.training.fold_arrays import fold_arrays
from mer.training.fold_model import fold_model, trained_size
from mer.training.folds import LosoResult
from mer.training.inputs import load_inputs, prepare_inputs
from mer.training.magnified import with_test_factor
from mer.training.trained_folds import folds_by_person, trained_folds

_SHOWN = 3  # folds named in a message


def apply_run(run_folder: Path | str, store: AlignedStore, device: str = "auto") -> LosoResult:
    """Every labelled clip of a store, predicted by the model of the fold that held its person out.

    For key frames that were moved or spotted, for clips under other conditions: the models are not trained again.

    Args:
        run_folder: a finished run of ``04_train_loso``.
        store: clips of the people that the run was trained on, aligned in the same size, with the same labels. Clips
            without one of them are left out, as in training.
        device: ``auto``, ``cpu`` or ``cuda``.

    Returns:
        As of a training; the history is empty.

    Raises:
        MissingPath: a person with labelled clips was in no fold of the run, so every model of it may have seen them.
        InputError: the store has no clip of some class that the run knows, or faces of another size.
    """
    chosen = choose_device(device)
    folds = trained_folds(run_folder)
    some = folds[0].weights
    first, classes = fold_model(some)
    _check_size(run_folder, store)
    usable = store.clips["label"].isin(classes) & store.clips["apex"].notna()
    trained = LabelSpace(f"of {run_folder}", tuple(classes))
    check_classes(store.clips["label"][usable], trained, store.database_name, "Give the labels it was trained with.")
    rows = np.flatnonzero(usable.to_numpy())
    persons = person(store.clips).to_numpy()[rows]
    tested_by = folds_by_person(folds, run_folder)
    if unknown := sorted(set(persons) - set(tested_by)):
        names = ", ".join(fold.name for fold in folds[:_SHOWN]) + (" and others" if len(folds) > _SHOWN else "")
        raise MissingPath(
            f"{run_folder} has no fold that held {unknown[0]!r} out; its {len(folds)} folds held {names} out. Give a "
            "run on the same people."
        )
    fold_of = np.array([tested_by[one].name for one in persons], dtype=object)
    weights = {tested_by[one].name: tested_by[one].weights for one in sorted(set(persons))}
    about = read_about(some)
    magnify = stored_config(MagnifyConfig, about, "magnify", some) if about.get("magnify") else None
    prepared = prepare_inputs(store, rows, first.config, (0,))
    parts: list[dict[str, np.ndarray]] = []
    order: list[np.ndarray] = []
    for fold, path in progress(weights.items(), what="Predicting", total=len(weights), unit="fold"):
        own = fold_of == fold
        model = fold_model(path)[0].to(chosen)
        inputs = load_inputs(store, prepared, own, (0,), chosen)
        if magnify is not None:
            inputs = with_test_factor(inputs, model, magnify)
        parts.append(fold_arrays(model, inputs, "float32"))
        order.append(np.flatnonzero(own))
    back = np.argsort(np.concatenate(order))
    arrays = {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}
    clips = store.clips.iloc[rows].reset_index(drop=True)
    return LosoResult(clips, rows, fold_of.tolist(), arrays, pd.DataFrame())


def _check_size(run_folder: Path | str, store: AlignedStore) -> None:
    """Refuse faces of another size than those that the run was trained on, where it says so."""
    size = trained_size(run_folder)
    if size not in (None, store.config.size):
        raise InputError(
            f"{run_folder} was trained on faces of {size} pixels; those of {store.database_name!r} are aligned to "
            f"{store.config.size}. Align them to {size} (parameter size)."
        )
