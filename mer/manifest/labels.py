"""Label spaces: which classes a study tells apart, in which order."""

from collections.abc import Iterable
from dataclasses import dataclass

from mer.core.errors import InputError, nearest


@dataclass(frozen=True)
class LabelSpace:
    """An ordered set of classes. The position of a class is its index in models, matrices and score columns."""

    name: str
    classes: tuple[str, ...]

    def index(self, label: str) -> int:
        """Index of a class.

        Raises:
            InputError: ``label`` is not a class of this space.
        """
        try:
            return self.classes.index(label)
        except ValueError:
            raise InputError(
                f"Label {label!r} is not in label space {self.name!r}. {nearest(label, self.classes)}"
            ) from None

    def missing(self, labels: Iterable[str]) -> tuple[str, ...]:
        """The classes that none of these labels is."""
        found = set(labels)
        return tuple(one for one in self.classes if one not in found)


_REMEDY = (
    "Choose labels of which the database has every class, or write a YAML file with the classes that it has and give "
    "its path (README, Your own clips)."
)


def check_classes(labels: Iterable[str], space: LabelSpace, database: str, remedy: str = "") -> None:
    """Check that there is a clip of every class: a model cannot learn one that it is never shown.

    Args:
        labels: of the clips; empty ones do not count.
        space: the classes that are to be told apart.
        database: whose clips they are, for the message.
        remedy: what to do, for the message.

    Raises:
        InputError: some class has none; the message names both sides.
    """
    found = list(dict.fromkeys(label for label in labels if label))
    if missing := space.missing(found):
        raise InputError(
            f"Labels {space.name!r} tell {len(space.classes)} classes apart ({', '.join(space.classes)}), but the "
            f"clips of {database!r} have {len(found)} ({', '.join(sorted(found)) or 'none'}): no clip is "
            f"{' or '.join(missing)}. {remedy or _REMEDY}"
        )


#: The composite database of MEGC2019 (CASME II, SAMM, SMIC); its files write 0, 1, 2 in this order.
COMPOSITE = LabelSpace("composite", ("negative", "positive", "surprise"))
