"""Whether two runs have the same result, byte for byte, and if not, where they first differ and by how much."""

import csv
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from mer.core.errors import InputError
from mer.core.files import file_digest

PREDICTIONS = "predictions.csv"
#: Largest difference of a probability that is put down to rounding, where machine or packages are others: float32 keeps
#: 7 digits, another processor sums in another order, and each of hundreds of steps of training magnifies what differs.
#: No float32 training can promise more across machines; on one machine, with the same packages, bytes must be equal.
TOLERANCE = 0.01
_SCORE = "score_"
_KEY = ("database", "subject", "clip")


@dataclass(frozen=True)
class Compared:
    """Two results side by side.

    Attributes:
        equal: whether all bytes are.
        close: whether they say the same but for rounding (`TOLERANCE`, and every clip the same class).
        words: what was found, in sentences.
    """

    equal: bool
    close: bool
    words: str


def compared_files(run: Path) -> list[str]:
    """Files of a finished run by which another is judged, relative to it: predictions, else weights, else tables.

    Raises:
        InputError: it has none of them.
    """
    for pattern in (PREDICTIONS, "*.safetensors", "tables/*.csv"):
        if found := sorted(path.relative_to(run).as_posix() for path in run.glob(pattern)):
            return found
    raise InputError(f"{run} holds no predictions, weights or tables to compare. Give a run that has some of them.")


def compare(run: Path, again: Path) -> Compared:
    """Compare a run made again with the first.

    Args:
        run: folder of the first.
        again: folder of the other.
    """
    names = compared_files(run)
    for name in names:
        if not (again / name).is_file():
            return Compared(False, False, f"{name} was not made again.")
        if file_digest(run / name) != file_digest(again / name):
            if name == PREDICTIONS:
                return compare_predictions(run / name, again / name)
            return Compared(False, False, f"{name} differs.")
    listed = names[0] if len(names) == 1 else f"{len(names)} files ({names[0]} to {names[-1]})"
    return Compared(True, True, f"Equal, byte for byte: {listed}.")


def compare_predictions(first: Path, second: Path) -> Compared:
    """Compare two predictions tables whose bytes differ, row by row; neither needs to be a valid one."""
    before, after = _rows(first), _rows(second)
    row, column, old, new = _first_difference(before, after)
    if not column:
        return Compared(False, False, f"{PREDICTIONS} differs, but not in a value (line ends, quotes).")
    clip = "/".join(str((row[1] or {}).get(name)) for name in _KEY)
    where = f"{PREDICTIONS} differs first in row {row[0]} ({clip}): {column} is {new}, was {old}."
    distance = _largest_distance(before, after)
    if distance is None:
        return Compared(False, False, where)
    moved = sum(one.get("predicted") != other.get("predicted") for one, other in zip(before, after, strict=True))
    close = distance <= TOLERANCE and not moved
    judged = "within" if close else "beyond"
    return Compared(
        False,
        close,
        f"{where} Largest difference of a probability: {distance:.2g}; clips of another predicted class: {moved} of "
        f"{len(before)}. That is {judged} what rounding explains ({TOLERANCE:g}, and the same classes).",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="", errors="replace") as stream:
        return list(csv.DictReader(stream))


def _first_difference(
    before: list[dict[str, str]], after: list[dict[str, str]]
) -> tuple[tuple[int, dict[str, str] | None], str, str | None, str | None]:
    """Number (from 1, without the head) and first version of the row, column, value before, value after."""
    for number, (one, other) in enumerate(zip_longest(before, after), start=1):
        if one is None or other is None:
            return (number, one or other), "the row", "absent" if one is None else "there", _there(other)
        for column in dict.fromkeys([*one, *other]):
            if one.get(column) != other.get(column):
                return (number, one), str(column), one.get(column), other.get(column)
    return (0, None), "", None, None


def _there(row: dict[str, str] | None) -> str:
    return "absent" if row is None else "there"


def _largest_distance(before: list[dict[str, str]], after: list[dict[str, str]]) -> float | None:
    """Of two probabilities; None where the tables differ in anything but these and the predicted class."""
    if len(before) != len(after):
        return None
    largest = 0.0
    for one, other in zip(before, after, strict=True):
        if set(one) != set(other):
            return None
        for column, value in one.items():
            if str(column).startswith(_SCORE):
                try:
                    largest = max(largest, abs(float(value) - float(other[column])))
                except (TypeError, ValueError):
                    return None
            elif column != "predicted" and value != other[column]:
                return None
    return largest if largest == largest else None
