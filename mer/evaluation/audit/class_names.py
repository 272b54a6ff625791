"""Class names from the cells of a file: names, or numbers that stand for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mer.core.errors import InputError, nearest
from mer.manifest.labels import COMPOSITE

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")


@dataclass(frozen=True)
class ClassNames:
    """Which class every cell means.

    Attributes:
        classes: K names in order.
        index: cell to index into the classes.
        faults: cell to what is wrong with it, of the others.
        numbers: those of them that are numbers in a file whose classes have names.
    """

    classes: tuple[str, ...]
    index: dict[str, int]
    faults: dict[str, str]
    numbers: frozenset[str] = frozenset()


def given_classes(text: str) -> tuple[str, ...]:
    """The classes of the option ``--classes``: ``negative,positive,surprise``, in the order of their numbers.

    Raises:
        InputError: fewer than two, an empty one, or one twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    if len(names) < 2 or not all(names) or len({name.casefold() for name in names}) < len(names):
        raise InputError(f"--classes is {text!r}; expected two or more different names, such as negative,positive.")
    return names


def class_names(cells: Iterable[str], given: Sequence[str] | None = None) -> ClassNames:
    """The classes that the cells of a file name.

    Numbers stand for the classes given, else for those of MEGC2019: 0 negative, 1 positive, 2 surprise. Capitals make
    no difference. Names of which at least two are MEGC2019's are read as its classes, so that a slip of the pen is
    no fourth class; other names are classes of their own, in alphabetical order.

    Args:
        cells: texts of labels and predictions, each once.
        given: the classes, where they are known.
    """
    found = [cell for cell in dict.fromkeys(cells) if cell.strip()]
    known = tuple(given or COMPOSITE.classes)
    names = {cell.strip().casefold(): cell.strip() for cell in reversed(found) if not _NUMBER.fullmatch(cell.strip())}
    own = given is None and len(names.keys() & set(COMPOSITE.classes)) < 2 and bool(names.keys() - set(known))
    classes = tuple(names[name] for name in sorted(names)) if own else known
    position = {name.casefold(): place for place, name in enumerate(classes)}
    index, faults = {}, {}
    for cell in found:
        text = cell.strip()
        number = float(text) if _NUMBER.fullmatch(text) else None  # 1.0 is how a table with a gap writes 1
        if text.casefold() in position:
            index[cell] = position[text.casefold()]
        elif number is not None and number in range(len(classes)) and not own:
            index[cell] = int(number)
        elif number is not None and own:
            faults[cell] = f"is a number among names ({', '.join(classes)}). {_MIXED}"
        elif number is not None:
            meant = ", ".join(f"{place} {name}" for place, name in enumerate(classes))
            faults[cell] = f"is no class: numbers stand for {meant}. {_REMEDY}"
        else:
            faults[cell] = f"is no class. {nearest(text, classes)} {_REMEDY}"
    numbers = frozenset(cell for cell in faults if own and _NUMBER.fullmatch(cell.strip()))
    return ClassNames(classes, index, faults, numbers)


_MIXED = (
    "Write every class as a name or every class as a number, or say with --classes what the numbers stand for: the "
    "names, in the order of the numbers."
)
_REMEDY = "Name other classes, in the order of their numbers, with --classes."
