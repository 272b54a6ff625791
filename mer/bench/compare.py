"""Times of variants side by side as comparisons, and how far two sets of numbers are from each other."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mer.bench.frame import Check, Comparison, Ratio, Times
from mer.bench.options import Options
from mer.core.errors import InputError
from mer.evaluation.timing import Call, interleaved_times, paired_ratios, summary


def compare(
    name: str,
    variants: Mapping[str, Call],
    options: Options,
    *,
    rounds: int,
    tolerance: float | None = None,
    check: Check | None = None,
    ratios: Sequence[tuple[str, str]] = (),
    warm_up: int = 1,
    aim: str = "",
    note: str = "",
) -> Comparison:
    """Time variants of the same work in turns and check that they return the same numbers.

    Args:
        name: what is done.
        variants: name to a call; the first is the plain reference.
        options: device, rounds.
        rounds: unless the options say otherwise.
        tolerance: how far any number that a variant returns may be from the plain one's; the calls are made once more
            for that, one variant after the other.
        check: made by the caller instead, where the variants are not meant to return the same.
        ratios: pairs of variants, the first over the second; by default the plain one over each other one, which says
            how many times faster that is.
        warm_up: rounds before those that count.
        aim: name of an aim of the benchmark, for the first ratio.
        note: for a reader.

    Raises:
        InputError: fewer than two variants, or neither a tolerance nor a check, or both.
    """
    return compare_all(
        {name: variants},
        options,
        rounds=rounds,
        tolerance=tolerance,
        checks=None if check is None else {name: check},
        ratios=ratios,
        warm_up=warm_up,
        aims={name: aim},
        note=note,
    )[0]


def compare_all(
    stages: Mapping[str, Mapping[str, Call]],
    options: Options,
    *,
    rounds: int,
    tolerance: float | None = None,
    checks: Mapping[str, Check] | None = None,
    ratios: Sequence[tuple[str, str]] = (),
    warm_up: int = 1,
    aims: Mapping[str, str] | None = None,
    note: str = "",
) -> list[Comparison]:
    """`compare` for several pieces of work, all of them in every round: one comparison each."""
    if (tolerance is None) == (checks is None):
        raise InputError("Give a tolerance within which the variants return the same numbers, or checks of your own.")
    for stage, variants in stages.items():
        if len(variants) < 2:
            raise InputError(f"{stage!r} has the variants {list(variants)}; a comparison needs two or more.")
    found = dict(checks or {})
    if tolerance is not None:
        for stage, variants in stages.items():
            found[stage] = same_numbers({name: call() for name, call in variants.items()}, tolerance)
    if missing := [stage for stage in stages if stage not in found]:
        raise InputError(f"No check for {missing}; every comparison needs one.")
    what = f"Timing {next(iter(stages))}" if len(stages) == 1 else f"Timing {len(stages)} stages"
    times = interleaved_times(stages, options.times(rounds), warm_up, wait=options.wait, what=what)
    return [
        comparison(times[times["stage"] == stage], ratios, found[stage], (aims or {}).get(stage, ""), note)
        for stage in stages
    ]


def comparison(
    times: pd.DataFrame, ratios: Sequence[tuple[str, str]], check: Check | None, aim: str = "", note: str = ""
) -> Comparison:
    """A comparison from the times of one stage (`mer.evaluation.timing.interleaved_times`)."""
    rows = summary(times)
    names = rows["variant"].tolist()
    every = tuple(
        Times(str(row["variant"]), float(row["ms"]), float(row["ms_low"]), float(row["ms_high"]), int(row["rounds"]))
        for row in rows.to_dict("records")
    )
    pairs = []
    for over, under in ratios or [(names[0], name) for name in names[1:]]:
        row = paired_ratios(times, over, under).iloc[0]
        pairs.append(Ratio(over, under, float(row["ratio"]), float(row["ratio_low"]), float(row["ratio_high"])))
    return Comparison(str(rows["stage"].iloc[0]), every, tuple(pairs), check, aim, note)


def same_numbers(returned: Mapping[str, Any], tolerance: float) -> Check:
    """How far what several variants returned is from what the first of them did.

    Args:
        returned: name of the variant to a number, array, tensor, table, or a mapping or sequence of such.
        tolerance: largest difference that may be.
    """
    (plain, reference), *others = returned.items()
    largest = max((largest_difference(reference, other) for _, other in others), default=0.0)
    return Check(f"{', '.join(name for name, _ in others)} against {plain}", largest, tolerance)


def largest_difference(first: Any, second: Any) -> float:
    """Largest absolute difference of two nested sets of numbers; infinite where their forms differ.

    NaN agrees with NaN only; words and None must be equal.
    """
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        if set(first) != set(second):
            return math.inf
        return max((largest_difference(first[key], second[key]) for key in first), default=0.0)
    if isinstance(first, pd.DataFrame) and isinstance(second, pd.DataFrame):
        return largest_difference(first.to_dict("series"), second.to_dict("series"))
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        if len(first) != len(second):
            return math.inf
        return max((largest_difference(*pair) for pair in zip(first, second, strict=True)), default=0.0)
    one, other = _array(first), _array(second)
    if one.shape != other.shape:
        return math.inf
    if one.dtype.kind not in "biufc" or other.dtype.kind not in "biufc":
        return 0.0 if bool(np.all(one == other)) else math.inf
    if one.size == 0:
        return 0.0
    wide = complex if "c" in (one.dtype.kind, other.dtype.kind) else float
    one, other = one.astype(wide), other.astype(wide)
    if not bool((np.isnan(one) == np.isnan(other)).all()):
        return math.inf
    with np.errstate(invalid="ignore"):
        difference = np.where(one == other, 0.0, np.abs(one - other))
    return float(np.nan_to_num(difference, nan=0.0, posinf=math.inf).max())


def _array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):  # of torch, on any device; bfloat16 has no NumPy type
        value = value.detach().cpu()
        value = (value.double() if value.is_floating_point() else value).numpy()
    return np.asarray(value)
