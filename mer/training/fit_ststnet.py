"""Fit STSTNets on grey-value images: one by the fused kernels on a CPU core, any number stacked on a GPU."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mer.core.errors import InputError
from mer.core.limits import check_limits
from mer.core.live import note_live
from mer.models.ststnet import FILTERS, POOLED, STSTNet
from mer.models.ststnet_stacked import StackedSTSTNet
from mer.training.counted import coins, orders, substream

HISTORY_EVERY = 10
#: Numbers of the two streams of a fold.
ORDER, DROPOUT = 1, 2

#: Rows (F, B), what dropout keeps (F, B, 16, 10, 10), and which samples count (F, B), to scores (F, B, classes).
Scores = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class STSTNetFitConfig:
    """How an STSTNet is fitted, as published: Adam at a fixed rate, no weights of classes, dropout of a half.

    Attributes:
        epochs: passes over the training clips; the last one counts. Paper: 500.
        batch: 256 in the authors' code; what is left of an epoch makes a smaller batch.
        learning_rate: of Adam; the authors' code.
        shuffle: whether each epoch goes through the clips in a new order. Deviation: the authors' PyTorch code keeps
            the order of its files, which is not ours to know.
    """

    epochs: int = 500
    batch: int = 256
    learning_rate: float = 5e-5
    shuffle: bool = True

    def __post_init__(self) -> None:
        """Refuse values that training would stumble over."""
        check_limits(self, {"epochs": (0, None), "batch": (1, None), "learning_rate": (0, None)})


def steps_an_epoch(samples: int, config: STSTNetFitConfig) -> int:
    """Batches that ``samples`` training clips make."""
    return -(-samples // config.batch)


def fit_ststnets(
    networks: Sequence[STSTNet],
    images: Tensor,
    labels: Tensor,
    training: Sequence[Tensor],
    seeds: Sequence[int],
    config: STSTNetFitConfig,
    watch: Callable[[int], None] | None = None,
) -> list[list[dict[str, Any]]]:
    """Fit in place, each network as it would be fitted alone.

    Args:
        networks: one for each held-out person, on the images' device, in training mode afterwards.
        images: float32 (n, 3, 28, 28), grey values 0 to 255.
        labels: int64 (n,).
        training: int64 rows of each network's training clips; all make the same number of batches.
        seeds: of each network's order of clips and dropout.
        config: the settings.
        watch: called with the number of each epoch, from 1, when it is over, with the networks as they are then
            (`mer.training.epochs`).

    Returns:
        History rows of each: step (epoch), phase, classification (mean loss of the epochs since the row before).

    Raises:
        InputError: the networks need different numbers of batches.
    """
    device, networks = images.device, list(networks)
    steps = {steps_an_epoch(len(rows), config) for rows in training}
    if len(steps) != 1:
        raise InputError(f"Training sets of {[len(rows) for rows in training]} clips make {sorted(steps)} batches.")
    fold_seeds = torch.tensor(list(seeds), device=device)
    sizes = torch.tensor([len(rows) for rows in training], device=device)
    longest = max(len(rows) for rows in training)
    members = torch.stack([torch.nn.functional.pad(rows, (0, longest - len(rows))) for rows in training]).to(device)
    for network in networks:
        network.train()
    parameters, scores, finish = _on_gpu(networks, images) if _stacks(networks, device) else _fused(networks[0], images)
    optimiser = torch.optim.Adam(parameters, config.learning_rate)
    histories: list[list[dict[str, Any]]] = [[] for _ in networks]
    summed, step = torch.zeros(len(networks), device=device), 0
    positions = torch.arange(longest, device=device)
    order = positions.expand(len(networks), -1)
    for epoch in range(1, config.epochs + 1):
        if config.shuffle:
            order = orders(substream(substream(fold_seeds, ORDER), epoch), sizes, longest)
        for start in range(0, longest, config.batch):
            step += 1
            chosen = slice(start, min(start + config.batch, longest))
            rows = members.gather(1, order[:, chosen])
            counts = positions[chosen] < sizes[:, None]
            shape = (config.batch, FILTERS, POOLED, POOLED)  # the whole batch's, however many samples there are
            keep = coins(substream(substream(fold_seeds, DROPOUT), step), shape)[:, : rows.shape[1]]
            losses = cross_entropy(scores(rows, keep, counts).flatten(0, 1), labels[rows].flatten(), reduction="none")
            each = (losses.view(rows.shape) * counts).sum(dim=1) / counts.sum(dim=1)
            optimiser.zero_grad(set_to_none=True)
            each.sum().backward()
            optimiser.step()
            summed += each.detach()
        if epoch % HISTORY_EVERY == 0 or epoch == config.epochs:
            since = ((epoch - 1) % HISTORY_EVERY + 1) * steps.copy().pop()
            for history, loss in zip(histories, (summed / since).tolist(), strict=True):
                history.append({"step": epoch, "phase": "ststnet", "classification": loss})
            note_live(histories[0][-1], config.epochs)
            summed.zero_()
        if watch is not None:
            finish()
            watch(epoch)
    finish()
    return histories


def _stacks(networks: Sequence[STSTNet], device: torch.device) -> bool:
    return device.type != "cpu" or len(networks) > 1


def _fused(network: STSTNet, images: Tensor) -> tuple[list[Tensor], Scores, Callable[[], None]]:
    """One network by compiled kernels: parameters, scores of a batch, and what is to be done in the end."""
    from mer.models.ststnet_fused import fused_scores
    from mer.models.ststnet_kernel import pad_images

    padded = pad_images(images.numpy())

    def scores(rows: Tensor, keep: Tensor, counts: Tensor) -> Tensor:
        return fused_scores(network, padded, rows[0], keep[0])[None]

    return list(network.parameters()), scores, lambda: None


def _on_gpu(networks: Sequence[STSTNet], images: Tensor) -> tuple[list[Tensor], Scores, Callable[[], None]]:
    """All networks as one."""
    stacked = StackedSTSTNet(networks)

    def scores(rows: Tensor, keep: Tensor, counts: Tensor) -> Tensor:
        return stacked.scores(images[rows], keep, counts)

    return stacked.parameters, scores, lambda: stacked.put_back(networks)
