"""Time and memory of a study's steps against the number of clips, frames, folds, and the length of sequences.

Each size is measured in a process of its own on made-up clips (`mer.bench.scale_data`), by the code that studies run
(`mer.bench.scale_steps`). Times are those of the processor, for others use the machine as well; memory is the process's
own, without the files that are mapped into it, which the system takes back when it needs room.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import numpy as np

from mer.bench.catalogue import BOOKKEEPING, FOLD_FRAMES
from mer.bench.compare import compare
from mer.bench.frame import Check, Measurement, Result, Series, series
from mer.bench.fresh import Cost, in_fresh_process, in_this_process
from mer.bench.options import Options
from mer.bench.scale_data import composite_counts, make_database
from mer.bench.scale_plain import plain_resampled_matrices, plain_tim_matrix
from mer.bench.scale_store import forget_files, make_large_store
from mer.core.progress import progress
from mer.evaluation.intervals import BootstrapConfig, resampled_matrices
from mer.motion.tim import tim_matrix

_STEPS = "mer.bench.scale_steps"
#: Step, its arguments, variables of the environment, repeats.
Measure: TypeAlias = Callable[..., list[Cost]]
#: How many times what is quick is measured; the median counts.
_REPEATS = 5


def run(options: Options) -> Iterator[Result]:
    """All of it; quick: the same on a few clips."""
    quick = options.quick
    measure = partial(_measure, in_this_process if quick else in_fresh_process)
    with tempfile.TemporaryDirectory(prefix="mer-scale-") as place:
        folder = Path(place)
        yield from _same_numbers(options)
        yield from _against_clips(measure, folder / "clips", (12, 24, 36) if quick else (100, 300, 1000, 3000, 10_000))
        yield from _against_frames(measure, folder / "frames", (4, 8, 12) if quick else (30, 100, 300, 1000, 3000))
        clips, persons = (24, (3, 6, 12)) if quick else (1000, (10, 30, 100, 300, 1000))
        yield from _against_folds(measure, folder / "folds", clips, persons)
        clips, lengths = (6, (3, 6, 9)) if quick else (300, (5, 10, 20, 40, 80))
        yield from _against_length(measure, folder / "length", clips, lengths)
        counts = composite_counts(10)
        yield from _large_store(measure, folder / "large", counts[:60] if quick else counts, 16 if quick else 128)


def _same_numbers(options: Options) -> Iterator[Result]:
    frames = 60 if options.quick else 1000
    yield compare(
        f"weights of interpolation in time, clip of {frames} frames to 10",
        {"plain": lambda: plain_tim_matrix(frames, 10), "fast": lambda: tim_matrix.__wrapped__(frames, 10)},
        options,
        rounds=15,
        tolerance=1e-12,
        note="plain takes the square of the frames",
    )
    persons = 40 if options.quick else 1538  # of 10,000 clips
    matrices = np.random.default_rng(0).integers(0, 4, (persons, 3, 3))
    config = BootstrapConfig()
    yield compare(
        f"bootstrap over {persons} persons",
        {
            "plain": lambda: plain_resampled_matrices(matrices, config),
            "fast": lambda: resampled_matrices(matrices, config),
        },
        options,
        rounds=5,
        tolerance=0,
        note="fast holds a block of the draws at a time",
    )


def _against_clips(measure: Measure, folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    costs: dict[str, list[Cost]] = {}
    for size in progress(sizes, what="Against clips", unit="size"):
        database = make_database(folder / str(size), size)
        cache = {"MER_CACHE": str(folder / f"{size}-cache")}
        for name, step, given in (
            ("opening the database", "open_database", {"database": str(database)}),
            ("aligning", "align", {"database": str(database)}),
        ):
            costs.setdefault(name, []).extend(measure(step, given, cache))
        store = {"store": costs["aligning"][-1].returned}
        for name, step, given, repeats in (
            ("opening the store", "open_the_store", store, _REPEATS),
            ("sequences of 10 frames", "sequences", store, 1),
            ("displacements generated", "displacements", store | {"folder": str(folder / "dgm")}, 1),
            ("300 batches of random pairs", "pairs", store, 1),
            (BOOKKEEPING, "bookkeeping", store | {"folder": str(folder / "run")}, 1),
            (FOLD_FRAMES, "fold_inputs", store, 1),
        ):
            costs.setdefault(name, []).append(_middle(measure(step, given, cache, repeats)))
    for name, found in costs.items():
        flat = name not in (BOOKKEEPING, FOLD_FRAMES)  # these hold results or frames of every clip by design
        yield from _lines(name, "clips", sizes, found, flat)
    held = [cost.returned for cost in costs[FOLD_FRAMES]]
    yield series(f"{FOLD_FRAMES}: held", "clips", "MiB", sizes, [one / 2**20 for one in held])


def _against_frames(measure: Measure, folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    """Ten clips, longer and longer."""
    aligned, opened, sequences = [], [], []
    for size in progress(sizes, what="Against frames", unit="size"):
        database = make_database(folder / str(size), 10, size)
        cache = {"MER_CACHE": str(folder / f"{size}-cache")}
        aligned += measure("align", {"database": str(database)}, cache)
        store = {"store": aligned[-1].returned}
        opened.append(_middle(measure("open_the_store", store, cache, _REPEATS)))
        sequences += measure("sequences", store, cache)
    yield from _lines("aligning", "frames a clip", sizes, aligned)
    yield from _lines("opening the store", "frames a clip", sizes, opened)
    yield from _lines("sequences of 10 frames", "frames a clip", sizes, sequences)


def _against_folds(measure: Measure, folder: Path, clips: int, sizes: Sequence[int]) -> Iterator[Result]:
    found = []
    for size in progress(sizes, what="Against folds", unit="size"):
        database = make_database(folder / str(size), clips, 3, size)
        cache = {"MER_CACHE": str(folder / f"{size}-cache")}
        (store,) = measure("align", {"database": str(database)}, cache)
        found += measure("bookkeeping", {"store": store.returned, "folder": str(folder / "run")}, cache)
    yield from _lines(f"{clips} clips: {BOOKKEEPING}", "folds", sizes, found)


def _against_length(measure: Measure, folder: Path, clips: int, sizes: Sequence[int]) -> Iterator[Result]:
    database = make_database(folder / "database", clips, 12 if clips < 100 else 60)
    (store,) = measure("align", {"database": str(database)}, {"MER_CACHE": str(folder / "cache")})
    found = []
    for size in progress(sizes, what="Against the length of sequences", unit="size"):
        cache = {"MER_CACHE": str(folder / f"{size}-cache")}
        found += measure("sequences", {"store": store.returned, "wanted": size}, cache)
    yield from _lines(f"{clips} clips: sequences", "frames a sequence", sizes, found)


def _large_store(measure: Measure, folder: Path, counts: list[int], size: int) -> Iterator[Result]:
    store = make_large_store(folder, counts, size)
    about = f"{len(counts):,} clips, {sum(counts):,} frames of {size} x {size} pixels"
    cold = []
    for _ in range(_REPEATS):
        forget_files(store)
        cold.append(measure("open_the_store", {"store": str(store)}, {})[0])
    warm = measure("open_the_store", {"store": str(store)}, {}, 1 + _REPEATS)[1:]
    yield Measurement(
        "ten composite databases opened, new process, files not in memory",
        median(cost.seconds for cost in cold),
        "s",
        aim="open",
        note=f"{about}; checked are the sizes of all files, the SHA-256 of small ones and of the first and last MiB of "
        "large ones, and every row of the clip table",
    )
    yield Measurement("the same again in that process", median(cost.seconds for cost in warm), "s", aim="open")
    yield Measurement("its own memory", max(cost.anonymous_mb - cost.before_mb for cost in cold), "MiB")
    bytes_of_frames = (store / "frames.npy").stat().st_size
    yield Measurement("its frames, mapped and not read", bytes_of_frames / 2**30, "GiB")
    yield Check("clips opened against clips made", abs(cold[0].returned - len(counts)), 0)


def _lines(name: str, x: str, sizes: Sequence[int], costs: Sequence[Cost], flat: bool = True) -> Iterator[Result]:
    """Time and memory as series; how they grow judged by the aims."""
    time = series(f"{name}: time by {x}", x, "s", sizes, [cost.processor for cost in costs])
    own = [cost.anonymous_mb - cost.before_mb for cost in costs]
    resident = f"{costs[0].resident_mb:.0f} to {costs[-1].resident_mb:.0f} MiB"
    note = f"anonymous, beside Python and packages; resident with these and with mapped files {resident}"
    if not flat:
        note += f"; it holds something of all {x}, so it grows by design and is not judged"
    memory = series(f"{name}: memory by {x}", x, "MiB", sizes, own, note)
    yield time
    yield Measurement(f"{name}: time grows with {x} as the power", growth(time), "", aim="linear")
    yield memory
    if flat:
        grown = own[-1] - own[0]
        yield Measurement(f"{name}: memory more at {sizes[-1]:,} {x} than at {sizes[0]:,}", grown, "MiB", aim="flat")


def growth(found: Series) -> float:
    """The power of the size with which a quantity grows over its three largest sizes: 1 is linear, 2 quadratic."""
    sizes, values = np.log(found.sizes[-3:]), np.log(np.maximum(found.values[-3:], 1e-9))
    return float(np.polyfit(sizes, values, 1)[0])


def _middle(costs: Sequence[Cost]) -> Cost:
    """One cost of several of the same: the median time, the largest memory since before the first."""
    return replace(
        costs[0],
        seconds=median(cost.seconds for cost in costs),
        processor=median(cost.processor for cost in costs),
        resident_mb=max(cost.resident_mb for cost in costs),
        anonymous_mb=max(cost.anonymous_mb for cost in costs),
    )


def _measure(
    how: Measure, step: str, given: dict[str, Any], environment: dict[str, str], repeats: int = 1
) -> list[Cost]:
    return how(f"{_STEPS}:{step}", given, environment, repeats)
