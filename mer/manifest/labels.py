"""Label spaces: which classes a study tells apart, in which order."""

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


#: The composite database of MEGC2019 (CASME II, SAMM, SMIC); its files write 0, 1, 2 in this order.
COMPOSITE = LabelSpace("composite", ("negative", "positive", "surprise"))
