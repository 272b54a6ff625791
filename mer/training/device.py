"""Where and in which precision to compute."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from mer.core.errors import InputError
from mer.core.memory import training_processes
from mer.core.places import place
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
    """How many processes train side by side: one a CPU core, one a GPU, unless ``n_jobs`` says otherwise.

    Fewer on a CPU whose memory is too small for the libraries of so many; how many there are changes no result.
    ``cuda`` is all GPUs that this process sees, ``cuda:1`` that one.
    """
    if n_jobs is not None:
        if n_jobs < 1:
            raise InputError(f"n_jobs is {n_jobs}, expected at least 1 (or None to choose by machine).")
        return n_jobs
    if device.type == "cuda":
        return max(1, torch.cuda.device_count()) if device.index is None else 1
    return training_processes(processors())


def device_here(name: str) -> torch.device:
    """The device for what one of several processes computes, from what `choose_device` gave to all of them.

    With ``cuda`` each process has a GPU of its own, that of its place (`mer.core.places`); more processes than GPUs
    share them evenly.
    """
    device = torch.device(name)
    if name != "cuda" or (count := torch.cuda.device_count()) < 2:
        return device
    device = torch.device("cuda", gpu_of(place(), count))
    torch.cuda.set_device(device)  # also for what does not say on which GPU
    return device


def gpu_of(place: int, count: int) -> int:
    """Number of the GPU, of ``count``, for the process that holds a place."""
    return place % count


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
