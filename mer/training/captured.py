"""Training steps captured as one piece of work for a GPU and replayed, so that Python does not hold it up.

A step of a small model is some hundred short kernels, each of which takes longer to launch than to run. Captured as a
CUDA graph they are launched by one call.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

Given = Sequence[Tensor | None]
Step = Callable[[Given, Mapping[str, Tensor]], Tensor]

#: Steps that run as they are before one is captured: libraries choose their kernels, and the optimisers make their
#: state, in the first ones.
BEFORE = 3


class CapturedStep:
    """A training step, captured after its first calls; every call is a step that counts."""

    def __init__(self, step: Step, device: torch.device) -> None:
        """``step`` maps a batch and its dropout masks to losses, always of the same shapes, on ``device``."""
        self.step, self.device = step, device
        self.calls, self.refused = 0, False
        self.stream: torch.cuda.Stream | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.given: list[Tensor | None] = []
        self.masks: dict[str, Tensor] = {}
        self.losses: Tensor | None = None

    def __call__(self, given: Given, masks: Mapping[str, Tensor]) -> Tensor:
        """One step; the losses stand in memory that the next call writes to."""
        self.calls += 1
        with torch.cuda.device(self.device):  # else another GPU's stream would be captured, and nothing replayed
            if self.calls <= BEFORE:
                return self._aside(given, masks)
            if self.graph is None and not self.refused:
                self._capture(given, masks)
            if self.graph is None or self.losses is None:
                return self.step(given, masks)
            for kept, new in zip(self.given, given, strict=True):
                if kept is not None and new is not None:
                    kept.copy_(new, non_blocking=True)
            for name, own in self.masks.items():
                own.copy_(masks[name], non_blocking=True)
            self.graph.replay()
            return self.losses

    def _aside(self, given: Given, masks: Mapping[str, Tensor]) -> Tensor:
        """A step as it is, on a stream of its own, as capturing wants of the steps before it."""
        self.stream = self.stream or torch.cuda.Stream(self.device)
        self.stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self.stream):
            losses = self.step(given, masks)
        torch.cuda.current_stream(self.device).wait_stream(self.stream)
        return losses

    def _capture(self, given: Given, masks: Mapping[str, Tensor]) -> None:
        """Capture the step, which computes nothing yet. Where that fails, steps go on as they are."""
        self.given = [None if value is None else value.clone() for value in given]
        self.masks = {name: value.clone() for name, value in masks.items()}
        graph, before = torch.cuda.CUDAGraph(), torch.cuda.current_stream(self.device)
        try:
            with torch.cuda.graph(graph, stream=self.stream):
                self.losses = self.step(self.given, self.masks)
            self.graph = graph
        except torch.cuda.OutOfMemoryError:
            raise  # fewer folds at once may fit
        except RuntimeError as error:
            self.refused, self.given, self.masks = True, [], {}
            torch.cuda.set_stream(before)  # a capture that broke off leaves its own behind
            warnings.warn(f"Training steps are not captured, which makes them slower: {error}", stacklevel=3)


def captured(step: Step, device: torch.device) -> Step:
    """The step, captured where there is a GPU; on a CPU as it is."""
    return CapturedStep(step, device) if device.type == "cuda" else step


def rate(value: float, device: torch.device) -> Any:
    """A learning rate for an optimiser whose steps may be captured: a number in a GPU's memory, which can change."""
    return torch.tensor(value, device=device) if device.type == "cuda" else value


def capturable(device: torch.device) -> dict[str, Any]:
    """What such an optimiser is told."""
    return {"capturable": True} if device.type == "cuda" else {}
