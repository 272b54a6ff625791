"""Numbers of a configuration that must lie within limits: refused when it is made, not in the middle of a training."""

from collections.abc import Mapping
from typing import Any

from mer.core.errors import InputError

#: Lowest and highest value allowed, both included; None for no limit.
Limits = tuple[float | None, float | None]


def check_limits(config: Any, limits: Mapping[str, Limits]) -> None:
    """Check fields of a dataclass, from its ``__post_init__``.

    Args:
        config: the dataclass.
        limits: field to its limits.

    Raises:
        InputError: a value lies outside, or is NaN.
    """
    for name, (low, high) in limits.items():
        value = getattr(config, name)
        above = low is None or value >= low
        below = high is None or value <= high
        if above and below:
            continue
        if low is not None and high is not None:
            expected = f"{low:g} to {high:g}"
        else:
            expected = f"{low:g} or more" if low is not None else f"{high:g} or less"
        remedy = "Lower it" if above else "Raise it" if value < (low or 0) else "Give a number"
        kind = type(config).__name__
        raise InputError(f"{name} of {kind} is {value!r}; expected {expected}. {remedy}, for instance in `overrides`.")
