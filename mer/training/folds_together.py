"""Several folds trained as one stacked model, each to what it would become alone."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mer.core.seeds import seed_for
from mer.face.store import AlignedStore
from mer.models.frl_dgt import FRLDGT
from mer.training.fit_fusions import fit_fusions
from mer.training.fit_joints import fit_joints
from mer.training.fold import fold_result, folds_of
from mer.training.fold_config import FoldConfig
from mer.training.fold_fit import pairs_without, start_model, training_labels
from mer.training.folds import FoldResult
from mer.training.inputs import Inputs, Prepared, load_inputs
from mer.training.random_streams import Streams
from mer.training.resident import ResidentFrames
from mer.training.stacks import stacks
from mer.training.tasks import JointTask
from mer.training.together import multiply_adds


def stackable(config: FoldConfig, training: Sequence[int]) -> bool:
    """Whether folds with this many training clips can be trained as one.

    Not a sequence model or one with magnified clips, whose inputs are made fold by fold, nor models that are looked at
    while they are fitted; and batches must have one size in all folds.
    """
    alike = len(set(training)) == 1 or min(training) >= max(config.warm_up.batch, config.joint.batch)
    return alike and config.magnify is None and not config.model.sequence and not config.epochs.every


def step_size(config: FoldConfig, size: int) -> float:
    """Multiply-adds of one fold's step end to end.

    Args:
        config: the settings.
        size: pixels a side of the aligned faces.
    """
    model, joint = FRLDGT(config.model), config.joint
    shape = (config.model.image_channels, size, size)
    onset, others, boxes = torch.empty(joint.batch, *shape), torch.empty(joint.batch, 1, *shape), torch.rand(9, 4)
    labels, weights = torch.zeros(joint.batch, dtype=torch.long), torch.ones(config.model.classes)
    source, more, motion = config.model.motion.source, None, None
    if source != "dgm":
        motion = torch.empty(joint.batch, 1, config.model.motion.channels, size, size)
    elif config.self_supervision and joint.random_pairs:
        more = torch.empty(2, joint.random_pairs, *shape)
    task = JointTask(model, joint.loss, source == "dgm", joint.label_smoothing, "float32")
    return multiply_adds(task, (onset, others, boxes.expand(joint.batch, 9, 4), labels, weights, more, motion))


def train_together(
    store: AlignedStore,
    folds: Sequence[str],
    config: FoldConfig,
    sources: Mapping[str, Path | None],
    prepared: Prepared,
    generated: Mapping[Path, Path],
    seed: int,
    device: torch.device,
) -> Iterator[FoldResult]:
    """As `mer.training.fold.train_fold` for each of ``folds``, all in one go; results in their order.

    Args:
        store: aligned clips.
        folds: their names; see `stackable`.
        config: the settings.
        sources: for each fold the weights of a DGM that saw nobody whom it may not see, or None.
        prepared: inputs of all labelled clips.
        generated: what those DGMs make of them (`mer.training.stacks`), where that is made.
        seed: of the study.
        device: where to compute.
    """
    by_name = folds_of(store, prepared.rows, config)
    parts, seeds = [by_name[fold] for fold in folds], [seed_for("fold", seed, fold) for fold in folds]
    streams, models = Streams(device), []
    for fold, own_seed in zip(parts, seeds, strict=True):
        models.append(start_model(config, store, fold, sources[fold.name], own_seed).to(device))
        streams.begin(own_seed)
    everything = np.ones(len(prepared.rows), bool)
    inputs = load_inputs(store, prepared, everything, config.apex_offsets, device)
    training, labels = [], torch.zeros(len(folds), len(prepared.rows), dtype=torch.long, device=device)
    for k, fold in enumerate(parts):
        training.append(torch.from_numpy(fold.train).to(device))
        known = training_labels(store, prepared.rows[fold.train], fold.name, config, seed)
        labels[k, training[k]] = torch.tensor(known, device=device)

    histories: list[list[dict[str, Any]]] = [[] for _ in folds]
    if config.warm_up.steps:
        images, which = _images(folds, models, inputs, sources, generated)
        motion = config.model.motion_channels()
        fusions = [model.fusion for model in models]
        fitted = fit_fusions(
            fusions, images, which, inputs.boxes, labels, training, motion, config.warm_up, seeds, streams
        )
        histories = [had + more for had, more in zip(histories, fitted, strict=True)]
    if config.joint.steps:
        drawn = [pairs_without(store, fold.persons, config) for fold in parts]
        pairs = [one for one in drawn if one is not None] or None
        frames = ResidentFrames(store, device) if pairs else None
        fitted = fit_joints(
            models,
            inputs,
            labels,
            training,
            pairs,
            frames,
            config.joint,
            seeds,
            streams,
            config.self_supervision,
        )
        histories = [had + more for had, more in zip(histories, fitted, strict=True)]
    for fold, model, history in zip(parts, models, histories, strict=True):
        yield fold_result(model, store, prepared, fold, config, history)


def _images(
    folds: Sequence[str],
    models: Sequence[FRLDGT],
    inputs: Inputs,
    sources: Mapping[str, Path | None],
    generated: Mapping[Path, Path],
) -> tuple[Tensor, list[int]]:
    """What each DGM makes of all clips, (Q, V, n, S M, H, W), and which of them each fold has.

    Folds that share a pretraining share its images.
    """
    made: list[Tensor] = []
    place: dict[Any, int] = {}
    which = []
    for fold, model in zip(folds, models, strict=True):
        source = sources[fold]
        # What is computed beforehand is the same for all folds; a DGM that was not pretrained is each fold's own.
        key = source if source is not None else (fold if model.dgm is not None else None)
        if key not in place:
            place[key] = len(made)
            file = generated.get(source) if source is not None else None
            found = stacks(model, inputs) if file is None else torch.from_numpy(np.load(file, allow_pickle=False))
            made.append(found.to(inputs.onset.device))
        which.append(place[key])
    return torch.stack(made), which
