"""Where and in which precision to compute."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from mer.core.errors import InputError
from mer.core.processors import processors


def choose_device(name: str = "auto") -> torch.device:
    """The device called ``name``; ``auto`` is CUDA when there is one, else the CPU.

    Raises:
        InputError: the name is unknown, or a GPU is asked for that is absent.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name):
        raise InputError(f"Unknown device {name!r}. Expected auto, cpu, cuda or cuda:<number>.")
    if name != "cpu" and not torch.cuda.is_available():
        raise InputError(
            f"Device {name!r} was asked for, but this torch {torch.__version__} sees no GPU. Use auto or cpu."
        )
    device = torch.device(name)
    if device.index is not None and device.index >= torch.cuda.device_count():
        raise InputError(f"Device {name!r} was asked for; there are {torch.cuda.device_count()}, counted from cuda:0.")
    return device


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is computed in hardware: recent GPUs, few CPUs; elsewhere it is emulated."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(probe())


def mixed_precision(device: torch.device, precision: str = "auto") -> AbstractContextManager:
    """Autocast to bfloat16 for ``mixed``, nothing for ``float32``; ``auto`` mixes where the hardware is fast at it."""
    if precision not in {"auto", "mixed", "float32"}:
        raise InputError(f"Unknown precision {precision!r}. Expected auto, mixed or float32.")
    if precision == "mixed" or (precision == "auto" and has_fast_bfloat16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def worker_count(device: torch.device, n_jobs: int | None = None) -> int:
    """How many folds to train side by side: one a CPU core, one on a GPU, unless ``n_jobs`` says otherwise."""
    if n_jobs is not None:
        if n_jobs < 1:
            raise InputError(f"n_jobs is {n_jobs}, expected at least 1 (or None to choose by machine).")
        return n_jobs
    return 1 if device.type == "cuda" else processors()


@contextmanager
def one_thread(device: str) -> Iterator[None]:
    """One CPU thread inside.

    As many processes as cores train side by side, and results do not depend on the number of cores.
    """
    before = torch.get_num_threads()
    if device == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
