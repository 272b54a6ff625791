"""A module run on shapes alone: what it would do with a batch is seen, and nothing is computed."""

from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call


def run_on_shapes(module: nn.Module, given: Sequence[Tensor | None]) -> None:
    """The module's forward pass on tensors without values; hooks and dispatch modes see it as ever.

    Args:
        module: may be anywhere, on the meta device too; it is not changed.
        given: a batch, of which shapes, types and device count.
    """
    device = next(value.device for value in given if value is not None)

    def like(value: Tensor) -> Tensor:
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=device)

    with torch.no_grad(), FakeTensorMode():
        values = {name: like(value) for name, value in chain(module.named_parameters(), module.named_buffers())}
        functional_call(module, values, tuple(None if value is None else like(value) for value in given))
