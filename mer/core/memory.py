"""Failures for want of memory, in words: how much was used, how much there is, what needs less."""

import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path

from mer.core.process_limits import ADDRESSES
from mer.core.stamp import peak_addresses_mb, peak_memory_mb

#: Names of errors, and what the messages of others hold.
_NAMES = {"MemoryError", "OutOfMemoryError", "TerminatedWorkerError", "BrokenProcessPool", "_ArrayMemoryError"}
_NAMES |= {"ArrayMemoryError"}
_SAID = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|Cannot allocate memory|CUDA out of memory|CUDA error: out of memory"
    r"|Unable to allocate|std::bad_alloc|CUBLAS_STATUS_ALLOC_FAILED|failed to map segment from shared object"
)
_ON_GPU = re.compile(r"CUDA|CUBLAS")
#: Of a kernel that has no memory left to say what failed.
_MUTE = "CellExecutionError"
_KILLED = {"TerminatedWorkerError", "BrokenProcessPool", "DeadKernelError"}
#: Control groups of this process, where they are mounted, and the files of version 2 and 1 with their limits.
_GROUP, _GROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
_LIMIT_FILES = {"": (Path(), "memory.max"), "memory": (Path("memory"), "memory.limit_in_bytes")}
_GB = 2**30
#: Bytes of its own (resident, of no file) that a process has at least which trains on a CPU: measured with torch 2.13,
#: one thread and all imports of `mer.training.loso`, 182 MiB before and 252 after the first step of a tiny network.
#: What a configuration needs beyond that is not known beforehand: activations depend on kernels and allocator.
TRAINING = 250 * 2**20
#: Limits of a process, with the letter of `ulimit`.
_ADDRESSED, _HAD = "a process may address (ulimit -v)", "the data of a process may take (ulimit -d)"
_LETTERS = {_ADDRESSED: "v", _HAD: "d"}
#: MB that may be free below the limit of addresses when code fails for want of them: threads reserve as much at once.
_NEAR = 192


def memory_words(error: BaseException) -> str:
    """Whether an error is one of memory, and then what there was and what to do; empty where it is not.

    Args:
        error: it, or what it was raised from: ``MemoryError``, those of torch's allocators on processor and GPU, and a
            worker that the system killed.
    """
    for one in _chain(error):
        if said := memory_words_of(type(one).__name__, str(one)):
            return said
    return ""


def memory_words_of(name: str, message: str) -> str:
    """The same of an error of another process, of which only the name of its class and its message are known."""
    mute = name == _MUTE and not message.strip()
    if not mute and name not in _NAMES | _KILLED and not _SAID.search(message):
        return ""
    if _ON_GPU.search(message) and name not in _KILLED:
        return "The GPU's memory did not suffice. Lower the size of batches (`overrides`), or free the GPU of others."
    how = (
        "A process that is killed by the system has usually run out of memory"
        if name in _KILLED
        else ("The memory did not suffice")
    )
    most = max(peak_memory_mb(), peak_addresses_mb() if _least()[1] == _ADDRESSED else 0)
    used = f"at most {most / 1024:.1f} GB were used by one process"
    return (
        f"{how}: {used}, {limit_words()}. Work with fewer workers (`n_jobs`) or processors (`taskset -c 0 mer ...`), "
        f"or smaller batches (`overrides`).{_raise_words()}"
    )


def training_processes(most: int) -> int:
    """How many processes may train side by side: ``most``, or as many as can have memory, at least 1.

    Of the machine's memory and that of the control group, from which the process that starts them is taken off. It is
    a bound from above that refuses nothing: each may need more than `TRAINING`.
    """
    shared = min(size for size, words in _limits() if words not in _LETTERS)
    return max(1, min(most, shared // TRAINING - 1))


def limited_words() -> str:
    """What there is to say where a limit of memory ended a command and no error tells how."""
    return f"The memory did not suffice: {limit_words()}.{_raise_words()}"


def at_the_limit() -> bool:
    """Whether this process has had about as many addresses as it may have (``ulimit -v``)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return soft != resource.RLIM_INFINITY and peak_addresses_mb() > soft / 2**20 - _NEAR


def _raise_words() -> str:
    if (letter := _LETTERS.get(_least()[1])) is None:
        return ""
    enough = f"{ADDRESSES / _GB:.1f} GB suffice for the libraries of every command"
    return f" Raise that limit (ulimit -{letter} unlimited): on a CPU {enough}."


def limit_words() -> str:
    """How much memory there is, and what sets that limit."""
    size, words = _least()
    return f"{words} {size / _GB:.1f} GB"


def _least() -> tuple[int, str]:
    return min(_limits())


def _limits() -> Iterator[tuple[int, str]]:
    # Nothing is imported: this is asked when there is no memory left.
    yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), "this machine has"
    for path in _group_limits():
        try:
            yield int(path.read_text(encoding="ascii")), "its control group (container, job) may use"
        except (OSError, ValueError):  # no such group, or "max"
            continue
    for kind, words in ((resource.RLIMIT_AS, _ADDRESSED), (resource.RLIMIT_DATA, _HAD)):
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            yield soft, words


def _group_limits() -> Iterator[Path]:
    """Files with the limits of the control groups that this process is in, and of those around them."""
    try:
        lines = _GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, name = line.split(":", 2)
        for kind, (place, file) in _LIMIT_FILES.items():
            if kind in kinds.split(","):
                inside = _GROUPS / place / name.lstrip("/")
                yield from (one / file for one in (inside, *inside.parents) if one.is_relative_to(_GROUPS / place))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        yield one
        seen.add(id(one))
        one = one.__cause__ or one.__context__
