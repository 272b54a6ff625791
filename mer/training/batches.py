"""Which training clips make a batch, and how rare classes are made up for."""

from collections.abc import Iterator

import torch
from torch import Tensor


def class_weights(labels: Tensor, classes: int, balance: bool) -> Tensor:
    """Weight of each class, mean 1 over the samples; a class without a sample weighs 0."""
    counts = torch.bincount(labels, minlength=classes).float()
    if not balance:
        return torch.ones_like(counts)
    return torch.where(counts > 0, len(labels) / (counts * (counts > 0).sum()), 0.0)


def batches(labels: Tensor, batch: int, equal_classes: bool, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches of sample numbers.

    Args:
        labels: int64, (n,), class of each sample.
        batch: samples a batch, at most n.
        equal_classes: draw each sample with a chance that makes all classes equally frequent, with replacement; else go
            through all samples in a new order each time, and leave out those that no longer fill a batch.
        generator: random numbers of the labels' device.
    """
    if equal_classes:
        chance = 1.0 / torch.bincount(labels)[labels].float()
        while True:
            yield torch.multinomial(chance, batch, replacement=True, generator=generator)
    order = torch.empty(0, dtype=torch.long, device=labels.device)
    while True:
        if len(order) < batch:
            order = torch.randperm(len(labels), generator=generator, device=labels.device)
        yield order[:batch]
        order = order[batch:]
