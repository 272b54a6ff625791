"""Whole models of several folds fitted as one, each as `mer.training.fit_joint` fits it alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mer.core.live import note_live
from mer.core.progress import progress
from mer.models.frl_dgt import FRLDGT
from mer.training.batches import batches, class_weights
from mer.training.captured import capturable, captured, rate
from mer.training.fit_joint import HISTORY_EVERY, JointFitConfig, take_sample
from mer.training.inputs import Inputs
from mer.training.pairs import RandomPairs
from mer.training.random_streams import Streams
from mer.training.resident import ResidentFrames
from mer.training.stacked import StackedModels, make_step, norm_of_each
from mer.training.tasks import JointTask


def fit_joints(
    models: Sequence[FRLDGT],
    inputs: Inputs,
    labels: Tensor,
    training: Sequence[Tensor],
    pairs: Sequence[RandomPairs] | None,
    frames: ResidentFrames | None,
    config: JointFitConfig,
    seeds: Sequence[int],
    streams: Streams,
    self_supervision: bool = True,
) -> list[list[dict[str, Any]]]:
    """Fit in place.

    Args:
        models: F of one shape, on their device.
        inputs: of all n clips.
        labels: int64, (F, n).
        training: for each fold the clips that it trains on, int64; each at least ``config.batch``, or all equally many.
        pairs: for each fold the source of its random frame pairs, or None for none.
        frames: that the pairs are of; None without pairs.
        config: the settings.
        seeds: of each fold's batches, pairs and augmentation.
        streams: of each fold's masks.
        self_supervision: whether the DGM's own losses count beside classification.

    Returns:
        The history of each fold, as of `fit_joint`.
    """
    device, folds, first = inputs.onset.device, range(len(models)), models[0]
    generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    numbers = [np.random.default_rng(seed) for seed in seeds]
    variants = inputs.others.shape[0]
    batch = min(config.batch, len(training[0]))
    own = [labels[k, training[k]] for k in folds]
    weights = torch.stack([class_weights(one, first.config.classes, config.balance == "loss") for one in own])
    next_batch = [
        batches(one, batch, config.balance == "sampling", generator)
        for one, generator in zip(own, generators, strict=True)
    ]
    own_losses = self_supervision and first.dgm is not None
    tasks = [JointTask(one, config.loss, own_losses, config.label_smoothing, config.precision) for one in models]
    stacked = StackedModels(tasks)
    more_of = capturable(device)
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(
            stacked.named("model.fusion."),
            rate(config.learning_rate_fusion, device),
            weight_decay=config.weight_decay,
            **more_of,
        )
    ]
    of_dgm = stacked.named("model.dgm.")
    if of_dgm:
        optimisers.append(torch.optim.Adam(of_dgm, rate(config.learning_rate_dgm, device), **more_of))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimisers[0], max(1, config.steps))
    step_of = captured(make_step(stacked, optimisers), device)
    names = JointTask.LOSSES[1:]
    rows: list[list[dict[str, Any]]] = [[] for _ in folds]
    sums = torch.zeros(len(models), len(names), device=device)
    noted = 0
    for step in progress(range(1, config.steps + 1), what=f"End to end, {len(models)} folds", unit="step"):
        chosen, variant, flips = [], [], []
        for k, generator in zip(folds, generators, strict=True):
            chosen.append(training[k][next(next_batch[k])])
            variant.append(torch.randint(variants, (batch,), generator=generator, device=device))
            if config.augment.flip:
                flips.append(torch.rand(batch, generator=generator, device=device) < 0.5)
        clips = torch.stack(chosen)
        which = torch.cat(flips) if flips else None
        sample = take_sample(inputs, torch.cat(variant), clips.flatten(), which, first.config.motion.mirrored)
        more = None
        if pairs is not None and frames is not None and config.random_pairs:
            drawn = [one.rows(config.random_pairs, rng) for one, rng in zip(pairs, numbers, strict=True)]
            more = frames.take(np.stack(drawn))
        onset, others, boxes = (
            value.unflatten(0, clips.shape) for value in (sample.onset, sample.others[0], sample.boxes)
        )
        motion = None if sample.motion is None else sample.motion[0].unflatten(0, clips.shape)
        given = (onset, others, boxes, labels.gather(1, clips), weights, more, motion)
        masks = stacked.masks(given, streams)
        ratios = _gradient_ratios(stacked, given, masks, of_dgm) if step == 1 and own_losses else None
        sums += step_of(given, masks)[:, 1:]
        schedule.step()
        if step == 1 or step % HISTORY_EVERY == 0 or step == config.steps:
            for k, means in enumerate((sums / (step - noted)).tolist()):
                row = {"step": step, "phase": "joint", **dict(zip(names, means, strict=True))}
                rows[k].append(row if ratios is None else row | {"gradient_ratio": ratios[k]})
            note_live(rows[0][-1], config.steps)
            noted = step
            sums.zero_()
    for k, model in enumerate(models):
        model.load_state_dict(stacked.state(k, "model."))
    return rows


def _gradient_ratios(
    stacked: StackedModels, given: Sequence[Tensor | None], masks: dict[str, Tensor], of_dgm: list[Tensor]
) -> list[float]:
    """For each model the norm of the classification gradient in the DGM over that of the DGM's own loss."""
    before = {name: value.clone() for name, value in stacked.buffers.items()}
    losses = stacked.losses(given, masks).sum(0)
    norms = [
        norm_of_each(torch.autograd.grad(losses[k], of_dgm, retain_graph=k == 1, allow_unused=True)) for k in (1, 2)
    ]
    stacked.buffers.update(before)  # statistics of the normalisations count this batch once
    return torch.where(norms[1] > 0, norms[0] / norms[1], torch.inf).tolist()
