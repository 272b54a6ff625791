"""What a page on the evidence for methods says of them: how sure each score is, what could be seen, and in which words.

The numbers are those of `mer.evaluation.seeds_and_persons`, `detectable` and `comparisons`; here they are put side by
side for the methods of `mer.evaluation.evidence.gathered`.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.evaluation.detectable import DetectableConfig, detectable_table
from mer.evaluation.evidence import Methods
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.paper_runs import TrainedRun
from mer.evaluation.permutation import among, exchange_words, metric_words
from mer.evaluation.seeds_and_persons import sources_table
from mer.training.protocols import PROTOCOLS


def seed_counts(methods: Methods) -> dict[str, int]:
    """How many seeds each method has."""
    return {name: len(tables) for name, tables in methods.items()}


def best_beside(reports: Mapping[str, pd.DataFrame], against: str) -> str:
    """The method of the highest UF1 that is not the floor itself; empty where there is no other.

    Args:
        reports: from `mer.evaluation.evidence.evidence_reports`, the best first.
        against: name of the floor.

    Raises:
        InputError: the floor is none of several methods.
    """
    others = [name for name in reports if name != against]
    if against not in reports and len(others) > 1:
        raise InputError(f"against is {against!r}, which is none of the methods. {nearest(against, others)}")
    return others[0] if others and against in reports else ""


def all_sources(methods: Methods, resamples: int = 2000) -> pd.DataFrame:
    """`sources_table` of every method with two seeds or more, below one another, ``method`` first.

    Returns:
        Three rows a method, in the order given; no row where every method has one seed.
    """
    config = BootstrapConfig(resamples)
    several = {name: sources_table(tables, config=config) for name, tables in methods.items() if len(tables) > 1}
    return pd.concat(several, names=["method"]).reset_index("method") if several else pd.DataFrame(columns=["method"])


def all_detectable(methods: Methods, best: str, against: str, resamples: int = 2000) -> pd.DataFrame:
    """The detectable difference in UF1 of two methods, alone and as one of all comparisons with ``against``.

    Returns:
        Rows of `detectable_table`: this comparison alone (for the persons there are, twice and four times as many),
        then, where there are more methods, the same as one of the family, each tested at ``alpha / comparisons``.
    """
    family = dict.fromkeys((1, len(methods) - 1))
    return pd.concat(
        [
            detectable_table(
                methods[best],
                methods[against],
                metrics=["uf1"],
                config=DetectableConfig(comparisons=count),
                bootstrap=BootstrapConfig(resamples),
            )
            for count in family
        ],
        ignore_index=True,
    )


def found_on_words(runs: Sequence[TrainedRun]) -> str:
    """What the numbers were found on: faces, clips, persons, protocol in words, epoch rule; what the scores are."""
    table = runs[0].predictions
    people = len(table[["database", "subject"]].drop_duplicates())
    return (
        f"{'Synthetic' if runs[0].synthetic else 'Real'} faces, {len(table)} clips of {people} persons; "
        f"{PROTOCOLS.get(runs[0].protocol, 'an unknown protocol')}; epoch rule {table['epoch_rule'].iloc[0]}. "
        "Mean over the seeds; in brackets 95 % intervals over persons."
    )


def family_words(table: pd.DataFrame) -> str:
    """What stands in a table of `mer.evaluation.comparisons.compare_methods`, its number of comparisons included."""
    first = table.iloc[0]
    metrics = " and ".join(metric_words(name) for name in dict.fromkeys(table["metric"]))
    floors = list(dict.fromkeys(table["against"]))
    count = int(first["comparisons"])
    family = f"each {among(count)}, and adjusted for all of them by Holm" if count > 1 else among(count)
    how = exchange_words(int(first["subjects"]), int(first["permutations"]), bool(first["exact"]))
    return (
        f"Difference of {metrics}{f' to {floors[0]}' if len(floors) == 1 else ''}, in brackets paired 95 % intervals "
        f"over persons; p from {how}, {family}."
    )
