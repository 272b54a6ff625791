"""What a page on the evidence for methods says of them: how sure each score is, what could be seen, and in which words.

The numbers are those of `mer.evaluation.seeds_and_persons`, `detectable` and `comparisons`; here they are put side by
side for the methods of `mer.evaluation.evidence.gathered`.
"""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from mer.core.errors import InputError, closest, did_you_mean
from mer.evaluation.detectable import DetectableConfig, detectable_table
from mer.evaluation.evidence import RULES, Methods, floors_of, method_of, seeds_of
from mer.evaluation.intervals import BootstrapConfig
from mer.evaluation.paper_runs import TrainedRun
from mer.evaluation.permutation import among, exchange_words, metric_words
from mer.evaluation.seeds_and_persons import sources_table
from mer.training.protocols import PROTOCOLS

#: What the page on evidence compares with unless it is told otherwise; runs without floors lack it by no mistake.
USUAL_FLOOR = "ridge with intercept"
#: Of how many seeds a bootstrap over seeds draws one seed alone in more than 2.5 % of all draws: (1 / 3) ** 3.
_ONE_ALONE = 3
#: Of every ridge: `mer.models.ridge.RidgeConfig` has one weight for all.
_KIND = (
    "The ridge's weight was the best of a few that were tried on the motion maps of MEGC2019; its score on them may be "
    "a little kind."
)
#: What the numbers of a table of scores are.
MEANS = "Mean over the seeds; in brackets 95 % intervals over persons."


def seed_counts(methods: Methods) -> dict[str, int]:
    """How many seeds each method has."""
    return {name: len(tables) for name, tables in methods.items()}


def best_beside(reports: Collection[str], against: str, runs: Sequence[TrainedRun]) -> str:
    """The given method of the highest UF1 beside the one compared with; empty where there is nothing to compare.

    Methods that the runs are of, and their seeds as one, go before floors. One method and its own seeds as one are not
    compared unless ``against`` is one of them.

    Args:
        reports: from `mer.evaluation.evidence.evidence_reports`, the best first; only the names of the methods count.
        against: name of the floor.
        runs: what the methods were gathered from.

    Raises:
        InputError: the floor is none of several methods, or a name that neither the methods nor the floors have; the
            message lists those that there are.
    """
    others = [name for name in reports if name != against]
    if against in reports:
        of_runs = {method_of(run) for run in runs}
        return next((name for name in others if seeds_of(name) in of_runs), next(iter(others), ""))
    left_away, several = floors_left_away(runs), len({seeds_of(name) for name in others}) > 1
    if against in left_away and several:
        valid = ", ".join(others)
        raise InputError(f"against is {against!r}. {floors_words(runs)} Set against to one of the methods: {valid}.")
    if several or against not in {USUAL_FLOOR, *left_away}:
        known = [*others, *left_away]
        close = closest(against, known, 0.5)
        hint = did_you_mean(close) if close else "Set it to one of them."
        raise InputError(f"against is {against!r}, which is none of the methods: {', '.join(known)}. {hint}")
    return ""


def floors_left_away(runs: Sequence[TrainedRun]) -> list[str]:
    """Names of the floors that the first run has and `mer.evaluation.evidence.gathered` leaves away."""
    return [] if runs[0].protocol == "loso" else list(floors_of(runs[0]))


def floors_words(runs: Sequence[TrainedRun]) -> str:
    """Why floors are not shown; empty where the first run's are shown or where it has none."""
    if not floors_left_away(runs):
        return ""
    return f"Floors leave one subject out and are not shown beside runs of another protocol ({_protocol_words(runs)})."


def nothing_to_compare(reports: Mapping[str, pd.DataFrame], against: str, runs: Sequence[TrainedRun]) -> str:
    """Why there is no comparison (`best_beside` found none), and what to give."""
    if against in reports:
        return f"There is nothing to compare: {against} is the only method. Give runs of others."
    why = floors_words(runs) or f"The first run left no floor {against!r}."
    return f"There is nothing to compare with the only method. {why} Give runs of other methods and set against to one."


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


def found_on_words(runs: Sequence[TrainedRun], epoch_rule: bool = True) -> str:
    """What numbers were found on: faces, clips, persons, protocol in words and, unless they are of several, epoch rule.

    What the numbers are, and what stands in brackets, each table says for itself.
    """
    table = runs[0].predictions
    people = len(table[["database", "subject"]].drop_duplicates())
    rule = f"; epoch rule {table['epoch_rule'].iloc[0]}" if epoch_rule else ""
    return (
        f"{'Synthetic' if runs[0].synthetic else 'Real'} faces, {len(table)} clips of {people} persons; "
        f"{_protocol_words(runs)}{rule}."
    )


def gathered_words(runs: Sequence[TrainedRun], methods: Methods) -> str:
    """``3 runs, 4 methods.``"""
    counts = ((len(runs), "run"), (len(methods), "method"))
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in counts) + "."


def sources_words(table: pd.DataFrame) -> str:
    """What the rows and brackets of `all_sources` are, and which intervals over seeds are no more than a range."""
    few = sorted({int(count) for count in table["seeds"] if count <= _ONE_ALONE})
    words = "Mean over the seeds; in brackets 95 % intervals over what is drawn anew: persons, seeds, or both."
    if not few:
        return words
    counts = " or ".join({2: "two", 3: "three"}[count] for count in few)
    return f"{words} Over {counts} seeds the interval is only the lowest and the highest score of a seed."


def looks_of(runs: Sequence[TrainedRun]) -> tuple[int, ...]:
    """At how many moments the runs that took looks were looked at, rising; none where one of them does not say."""
    counts = {int(run.summary.get("looks") or 0) for run in runs if (run.folder / RULES).is_file()}
    return () if 0 in counts else tuple(sorted(counts))


def _protocol_words(runs: Sequence[TrainedRun]) -> str:
    return PROTOCOLS.get(runs[0].protocol, "an unknown protocol")


def reference_words(against: str) -> str:
    """What a reader must know of the method that all are compared with; empty where that is nothing."""
    return _KIND if against.startswith("ridge") else ""


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
