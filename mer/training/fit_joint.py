"""Fit DGM and Transformer Fusion together, end to end (paper, section 3.4)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mer.models.dgm_loss import DGMLossConfig, dgm_loss
from mer.models.frl_dgt import FRLDGT
from mer.training.augment import AugmentConfig, flip_some
from mer.training.device import mixed_precision
from mer.training.fit_fusion import class_weights
from mer.training.pairs import RandomPairs

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
        weight_decay, class_balance, label_smoothing: as in `mer.training.fit_fusion`.
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
    class_balance: bool = True
    label_smoothing: float = 0.0
    loss: DGMLossConfig = field(default_factory=DGMLossConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    precision: str = "auto"


def fit_joint(
    model: FRLDGT,
    onset: Tensor,
    apex: Tensor,
    boxes: Tensor,
    labels: Tensor,
    pairs: RandomPairs | None,
    config: JointFitConfig,
    seed: int,
) -> list[dict[str, Any]]:
    """Fit in place. The classification gradient reaches the DGM scaled by the model's ``gradient_scale``.

    Args:
        model: on its device.
        onset: (n, C, H, W), values in [0, 1].
        apex: (V, n, C, H, W): V variants of the apex (itself and frames beside it), one drawn a step.
        boxes: (n, 9, 4).
        labels: int64, (n,).
        pairs: source of random frame pairs, or None for none.
        config: the settings.
        seed: of batches, pairs and augmentation.

    Returns:
        History rows: step, phase, classification, total, reconstruction, no_motion, smooth; in the first row also
        ``gradient_ratio``, norm of the classification gradient in the DGM over that of its own loss.
    """
    device = onset.device
    generator = torch.Generator(device).manual_seed(seed)
    rng = np.random.default_rng(seed)
    n, channels, batch = len(onset), onset.shape[1], min(config.batch, len(onset))
    weights = class_weights(labels, model.config.classes, config.class_balance)
    optimisers = [
        torch.optim.Adam(model.dgm.parameters(), lr=config.learning_rate_dgm),
        torch.optim.AdamW(model.fusion.parameters(), lr=config.learning_rate_fusion, weight_decay=config.weight_decay),
    ]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimisers[1], max(1, config.steps))
    model.train()
    rows: list[dict[str, Any]] = []
    sums, order = torch.zeros(5, device=device), torch.empty(0, dtype=torch.long, device=device)
    for step in range(1, config.steps + 1):
        if len(order) < batch:
            order = torch.randperm(n, generator=generator, device=device)
        chosen, order = order[:batch], order[batch:]
        variant = torch.randint(apex.shape[0], (batch,), generator=generator, device=device)
        both, places = torch.cat([onset[chosen], apex[variant, chosen]], dim=1), boxes[chosen]
        if config.augment.flip:
            which = torch.rand(batch, generator=generator, device=device) < 0.5
            both, places = flip_some(both, places, (), which)
        first, second = both[:, :channels], both[:, channels:]
        if pairs is not None and config.random_pairs:
            more = pairs.draw(config.random_pairs, rng, device)
            first, second = torch.cat([first, more[0]]), torch.cat([second, more[1]])
        with mixed_precision(device, config.precision):
            raw = model.dgm(first, second)
            logits = model.classify(first[:batch], second[:batch], places, raw[:batch]).logits
        motion = dgm_loss(first, second, raw.float(), model.config.dgm.alpha, config.loss)
        classification = cross_entropy(
            logits.float(), labels[chosen], weight=weights, label_smoothing=config.label_smoothing
        )
        ratio = gradient_ratio(model, classification, motion.total) if step == 1 else None
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        (classification + motion.total).backward()
        for optimiser in optimisers:
            optimiser.step()
        schedule.step()
        terms = [classification, motion.total, motion.reconstruction, motion.no_motion, motion.smooth]
        sums += torch.stack(terms).detach()
        if step == 1 or step % HISTORY_EVERY == 0 or step == config.steps:
            since = step - (int(rows[-1]["step"]) if rows else 0)
            names = ["classification", "total", "reconstruction", "no_motion", "smooth"]
            row = dict(zip(names, (sums / since).tolist(), strict=True))
            rows.append(
                {"step": step, "phase": "joint", **row} | ({"gradient_ratio": ratio} if ratio is not None else {})
            )
            sums.zero_()
    return rows


def gradient_ratio(model: FRLDGT, classification: Tensor, motion: Tensor) -> float:
    """Norm of the classification gradient in the DGM's parameters over that of the DGM's own loss."""
    parameters = list(model.dgm.parameters())
    norms = []
    for loss in (classification, motion):
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        norms.append(sum(float(g.float().square().sum()) for g in gradients if g is not None) ** 0.5)
    return norms[0] / norms[1] if norms[1] else float("inf")
