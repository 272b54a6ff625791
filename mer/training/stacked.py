"""Several models of one shape trained as one: their tensors stacked along a new first axis, computed by one call.

A small model keeps a GPU waiting for the next call most of the time; sixty-eight of them in one call take little longer
than one. Nothing passes between the models: each has its own data, its own random numbers and its own gradient, and
Adam works value by value, so every model becomes what it would have become alone (to rounding).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from mer.models.dropout import Dropout
from mer.training.random_streams import Streams
from mer.training.shapes import run_on_shapes

Given = Sequence[Tensor | None]
#: Of a dropout: the chance that a value stays, shape and strides of what it is given.
Site = tuple[float, torch.Size, tuple[int, ...]]


class StackedModels:
    """F modules of one shape, each of which maps a batch to its losses (`mer.training.tasks`).

    Attributes:
        count: F.
        parameters: by name, (F, ...), leaves that gradients are computed for.
        buffers: by name, (F, ...).
    """

    def __init__(self, tasks: Sequence[nn.Module]) -> None:
        """Stack their values; the modules themselves are not changed by training."""
        self.count = len(tasks)
        self.parameters, self.buffers = stack_module_state(list(tasks))
        self._template = copy.deepcopy(tasks[0]).to("meta").train()
        self._sites: dict[str, Site] | None = None

    def masks(self, given: Given, streams: Streams) -> dict[str, Tensor]:
        """Dropout masks for a batch, by name, (F, ...), each model's from its own stream."""
        if self._sites is None:
            self._sites = self._find_sites(given)
        return {name: streams.bernoulli(*site) for name, site in self._sites.items()}

    def losses(self, given: Given, masks: Mapping[str, Tensor]) -> Tensor:
        """What each module makes of its batch: (F, losses). An argument is (F, ...), or None for all."""
        values = {**self.parameters, **self.buffers, **masks}

        def one(own: dict[str, Tensor], *batch: Any) -> Any:
            return functional_call(self._template, own, batch)

        return vmap(one, in_dims=(0, *(None if value is None else 0 for value in given)))(values, *given)

    def named(self, prefix: str) -> list[Tensor]:
        """The stacked parameters whose names begin with ``prefix``."""
        return [value for name, value in self.parameters.items() if name.startswith(prefix)]

    def state(self, k: int, prefix: str) -> dict[str, Tensor]:
        """State dict of the part of module ``k`` that ``prefix`` names."""
        known = [name for name in self._template.state_dict() if name.startswith(prefix)]
        both = {**self.parameters, **self.buffers}
        return {name.removeprefix(prefix): both[name][k].detach().clone() for name in known}

    def _find_sites(self, given: Given) -> dict[str, Site]:
        """Where masks are needed and of which shape, in the order of the forward pass: found without computing it."""
        found: dict[str, Site] = {}

        def note(name: str, module: nn.Module, inputs: tuple[Tensor]) -> None:
            assert isinstance(module, Dropout)
            if module.p > 0:
                found[f"{name}.mask"] = (1 - module.p, inputs[0].shape, inputs[0].stride())

        layers = {name: layer for name, layer in self._template.named_modules() if isinstance(layer, Dropout)}
        hooks = [layer.register_forward_pre_hook(partial(note, name)) for name, layer in layers.items()]
        run_on_shapes(self._template, [None if value is None else value[0] for value in given])
        for hook in hooks:
            hook.remove()
        for name, (_, shape, _) in found.items():  # a place for the mask that each call gives
            layers[name.removesuffix(".mask")].mask = torch.empty(shape, dtype=torch.bool, device="meta")
        return found


def norm_of_each(gradients: Sequence[Tensor | None]) -> Tensor:
    """Norm of each model's gradient over all its stacked parameters: (F,)."""
    squares = [value.detach().float().flatten(1).square().sum(1) for value in gradients if value is not None]
    return torch.stack(squares).sum(0).sqrt()


def clip_each(parameters: Sequence[Tensor], most: float) -> None:
    """Shorten the gradient of each model, as `torch.nn.utils.clip_grad_norm_` does of one, to a norm of ``most``."""
    gradients = [value.grad for value in parameters if value.grad is not None]
    factor = (most / (norm_of_each(gradients) + 1e-6)).clamp(max=1.0)
    for value in gradients:
        value.mul_(factor.view(-1, *[1] * (value.ndim - 1)))


Optimisers = Sequence[torch.optim.Optimizer]


def make_step(models: StackedModels, optimisers: Optimisers, clip: float = 0.0) -> Callable[..., Tensor]:
    """A training step: minimise the first of each module's losses; returns all of them, (F, losses)."""

    def step(given: Given, masks: Mapping[str, Tensor]) -> Tensor:
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        losses = models.losses(given, masks)
        losses[:, 0].sum().backward()
        if clip:
            clip_each(list(models.parameters.values()), clip)
        for optimiser in optimisers:
            optimiser.step()
        return losses.detach()

    return step
