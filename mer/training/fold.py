"""One fold of leave-one-subject-out: train on all persons but one, predict that one."""

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
from mer.training.protocols import ProtocolFold

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


def train_fold(
    store: AlignedStore,
    test_person: str,
    config: FoldConfig,
    pretrained: Path | None,
    seed: int,
    device: torch.device,
    prepared: Prepared | None = None,
    generated: Path | None = None,
) -> FoldResult:
    """Train without any frame of ``test_person`` and predict that person's clips.

    Args:
        store: aligned clips.
        test_person: ``database/subject``.
        config: the settings.
        pretrained: weights of a DGM that held this person out, or None to start from random ones.
        seed: of the study; the fold's own seed is derived from it and the person.
        device: where to compute.
        prepared: inputs of all labelled clips (`mer.training.inputs.prepare_inputs`); None: prepared here.
        generated: what the DGM ``pretrained`` makes of them (`mer.training.stacks`); None: made here.
    """
    if prepared is None:
        prepared = prepare_inputs(store, labelled_clips(store, config.labels), config.model, config.apex_offsets)
    is_test = test_clips(store, prepared.rows, test_person)
    own = FoldFit(store, prepared, test_person, config, pretrained, generated, seed, device)
    model, history, looks = own.fit(~is_test, is_test, (test_person,), test_person)
    result = fold_result(model, store, prepared, test_person, config, history)
    if config.epochs.every:
        result.arrays.update(_look_arrays(own, is_test, looks))
    return result


def _look_arrays(own: FoldFit, is_test: np.ndarray, looks: Looks) -> dict[str, np.ndarray]:
    """What the fold leaves for the other epoch rules; its training persons are divided for that."""
    clips = own.store.clips.iloc[own.prepared.rows]
    persons, class_of = person(clips).to_numpy(), clips["label"].map(own.config.labels.index).to_numpy()
    whole = ProtocolFold(own.test_person, (own.test_person,), np.flatnonzero(~is_test), np.flatnonzero(is_test))

    def inner(fold: ProtocolFold) -> Looks:
        train, watched = (np.isin(np.arange(len(persons)), rows) for rows in (fold.train, fold.test))
        return own.fit(train, watched, (own.test_person, *fold.persons), fold.name)[2]

    return nested_arrays(whole, looks, persons, class_of, own.config.epochs, own.seed, inner)


def test_clips(store: AlignedStore, rows: np.ndarray, test_person: str) -> np.ndarray:
    """Which of some rows of ``store.clips`` show the test person: bool, as ``rows``.

    Raises:
        InputError: none does, or all do.
    """
    is_test = (person(store.clips) == test_person).to_numpy()[rows]
    if is_test.all() or not is_test.any():
        raise InputError(
            f"Fold {test_person!r} has {np.sum(~is_test)} training and {np.sum(is_test)} test clips; both must have "
            "some."
        )
    return is_test


def fold_result(
    model: FRLDGT,
    store: AlignedStore,
    prepared: Prepared,
    test_person: str,
    config: FoldConfig,
    history: list[dict[str, Any]],
) -> FoldResult:
    """Predict the test person's clips with the fold's trained model, and put together what the fold leaves."""
    is_test = test_clips(store, prepared.rows, test_person)
    test = prepared.rows[is_test]
    arrays = fold_arrays(model, test_inputs(model, store, prepared, is_test, config), config.joint.precision)
    count_live(list(store.clips["label"].to_numpy()[test]), arrays["probabilities"], config.labels.classes)
    about: dict[str, Any] = {"held_out": [test_person], "model": asdict(config.model), "classes": config.labels.classes}
    about |= {"size": store.config.size, "magnify": asdict(config.magnify) if config.magnify else None}
    rows = pd.DataFrame(history) if history else pd.DataFrame(columns=HISTORY)
    return FoldResult(model.state_dict(), about, rows, test, arrays)
