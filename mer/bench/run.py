"""Run a benchmark: settle device and threads, collect its results, judge its aims, stamp the record."""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from mer.bench.frame import Benchmark, Result
from mer.bench.options import Options
from mer.bench.record import Record, judged, load, stamp
from mer.core.errors import InputError
from mer.core.stamp import now


def settled(options: Options) -> Options:
    """The options with the device that ``auto`` means here.

    Raises:
        InputError: the device is unknown or absent.
    """
    from mer.training.device import choose_device

    return replace(options, device=str(choose_device(options.device)))


def run_benchmark(
    benchmark: Benchmark, options: Options, command: str, tell: Callable[[Result], None] = lambda result: None
) -> Record:
    """Run a benchmark.

    Args:
        benchmark: from the catalogue.
        options: settled (`settled`).
        command: the exact command line, for the record.
        tell: called with every result as soon as it is there.

    Raises:
        InputError: it cannot run on this device.
    """
    if options.kind not in benchmark.devices:
        raise InputError(
            f"Benchmark {benchmark.name!r} runs on {' or '.join(benchmark.devices)} only; the device is "
            f"{options.device}. Choose another with --device."
        )
    results: list[Result] = []
    with _threads(options.threads):
        known = stamp(options, command)
        began, before, start = now(), load(), time.perf_counter()
        for result in importlib.import_module(benchmark.module).run(options):
            tell(result)
            results.append(result)
        seconds = round(time.perf_counter() - start, 2)
    if not results:
        raise InputError(f"Benchmark {benchmark.name!r} gave no result on {options.device}.")
    known |= {"shows": benchmark.shows, "date": began, "seconds": seconds, "load": {"start": before, "end": load()}}
    verdicts = judged(benchmark, results, options.kind)
    return Record(benchmark.name, tuple(results), () if options.quick else verdicts, known)


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    import cv2
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    if count is not None:
        torch.set_num_threads(count)
        cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
