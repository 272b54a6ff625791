"""Scores of some of the people and of all others: those who had a part in how a method was made, and those without."""

from collections.abc import Collection, Mapping

import pandas as pd

from mer.evaluation.report import evaluate
from mer.manifest.clips import person


def people_apart(
    tables: Mapping[str, pd.DataFrame], people: Collection[str], names: tuple[str, str]
) -> dict[str, pd.DataFrame]:
    """Reports of each method on the clips of some people, and on those of all others.

    Args:
        tables: predictions by method, all of the same clips.
        people: ``database/subject``.
        names: of these people, and of the others.

    Returns:
        ``method, name`` to the first row of `mer.evaluation.report.evaluate`, all clips; a part without a clip is left
        out.
    """
    found = {}
    for part, inside in zip(names, (True, False), strict=True):
        for method, table in tables.items():
            own = table[person(table).isin(list(people)) == inside]
            if len(own):
                found[f"{method}, {part}"] = evaluate(own.reset_index(drop=True)).iloc[:1]
    return found
