"""One fold: train on whom the protocol says, predict the clips that are held out."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from mer.core.errors import InputError
from mer.core.live import count_live
from mer.face.store import AlignedStore
from mer.manifest.clips import person
from mer.manifest.labels import LabelSpace, check_classes
from mer.models.frl_dgt import FRLDGT
from mer.training.epochs import Looks, nested_arrays
from mer.training.fold_arrays import fold_arrays
from mer.training.fold_config import FoldConfig
from mer.training.fold_fit import FoldFit, test_inputs
from mer.training.folds import FoldResult
from mer.training.inputs import Prepared, prepare_inputs
from mer.training.protocols import ProtocolFold, ProtocolFolds, protocol_folds

HISTORY = ["step", "phase", "classification"]  # of a fold that was not trained at all


def labelled_clips(store: AlignedStore, labels: LabelSpace) -> np.ndarray:
    """Rows of the store's clips that carry a class of ``labels`` and an apex.

    Raises:
        InputError: there are none, or none of some class: a model cannot learn what it is never shown.
    """
    usable = store.clips["label"].isin(labels.classes) & store.clips["apex"].notna()
    if not usable.any():
        found = sorted(set(store.clips["label"]))
        raise InputError(f"No clip of {store.path} has a label of {labels.classes} and an apex; labels found: {found}.")
    check_classes(store.clips["label"][usable], labels, store.database_name)
    return np.flatnonzero(usable.to_numpy())


def folds_of(store: AlignedStore, rows: np.ndarray, config: FoldConfig) -> ProtocolFolds:
    """The folds of some rows of ``store.clips``, all with a class; the folds' own rows are positions among these.

    Leaving one subject out, a fold may lack clips of a class in training, unless it is divided again for an epoch rule.

    Raises:
        InputError: as `mer.training.protocols.protocol_folds`.
    """
    every_class = config.protocol != "loso" or bool(config.epochs.every)
    return protocol_folds(store.clips.iloc[rows], config.protocol, config.labels.classes, every_class)


def train_fold(
    store: AlignedStore,
    name: str,
    config: FoldConfig,
    pretrained: Path | None,
    seed: int,
    device: torch.device,
    prepared: Prepared | None = None,
    generated: Path | None = None,
) -> FoldResult:
    """Train without any frame of whom the fold holds out and predict their clips.

    Args:
        store: aligned clips.
        name: of the fold: ``database/subject``, or a database (`mer.training.protocols`).
        config: the settings.
        pretrained: weights of a DGM that saw nobody whom the fold may not see, or None to start from random ones.
        seed: of the study; the fold's own seed is derived from it and the name.
        device: where to compute.
        prepared: inputs of all labelled clips (`mer.training.inputs.prepare_inputs`); None: prepared here.
        generated: what the DGM ``pretrained`` makes of them (`mer.training.stacks`); None: made here.
    """
    if prepared is None:
        prepared = prepare_inputs(store, labelled_clips(store, config.labels), config.model, config.apex_offsets)
    fold = folds_of(store, prepared.rows, config)[name]
    own = FoldFit(store, prepared, fold, config, pretrained, generated, seed, device)
    model, history, looks = own.fit(own.chosen(fold.train), own.chosen(fold.test), (), name)
    result = fold_result(model, store, prepared, fold, config, history)
    if config.epochs.every:
        result.arrays.update(_look_arrays(own, looks))
    return result


def _look_arrays(own: FoldFit, looks: Looks) -> dict[str, np.ndarray]:
    """What the fold leaves for the other epoch rules; its training persons are divided for that."""
    clips = own.store.clips.iloc[own.prepared.rows]
    persons, class_of = person(clips).to_numpy(), clips["label"].map(own.config.labels.index).to_numpy()

    def inner(fold: ProtocolFold) -> Looks:
        return own.fit(own.chosen(fold.train), own.chosen(fold.test), fold.persons, fold.name)[2]

    return nested_arrays(own.fold, looks, persons, class_of, own.config.epochs, own.seed, inner)


def fold_result(
    model: FRLDGT,
    store: AlignedStore,
    prepared: Prepared,
    fold: ProtocolFold,
    config: FoldConfig,
    history: list[dict[str, Any]],
) -> FoldResult:
    """Predict the held-out clips with the fold's trained model, and put together what the fold leaves."""
    test = prepared.rows[fold.test]
    chosen = np.isin(np.arange(len(prepared.rows)), fold.test)
    arrays = fold_arrays(model, test_inputs(model, store, prepared, chosen, config), config.joint.precision)
    count_live(list(store.clips["label"].to_numpy()[test]), arrays["probabilities"], config.labels.classes)
    about: dict[str, Any] = {
        "held_out": list(fold.persons),
        "model": asdict(config.model),
        "classes": config.labels.classes,
    }
    about |= {"size": store.config.size, "magnify": asdict(config.magnify) if config.magnify else None}
    rows = pd.DataFrame(history) if history else pd.DataFrame(columns=HISTORY)
    return FoldResult(model.state_dict(), about, rows, test, arrays)
