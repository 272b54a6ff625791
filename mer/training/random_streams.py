"""Random numbers of folds that are trained together: each fold draws what it would draw alone."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from mer.core.seeds import seed_for


class Streams:
    """One stream of random numbers for each of F folds.

    What a fold draws does not depend on which folds are trained beside it, so that a study that is resumed, or runs on
    another number of GPUs, gives the same results.
    """

    def __init__(self, device: torch.device) -> None:
        """Empty; `begin` adds the fold whose model was just made."""
        self.device = device
        self._host: list[torch.Generator] = []
        self._device: list[torch.Generator] = []

    def begin(self, seed: int) -> None:
        """A further fold, whose stream goes on where torch's own random numbers stand now.

        A fold that is trained alone draws from those, so on a CPU both draw the same.

        Args:
            seed: of what is drawn on a GPU.
        """
        host = torch.Generator()
        host.set_state(torch.get_rng_state())
        self._host.append(host)
        own = seed_for("masks", seed)  # the fold's batches are drawn from the seed itself
        self._device.append(host if self.device.type == "cpu" else torch.Generator(self.device).manual_seed(own))

    def bernoulli(self, chance: float, shape: Sequence[int], strides: Sequence[int]) -> Tensor:
        """Bool, (F, *shape), on the device: true with this chance.

        Args:
            chance: of each value.
            shape: of one fold's values.
            strides: in which they lie in memory, without gaps: random numbers are drawn in the order of the memory.
        """
        size = math.prod(shape)
        drawn = torch.empty_strided((len(self._device), *shape), (size, *strides), dtype=torch.bool, device=self.device)
        for row, generator in zip(drawn, self._device, strict=True):
            row.bernoulli_(chance, generator=generator)
        return drawn

    def on_device(self) -> Sequence[torch.Generator]:
        """Generators of the device, one a fold."""
        return self._device

    def each(self) -> Iterator[None]:
        """Once for each fold: inside, torch's own random numbers are the fold's.

        For functions that take no generator. Only random numbers of the CPU are the fold's.
        """
        for host in self._host:
            with _as_own(host):
                yield


@contextmanager
def _as_own(generator: torch.Generator) -> Iterator[None]:
    before = torch.get_rng_state()
    torch.set_rng_state(generator.get_state())
    try:
        yield
    finally:
        generator.set_state(torch.get_rng_state())
        torch.set_rng_state(before)
