"""Fit a plain network on images: any module that turns (B, C, H, W) into scores of classes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mer.core.limits import check_limits
from mer.core.live import note_live
from mer.core.seeds import seed_for
from mer.training.batches import batches, class_weights

HISTORY_EVERY = 10


@dataclass(frozen=True)
class NetworkFitConfig:
    """How a network is fitted; which values are published says `mer.training.network_configs`.

    Attributes:
        epochs: passes over the training clips; the last one counts.
        batch: what is left of an epoch makes a smaller batch.
        optimiser: ``adam``, or ``sgd`` with momentum.
        learning_rate: at the beginning.
        momentum: of ``sgd``.
        weight_decay: added to the gradient (L2), of all parameters.
        schedule: ``constant``; ``step``, times ``decay`` every ``decay_every`` epochs; ``cosine``, to zero at the end.
        decay, decay_every: see ``schedule``.
        balance: how rare classes are made up for: ``loss``, a sample's loss is weighed by the inverse frequency of its
            class among the training clips; ``sampling``, every class is drawn equally often; ``none``.
    """

    epochs: int
    batch: int
    learning_rate: float
    optimiser: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: Literal["constant", "step", "cosine"] = "constant"
    decay: float = 0.5
    decay_every: int = 10
    balance: Literal["none", "loss", "sampling"] = "none"

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over; no epoch at all is allowed."""
        limits = dict.fromkeys(("epochs", "learning_rate", "weight_decay"), (0, None))
        at_least_one = dict.fromkeys(("batch", "decay_every"), (1, None))
        check_limits(self, {**limits, **at_least_one, **dict.fromkeys(("momentum", "decay"), (0, 1))})


def fit_network(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    config: NetworkFitConfig,
    seed: int,
    losses: Callable[[Tensor, Tensor], Tensor] | None = None,
    watch: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Fit in place. On a CPU with one thread the same call gives the same bits.

    Args:
        network: on its device, in training mode afterwards.
        images: float32 (n, C, H, W), the training clips only, on the same device.
        labels: int64 (n,).
        config: the settings.
        seed: of the order of clips and of dropout. Both are drawn anew for every epoch, from the seed and its number,
            and torch's own random numbers are afterwards as they were.
        losses: of each sample, from scores (B, classes) and labels (B,); None: cross-entropy.
        watch: called with the number of each epoch, from 1, when it is over, for instance to record what the network
            says now. It may put the network in evaluation mode and draw random numbers: the fit goes on as if it had
            not been called.

    Returns:
        History rows: step (epoch), phase, classification (mean loss of the epochs since the row before).
    """
    device, count = images.device, len(images)
    each = losses or (lambda scores, true: cross_entropy(scores, true, reduction="none"))
    weights = class_weights(labels, int(labels.max()) + 1, config.balance == "loss")[labels]
    optimiser, schedule = _optimiser(network, config)
    rows, summed = [], torch.zeros((), device=device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        for epoch in range(1, config.epochs + 1):
            network.train()
            order = _order(labels, config, seed_for("order", seed, epoch)).to(device)
            torch.manual_seed(seed_for("dropout", seed, epoch) % 2**32)
            for chosen in order.split(config.batch):
                loss = (each(network(images[chosen]), labels[chosen]) * weights[chosen]).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                summed += loss.detach() * (len(chosen) / count)
            schedule.step()
            if epoch % HISTORY_EVERY == 0 or epoch == config.epochs:
                since = (epoch - 1) % HISTORY_EVERY + 1
                rows.append({"step": epoch, "phase": "network", "classification": (summed / since).item()})
                note_live(rows[-1], config.epochs)
                summed.zero_()
            if watch:
                watch(epoch)
    network.train()
    return rows


def _optimiser(
    network: nn.Module, config: NetworkFitConfig
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    parameters, rate, decay = list(network.parameters()), config.learning_rate, config.weight_decay
    optimiser: torch.optim.Optimizer
    if config.optimiser == "adam":
        optimiser = torch.optim.Adam(parameters, rate, weight_decay=decay, fused=True)
    else:
        optimiser = torch.optim.SGD(parameters, rate, config.momentum, weight_decay=decay, fused=True)
    if config.schedule == "cosine":
        return optimiser, torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, config.epochs))
    factor = config.decay if config.schedule == "step" else 1.0
    return optimiser, torch.optim.lr_scheduler.StepLR(optimiser, config.decay_every, factor)


def _order(labels: Tensor, config: NetworkFitConfig, seed: int) -> Tensor:
    """Rows of an epoch, drawn on the CPU: the same whatever the device."""
    generator = torch.Generator().manual_seed(seed)
    return next(batches(labels.cpu(), len(labels), config.balance == "sampling", generator))
