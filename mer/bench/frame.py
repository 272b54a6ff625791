"""What a benchmark says: aims, and results that are plain data, written to JSON and read back.

A *comparison* times two or more variants side by side; a *measurement* is one quantity; a *series* is a quantity
against a size; a *check* is how far the fast numbers are from the plain ones. A check that fails makes the benchmark
fail, whatever the times are.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from mer.core.configs import from_dict
from mer.core.errors import InputError, nearest


@dataclass(frozen=True)
class Aim:
    """A number that a benchmark is meant to reach.

    Attributes:
        name: results name it by this.
        what: the quantity, for a reader.
        value: the number.
        direction: which side of it is met.
        unit: of the number; "×" for a ratio.
        source: where the aim comes from.
        device: where it holds: ``cpu``, ``cuda``, or empty for both.
        note: how it is judged, and what is not judged by it with the reason.
    """

    name: str
    what: str
    value: float
    direction: Literal["at most", "at least"]
    unit: str
    source: str
    device: str = ""
    note: str = ""

    def met(self, found: float) -> bool:
        """Whether a number reaches the aim."""
        return found <= self.value if self.direction == "at most" else found >= self.value

    def words(self) -> str:
        """``at most 45 ms``."""
        return f"{self.direction} {self.value:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Benchmark:
    """One entry of ``mer bench``.

    Attributes:
        name: on the command line.
        module: of ``mer.bench`` whose ``run(options)`` yields results; imported when it is run.
        shows: one sentence.
        aims: none where the benchmark only tells.
        devices: where it can run.
        inputs: what is computed on, and whether it is made up.
    """

    name: str
    module: str
    shows: str
    aims: tuple[Aim, ...] = ()
    devices: tuple[str, ...] = ("cpu", "cuda")
    inputs: str = ""

    def aim(self, name: str) -> Aim:
        """The aim of that name.

        Raises:
            InputError: there is none.
        """
        for aim in self.aims:
            if aim.name == name:
                return aim
        raise InputError(f"Benchmark {self.name!r} has no aim {name!r}. {nearest(name, [a.name for a in self.aims])}")


@dataclass(frozen=True)
class Check:
    """How far one set of numbers is from another: the largest difference, and how large it may be."""

    what: str
    largest: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether they are the same; a difference that is no number is none."""
        return bool(self.largest <= self.tolerance)


@dataclass(frozen=True)
class Times:
    """Median and quartiles of a variant's rounds, in milliseconds."""

    variant: str
    ms: float
    ms_low: float
    ms_high: float
    rounds: int


@dataclass(frozen=True)
class Ratio:
    """Time of ``over`` as a multiple of that of ``under``: median and quartiles of the rounds' ratios."""

    over: str
    under: str
    ratio: float
    low: float
    high: float

    @property
    def named(self) -> str:
        """What it is the ratio of: ``plain / fast``."""
        return f"{self.over} / {self.under}"


@dataclass(frozen=True)
class Comparison:
    """Variants of the same work, timed in turns; ``aim`` names an aim for the first ratio."""

    name: str
    times: tuple[Times, ...]
    ratios: tuple[Ratio, ...]
    check: Check | None = None
    aim: str = ""
    note: str = ""
    kind: str = field(default="comparison", init=False)

    def ms(self, variant: str) -> float:
        """Median milliseconds of a variant."""
        return next(one.ms for one in self.times if one.variant == variant)

    @property
    def value(self) -> float:
        """What the aim is about."""
        return self.ratios[0].ratio


@dataclass(frozen=True)
class Measurement:
    """One quantity: peak memory, operations, bytes, a share of a limit; ``aim`` names an aim for it."""

    name: str
    value: float
    unit: str
    aim: str = ""
    note: str = ""
    kind: str = field(default="measurement", init=False)


@dataclass(frozen=True)
class Series:
    """A quantity against a size, with the straight line through it.

    Attributes:
        x: what the size counts.
        unit: of the values.
        slope: of the line of least squares, ``unit`` for one ``x``.
        intercept: in ``unit``.
        r2: 1 is a perfect line; 1 too where all values are equal.
        exponent: slope of log value over log size: 1 is linear, 0 flat, 2 quadratic.
    """

    name: str
    x: str
    unit: str
    sizes: tuple[float, ...]
    values: tuple[float, ...]
    slope: float
    intercept: float
    r2: float
    exponent: float
    note: str = ""
    kind: str = field(default="series", init=False)


Result = Comparison | Measurement | Series | Check
_KINDS: dict[str, type] = {"comparison": Comparison, "measurement": Measurement, "series": Series}


def series(name: str, x: str, unit: str, sizes: Sequence[float], values: Sequence[float], note: str = "") -> Series:
    """A series with its line fitted.

    Raises:
        InputError: fewer than two sizes, as many values as sizes, or a size that is not positive.
    """
    if len(sizes) != len(values) or len(set(sizes)) < 2 or min(sizes) <= 0:
        raise InputError(f"{len(values)} values at sizes {list(sizes)}; expected as many, at 2 or more sizes above 0.")
    at, found = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    slope, intercept = np.polyfit(at, found, 1)
    spread = float(((found - found.mean()) ** 2).sum())
    left = float(((found - slope * at - intercept) ** 2).sum())
    tiny = np.finfo(float).tiny
    exponent = float(np.polyfit(np.log(at), np.log(np.maximum(found, tiny)), 1)[0])
    return Series(
        name,
        x,
        unit,
        tuple(at.tolist()),
        tuple(found.tolist()),
        float(slope),
        float(intercept),
        1.0 if spread <= 1e-20 * max(1.0, float((found**2).sum())) else 1 - left / spread,
        exponent,
        note,
    )


def to_json(result: Result) -> dict[str, Any]:
    """A result as plain data."""
    return asdict(result) | {"kind": getattr(result, "kind", "check")}


def from_json(data: dict[str, Any]) -> Result:
    """A result from what `to_json` made of it.

    Raises:
        InputError: it is of no known kind.
    """
    kinds = _KINDS | {"check": Check}
    known = dict(data)
    kind = known.pop("kind", None)
    if kind not in kinds:
        raise InputError(f"A result of kind {kind!r}. {nearest(str(kind), kinds)}")
    return from_dict(kinds[kind], known)
