"""What a reader must know of a part's scores: classes that no clip has, intervals of very few subjects."""

from collections.abc import Sequence

from mer.evaluation.audit.scores import PartScores

_FEW = (2, 3)  # of so few subjects a resample is often the same few again


def part_remarks(part: PartScores, classes: Sequence[str]) -> tuple[str, ...]:
    """Sentences on all clips or one database, none where there is nothing to say.

    A class that is neither a label nor predicted has no F1, one that is only predicted has the F1 0 and no recall
    (`mer.evaluation.metrics`), so the means are of fewer classes than elsewhere.

    Args:
        part: its scores.
        classes: K names in the order of its counts.
    """
    found = []
    labelled, predicted = part.confusion.sum(1), part.confusion.sum(0)
    absent = [name for name, number in zip(classes, labelled, strict=True) if not number]
    if absent:
        zero = [name for name, true, said in zip(classes, labelled, predicted, strict=True) if said and not true]
        recalls = len(classes) - len(absent)
        uar = f", UAR of {recalls}" if zero else ", UAR too"
        why = f" (F1 is 0 of {', '.join(zero)}: predicted, but no clip's class)" if zero else ""
        number = recalls + len(zero)
        mean = f"UF1 is the mean of {number} class{'es' * (number != 1)}"
        found.append(f"{part.part}: no {' or '.join(absent)} clips; {mean}{why}{uar}.")
    if part.subjects in _FEW:
        found.append(f"{part.part}: {part.subjects} subjects alone make its intervals, too few to rely on them.")
    return tuple(found)
