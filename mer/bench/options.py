"""What every benchmark is asked with, and where it computes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mer.core.errors import InputError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Options:
    """How to run a benchmark.

    Attributes:
        device: ``cpu``, ``cuda`` or ``cuda:<number>``; ``auto`` is settled before.
        quick: a small version that takes seconds and tells nothing of speed; for tests.
        rounds: of timing; None leaves them to the benchmark.
        threads: of the CPU, for torch and OpenCV; None leaves them as they are.
    """

    device: str = "cpu"
    quick: bool = False
    rounds: int | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name in ("rounds", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}, expected 1 or more.")

    @property
    def kind(self) -> str:
        """``cpu`` or ``cuda``: what files of results are named by."""
        return self.device.partition(":")[0]

    @property
    def torch_device(self) -> "torch.device":
        """The device as torch has it."""
        import torch

        return torch.device(self.device)

    def times(self, rounds: int) -> int:
        """Rounds to time: those asked for, else 2 where it must be quick, else the benchmark's own ``rounds``."""
        return self.rounds or (2 if self.quick else rounds)

    def wait(self) -> None:
        """Until the GPU has done what it was told; at once on a CPU."""
        if self.kind == "cuda":
            import torch

            torch.cuda.synchronize(self.torch_device)
