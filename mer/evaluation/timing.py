"""Times of several pieces of code measured side by side, so that the load of the machine hits all of them alike.

Every round calls every piece once. Two that are to be compared follow each other at once, and which of them comes
first alternates from round to round; their ratio is taken within a round. Medians and quartiles, not means: a machine
that others use as well has long tails.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.core.progress import progress

Call = Callable[[], object]

#: ``wall`` is what a user waits. ``processor`` is the time that the processor's cores spend on this process: hardly
#: changed by what else the machine does, but blind to a GPU, and two cores at once count twice.
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}

TIMES = ["stage", "variant", "round", "seconds"]


def interleaved_times(
    stages: Mapping[str, Mapping[str, Call]],
    repetitions: int,
    warm_up: int = 3,
    clock: Callable[[], float] = time.perf_counter,
    wait: Call = lambda: None,
    what: str = "Timing",
) -> pd.DataFrame:
    """Time every variant of every stage in every round.

    Args:
        stages: name of the stage to name of the variant to a call without arguments.
        repetitions: rounds that count, at least 1.
        warm_up: rounds before them that do not.
        clock: seconds.
        wait: called before each reading of the clock; on a GPU until its queue is empty.
        what: beside the progress bar.

    Returns:
        Columns ``stage, variant, round, seconds``, in the order of measuring; rounds count from 0.
    """
    if repetitions < 1 or warm_up < 0:
        raise InputError(f"{repetitions} repetitions after {warm_up} to warm up; expected 1 or more, after 0 or more.")
    rows = []
    for turn in progress(range(-warm_up, repetitions), what=what, unit="round"):
        for stage, variants in stages.items():
            for variant in list(variants)[:: 1 if turn % 2 == 0 else -1]:
                wait()
                start = clock()
                variants[variant]()
                wait()
                end = clock()
                if turn >= 0:
                    rows.append((stage, variant, turn, end - start))
    return pd.DataFrame(rows, columns=TIMES)


def summary(times: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of every stage and variant.

    Args:
        times: from `interleaved_times`, perhaps with further columns in front that tell several measurements apart.

    Returns:
        One row each, in order of appearance: those further columns, ``stage, variant, ms, ms_low, ms_high, rounds``,
        in milliseconds.
    """
    by = [*(name for name in times.columns if name not in TIMES), "stage", "variant"]
    groups = (times["seconds"] * 1000).groupby([times[name] for name in by], sort=False)
    table = groups.agg(
        ms="median", ms_low=lambda v: v.quantile(0.25), ms_high=lambda v: v.quantile(0.75), rounds="count"
    )
    return table.reset_index()


def paired_ratios(times: pd.DataFrame, over: str, under: str) -> pd.DataFrame:
    """How long the variant ``over`` takes as a multiple of ``under``: median and quartiles of the rounds' ratios.

    Args:
        times: from `interleaved_times`, perhaps with further columns as for `summary`.
        over: variant.
        under: variant it is compared with.

    Returns:
        One row a stage that has both: further columns, ``stage, ratio, ratio_low, ratio_high, rounds``.

    Raises:
        InputError: no stage has both.
    """
    keys = [*(name for name in times.columns if name not in TIMES), "stage"]
    wide = times.pivot_table(index=[*keys, "round"], columns="variant", values="seconds", sort=False)
    if not {over, under} <= set(wide.columns) or wide[[over, under]].dropna().empty:
        raise InputError(f"No stage was timed as {over!r} and {under!r}; there are {sorted(set(times['variant']))}.")
    ratios = (wide[over] / wide[under]).dropna().rename("value").reset_index()
    rows = []
    for key, group in ratios.groupby(keys, sort=False):
        low, middle, high = np.quantile(group["value"], [0.25, 0.5, 0.75])
        rows.append((*_as_tuple(key), middle, low, high, len(group)))
    return pd.DataFrame(rows, columns=[*keys, "ratio", "ratio_low", "ratio_high", "rounds"])


def _as_tuple(key: object) -> Sequence[object]:
    return key if isinstance(key, tuple) else (key,)
