"""Fit a Transformer Fusion on image stacks that are already there: motion maps, or the output of a fixed DGM."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mer.core.limits import check_limits
from mer.core.live import note_live
from mer.models.fusion import TransformerFusion
from mer.models.map_fusion import MapFusion
from mer.training.augment import AugmentConfig, augment_motion, draw_augment, draw_mix, mix_samples
from mer.training.batches import batches, class_weights
from mer.training.tasks import FusionTask

HISTORY_EVERY = 10


@dataclass(frozen=True)
class FusionFitConfig:
    """How the Transformer Fusion is fitted.

    Attributes:
        steps: optimiser steps. Unstated.
        batch: paper: 32.
        learning_rate: of Adam, falling to zero along a cosine; the paper gives the annealing, not the rate (Unstated).
        weight_decay: decoupled. Unstated.
        balance: how rare classes are made up for: ``loss``, a sample's loss is weighed by the inverse frequency of its
            class among the training clips; ``sampling``, every class is drawn equally often; ``none``. Unstated.
        label_smoothing: Unstated.
        augment: what is done to the training samples.
        precision: ``auto``, ``mixed`` or ``float32``.
    """

    steps: int = 1500
    batch: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.01
    balance: Literal["none", "loss", "sampling"] = "loss"
    label_smoothing: float = 0.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    precision: str = "auto"

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over; no steps at all are allowed."""
        check_limits(
            self,
            {
                **dict.fromkeys(("steps", "learning_rate", "weight_decay"), (0, None)),
                "batch": (1, None),
                "label_smoothing": (0, 1),
            },
        )


def fit_fusion(
    fusion: TransformerFusion | MapFusion,
    images: Tensor,
    boxes: Tensor,
    labels: Tensor,
    motion: Sequence[int],
    config: FusionFitConfig,
    seed: int,
    watch: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Fit in place.

    Args:
        fusion: on its device, in training mode afterwards.
        images: (V, n, M, H, W) on the same device: V variants of each of n samples, one drawn a step.
        boxes: (n, 9, 4).
        labels: int64, (n,).
        motion: channels of the motion, x and y component in turn; a single one is no displacement.
        config: the settings.
        seed: of batches and augmentation.
        watch: called with the number of each step, from 1, when it is over (`mer.training.epochs`).

    Returns:
        History rows: step, phase, classification (mean loss since the row before).
    """
    device = images.device
    generator = torch.Generator(device).manual_seed(seed)
    variants, n = images.shape[:2]
    batch = min(config.batch, n)
    weights = class_weights(labels, fusion.classes, config.balance == "loss")
    next_batch = batches(labels, batch, config.balance == "sampling", generator)
    targets = one_hot(labels, len(weights)).float()
    parameters = fusion.parameters()
    optimiser = torch.optim.AdamW(parameters, config.learning_rate, weight_decay=config.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, config.steps))
    task = FusionTask(fusion, config.label_smoothing, config.precision).train()
    rows, summed = [], torch.zeros((), device=device)
    for step in range(1, config.steps + 1):
        chosen = next(next_batch)
        variant = torch.randint(variants, (batch,), generator=generator, device=device)
        stack, places, target = images[variant, chosen], boxes[chosen], targets[chosen]
        drawn = draw_augment(stack.shape, places.shape, config.augment, generator)
        stack, places = augment_motion(stack, places, motion, config.augment, drawn)
        if config.augment.mix > 0:
            share, other = draw_mix(batch, config.augment.mix)
            stack, target = mix_samples(stack, target, share.to(device), other.to(device))
        loss = task(stack, places, target, weights)[0]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        summed += loss.detach()
        if step % HISTORY_EVERY == 0 or step == config.steps:
            since = (step - 1) % HISTORY_EVERY + 1
            rows.append({"step": step, "phase": "fusion", "classification": (summed / since).item()})
            note_live(rows[-1], config.steps)
            summed.zero_()
        if watch is not None:
            watch(step)
    return rows
