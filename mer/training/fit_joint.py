"""Fit DGM and Transformer Fusion together, end to end (paper, section 3.4)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from mer.core.limits import check_limits
from mer.core.live import note_live
from mer.models.dgm_loss import DGMLossConfig
from mer.models.frl_dgt import FRLDGT
from mer.training.augment import AugmentConfig, flip_some
from mer.training.batches import batches, class_weights
from mer.training.inputs import Inputs
from mer.training.pairs import RandomPairs
from mer.training.tasks import JointTask

HISTORY_EVERY = 5


@dataclass(frozen=True)
class JointFitConfig:
    """How the whole model is fitted.

    Attributes:
        steps: optimiser steps. Unstated.
        batch: labelled pairs a step; paper: 32.
        random_pairs: further random frame pairs of the training clips a step, for the DGM's loss only. Unstated number.
        learning_rate_dgm: of Adam; paper: 0.002.
        learning_rate_fusion: of Adam with cosine annealing; Unstated.
        weight_decay, balance, label_smoothing: as in `mer.training.fit_fusion`.
        loss: the DGM's three terms, added to the classification loss with weight 1 (Unstated).
        augment: only the flip applies here.
        precision: ``auto``, ``mixed`` or ``float32``.
    """

    steps: int = 1500
    batch: int = 32
    random_pairs: int = 32
    learning_rate_dgm: float = 0.002
    learning_rate_fusion: float = 3e-4
    weight_decay: float = 0.01
    balance: Literal["none", "loss", "sampling"] = "loss"
    label_smoothing: float = 0.0
    loss: DGMLossConfig = field(default_factory=DGMLossConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    precision: str = "auto"

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over; no steps at all are allowed."""
        rates = ("learning_rate_dgm", "learning_rate_fusion", "weight_decay")
        check_limits(
            self,
            {
                **dict.fromkeys(("steps", "random_pairs", *rates), (0, None)),
                "batch": (1, None),
                "label_smoothing": (0, 1),
            },
        )


def fit_joint(
    model: FRLDGT,
    inputs: Inputs,
    labels: Tensor,
    pairs: RandomPairs | None,
    config: JointFitConfig,
    seed: int,
    self_supervision: bool = True,
    watch: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Fit in place. The classification gradient reaches the DGM scaled by the model's ``gradient_scale``.

    Args:
        model: on its device.
        inputs: n training clips; one of their variants is drawn a step.
        labels: int64, (n,).
        pairs: source of random frame pairs, or None for none.
        config: the settings.
        seed: of batches, pairs and augmentation.
        self_supervision: whether the DGM's own losses count beside classification.
        watch: called with the number of each step, from 1, when it is over (`mer.training.epochs`).

    Returns:
        History rows: step, phase, classification, total, and the unweighted `TERMS`; in the first row also
        ``gradient_ratio``, norm of the classification gradient in the DGM over that of its own loss.
    """
    device = inputs.onset.device
    generator = torch.Generator(device).manual_seed(seed)
    rng = np.random.default_rng(seed)
    variants, n = inputs.others.shape[:2]
    batch = min(config.batch, n)
    weights = class_weights(labels, model.config.classes, config.balance == "loss")
    next_batch = batches(labels, batch, config.balance == "sampling", generator)
    own_losses = self_supervision and model.dgm is not None
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(model.fusion.parameters(), lr=config.learning_rate_fusion, weight_decay=config.weight_decay)
    ]
    if model.dgm is not None:
        optimisers.append(torch.optim.Adam(model.dgm.parameters(), lr=config.learning_rate_dgm))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimisers[0], max(1, config.steps))
    task = JointTask(model, config.loss, own_losses, config.label_smoothing, config.precision).train()
    rows: list[dict[str, Any]] = []
    names = task.LOSSES[1:]
    sums = torch.zeros(len(names), device=device)
    for step in range(1, config.steps + 1):
        chosen = next(next_batch)
        variant = torch.randint(variants, (batch,), generator=generator, device=device)
        which = torch.rand(batch, generator=generator, device=device) < 0.5 if config.augment.flip else None
        sample = take_sample(inputs, variant, chosen, which, model.config.motion.mirrored)
        more = None
        if pairs is not None and config.random_pairs:
            more = torch.stack(pairs.draw(config.random_pairs, rng, device))
        motion = None if sample.motion is None else sample.motion[0]
        losses = task(sample.onset, sample.others[0], sample.boxes, labels[chosen], weights, more, motion)
        ratio = gradient_ratio(model, losses[1], losses[2]) if step == 1 and own_losses else None
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        losses[0].backward()
        for optimiser in optimisers:
            optimiser.step()
        schedule.step()
        sums += losses[1:].detach()
        if step == 1 or step % HISTORY_EVERY == 0 or step == config.steps:
            since = step - (int(rows[-1]["step"]) if rows else 0)
            row = dict(zip(names, (sums / since).tolist(), strict=True))
            rows.append(
                {"step": step, "phase": "joint", **row} | ({"gradient_ratio": ratio} if ratio is not None else {})
            )
            note_live(rows[-1], config.steps)
            sums.zero_()
        if watch is not None:
            watch(step)
    return rows


def take_sample(
    inputs: Inputs, variant: Tensor, chosen: Tensor, which: Tensor | None, mirrored: tuple[int, ...]
) -> Inputs:
    """A batch of clips, each in one of its variants.

    Args:
        inputs: of n clips.
        variant, chosen: int64, (B,), which variant of which clip.
        which: bool, (B,), those that are mirrored; None for none.
        mirrored: channels of the motion whose sign changes then.
    """
    onset, others = inputs.onset[chosen], inputs.others[variant, chosen]  # B x C.., B x S x C..
    motion = None if inputs.motion is None else inputs.motion[variant, chosen]
    boxes = inputs.boxes[chosen]
    if which is not None:
        frames = torch.cat([onset[:, None], others], dim=1)
        flipped, places = flip_some(frames.flatten(1, 2), boxes, (), which)
        frames = flipped.view_as(frames)
        onset, others = frames[:, 0], frames[:, 1:]
        if motion is not None:
            channels = motion.shape[2]
            negated = tuple(pair * channels + k for pair in range(motion.shape[1]) for k in mirrored)
            motion = flip_some(motion.flatten(1, 2), boxes, negated, which)[0].view_as(motion)
        boxes = places
    return Inputs(onset, others[None], boxes, None if motion is None else motion[None])


def gradient_ratio(model: FRLDGT, classification: Tensor, motion: Tensor) -> float:
    """Norm of the classification gradient in the DGM's parameters over that of the DGM's own loss."""
    assert model.dgm is not None
    parameters = list(model.dgm.parameters())
    norms = []
    for loss in (classification, motion):
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        norms.append(sum(float(g.float().square().sum()) for g in gradients if g is not None) ** 0.5)
    return norms[0] / norms[1] if norms[1] else float("inf")
