"""How many folds are trained as one stacked model."""

import gc
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mer.core.errors import InputError
from mer.core.spread import side_by_side
from mer.training.shapes import run_on_shapes
from mer.training.stacked import Given

Result = TypeVar("Result")
Name = TypeVar("Name")

#: Multiply-adds of a stacked step that are enough for a large GPU: a few milliseconds of its time, as long as Python
#: takes to prepare a step. Larger models are not stacked: grouped convolutions are no faster than one after another.
ENOUGH = 2e11
#: Folds that are stacked at least, where they are small enough for it: on a cluster each part is a job of its own.
LEAST = 8


def how_many(device: torch.device, waiting: int, workers: int, step: Callable[[], float]) -> int:
    """Folds a stacked model, at least 1.

    On a CPU one: there stacked folds are no faster than folds in processes side by side.

    Args:
        device: where to train.
        waiting: folds that are to be trained.
        workers: processes that share them, on this machine or in each job of a cluster.
        step: gives the multiply-adds of one fold's training step; asked on a GPU only.
    """
    if device.type == "cpu":
        return 1
    most = max(1, min(waiting, round(ENOUGH / max(1.0, step()))))
    # Shared out among GPUs, but not into parts so small that starting them takes longer than their work.
    share = max(-(-waiting // max(1, side_by_side(workers))), LEAST)
    return min(most, share)


def multiply_adds(task: nn.Module, given: Given) -> float:
    """Multiply-adds of a training step of one module: its forward pass, and twice that for the gradients.

    Args:
        task: of `mer.training.tasks`; it is not changed, and nothing is computed.
        given: a batch; only its shapes count.
    """
    with FlopCounterMode(display=False) as counter:
        run_on_shapes(task, given)
    return 3 * counter.get_total_flops() / 2


def checked_together(together: int | None) -> None:
    """Refuse a number of folds that cannot be.

    Raises:
        InputError: it is below 1.
    """
    if together is not None and together < 1:
        raise InputError(f"together is {together}, expected at least 1 fold (or None to choose by machine).")


def halved(
    train: Callable[[Sequence[Name]], Iterable[Result]], folds: Sequence[Name], device: torch.device
) -> Iterator[Result]:
    """Train folds as one; where a GPU's memory is too small for that, as two halves, and so on.

    Args:
        train: trains some folds as one stacked model, and gives nothing before all are trained.
        folds: to train.
        device: whose memory is freed before the next try.
    """
    try:
        results = list(train(folds))
    except torch.cuda.OutOfMemoryError:
        if len(folds) == 1:
            raise
    else:
        yield from results
        return
    gc.collect()  # optimiser and schedule of the try may hold each other
    torch.cuda.empty_cache()
    middle = len(folds) // 2
    warnings.warn(f"The memory of {device} is too small for {len(folds)} folds at once: trying {middle}.", stacklevel=2)
    for half in (folds[:middle], folds[middle:]):
        yield from halved(train, half, device)
