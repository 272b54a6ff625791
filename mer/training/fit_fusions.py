"""Transformer Fusions of several folds fitted as one, each as `mer.training.fit_fusion` fits it alone."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mer.core.live import note_live
from mer.core.progress import progress
from mer.models.fusion import TransformerFusion
from mer.models.map_fusion import MapFusion
from mer.training.augment import AugmentDraws, augment_motion, draw_augment, draw_mix, mix_samples
from mer.training.batches import batches, class_weights
from mer.training.captured import capturable, captured, rate
from mer.training.fit_fusion import HISTORY_EVERY, FusionFitConfig
from mer.training.random_streams import Streams
from mer.training.stacked import StackedModels, make_step
from mer.training.tasks import FusionTask


def fit_fusions(
    fusions: Sequence[TransformerFusion | MapFusion],
    images: Tensor,
    sources: Sequence[int],
    boxes: Tensor,
    labels: Tensor,
    training: Sequence[Tensor],
    motion: Sequence[int],
    config: FusionFitConfig,
    seeds: Sequence[int],
    streams: Streams,
) -> list[list[dict[str, Any]]]:
    """Fit in place.

    Args:
        fusions: F of one shape, on their device.
        images: (Q, V, n, M, H, W): what Q sources make of all clips, in V variants, on the same device.
        sources: which of them each fold sees.
        boxes: (n, 9, 4).
        labels: int64, (F, n).
        training: for each fold the clips that it trains on, int64; each at least ``config.batch``, or all equally many.
        motion: channels of the motion, as for `fit_fusion`.
        config: the settings.
        seeds: of each fold's batches and augmentation.
        streams: of each fold's masks and mixtures.

    Returns:
        The history of each fold.
    """
    device, folds = images.device, range(len(fusions))
    generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    variants = images.shape[1]
    batch = min(config.batch, len(training[0]))
    own = [labels[k, training[k]] for k in folds]
    classes = fusions[0].classes
    weights = torch.stack([class_weights(one, classes, config.balance == "loss") for one in own])
    next_batch = [
        batches(one, batch, config.balance == "sampling", generator)
        for one, generator in zip(own, generators, strict=True)
    ]
    source = torch.tensor(sources, device=device)[:, None]
    models = StackedModels([FusionTask(one, config.label_smoothing, config.precision) for one in fusions])
    optimiser = torch.optim.AdamW(
        list(models.parameters.values()),
        rate(config.learning_rate, device),
        weight_decay=config.weight_decay,
        fused=True,
        **capturable(device),
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, config.steps))
    step_of = captured(make_step(models, [optimiser]), device)
    rows: list[list[dict[str, Any]]] = [[] for _ in folds]
    summed = torch.zeros(len(fusions), device=device)
    for step in progress(range(1, config.steps + 1), what=f"Fusion of {len(fusions)} folds", unit="step"):
        chosen, variant, drawn = [], [], []
        for k, generator in zip(folds, generators, strict=True):
            chosen.append(training[k][next(next_batch[k])])
            variant.append(torch.randint(variants, (batch,), generator=generator, device=device))
            shapes = (batch, *images.shape[3:]), (batch, *boxes.shape[1:])
            drawn.append(draw_augment(*shapes, config.augment, generator))
        clips = torch.stack(chosen)
        stack = images[source, torch.stack(variant), clips].flatten(0, 1)
        stack, places = augment_motion(stack, boxes[clips.flatten()], motion, config.augment, _joined(drawn))
        targets = one_hot(labels.gather(1, clips), classes).float().flatten(0, 1)
        if config.augment.mix > 0:
            mixed = [draw_mix(batch, config.augment.mix) for _ in streams.each()]
            share = torch.cat([one for one, _ in mixed]).to(device)
            other = torch.cat([one + k * batch for k, (_, one) in enumerate(mixed)]).to(device)
            stack, targets = mix_samples(stack, targets, share, other)
        given = *(value.unflatten(0, clips.shape) for value in (stack, places, targets)), weights
        summed += step_of(given, models.masks(given, streams))[:, 0]
        schedule.step()
        if step % HISTORY_EVERY == 0 or step == config.steps:
            since = (step - 1) % HISTORY_EVERY + 1
            for k, value in enumerate((summed / since).tolist()):
                rows[k].append({"step": step, "phase": "fusion", "classification": value})
            note_live(rows[0][-1], config.steps)
            summed.zero_()
    for k, fusion in enumerate(fusions):
        fusion.load_state_dict(models.state(k, "fusion."))
    return rows


def _joined(drawn: Sequence[AugmentDraws]) -> AugmentDraws:
    """What was drawn for the batches of all folds, one after another."""
    parts = {one.name: [getattr(each, one.name) for each in drawn] for one in fields(AugmentDraws)}
    return AugmentDraws(**{name: None if values[0] is None else torch.cat(values) for name, values in parts.items()})
