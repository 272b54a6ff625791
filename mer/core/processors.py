"""How many processors there are to use, and OpenCV kept to one where work already runs side by side."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def processors(most: int | None = None) -> int:
    """Processors that this process may use (not those of the machine), at most ``most``, at least 1.

    In a job of SLURM at most those that it asked for: not every cluster keeps jobs to them.
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if (given := os.environ.get("SLURM_CPUS_PER_TASK", "")).isdigit():
        count = min(count, int(given))
    return max(1, count if most is None else min(most, count))


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """OpenCV's own threads off inside the block.

    Threads of threads stand in each other's way, and OpenCV's optical flow depends on how many share an image.
    """
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
