"""Methods that were tested on the same clips, gathered from finished runs: what the evidence for each of them is.

A run of a baseline, or of the model, leaves ``predictions.csv``; beside it may lie ``floors.csv``, what methods without
seeds say of the same clips, and ``epoch_rules.csv``, the same training under three epoch rules. All are predictions
tables, so whatever is told here is counted by the code that counts everything else.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mer.core.errors import InputError
from mer.core.finished_run import checked
from mer.evaluation.ensemble import ensemble
from mer.evaluation.paired import mean_scores
from mer.evaluation.paper_runs import TrainedRun, comparable
from mer.evaluation.predictions import read_predictions
from mer.evaluation.report import RUN_KEY, evaluate
from mer.evaluation.same_settings import check_same_settings
from mer.evaluation.seeds import by_seed
from mer.training.protocols import protocol_words

FLOORS, RULES = "floors.csv", "epoch_rules.csv"
_AS_ONE = "seeds as one"

#: Method to its predictions, one table a seed.
Methods = dict[str, list[pd.DataFrame]]


def gathered(runs: Sequence[TrainedRun]) -> Methods:
    """Predictions of the runs by method, in the order of the seeds, and after them the floors of the first run.

    Floors leave one subject out; beside runs of another protocol they are left away.

    Raises:
        InputError: runs that cannot be compared, that follow different protocols, or two of one method that have one
            seed or were set differently (`mer.evaluation.same_settings`).
    """
    if not runs:
        raise InputError("No runs to compare; give folders of finished runs, for instance of 06_motion_maps.")
    found: dict[str, list[TrainedRun]] = {}
    for run in comparable(runs):
        found.setdefault(method_of(run), []).append(run)
    for own in found.values():
        check_same_settings(own)
    methods = {name: list(by_seed([run.predictions for run in own]).values()) for name, own in found.items()}
    floors = floors_of(runs[0]) if runs[0].protocol == "loso" else {}
    if twice := sorted(set(floors) & set(methods)):
        raise InputError(f"{twice[0]!r} is a run and a floor of {runs[0].name}; leave the run out.")
    return methods | {name: [table] for name, table in floors.items()}


def with_ensembles(methods: Methods) -> Methods:
    """The methods, and for each with several seeds its seeds as one: the mean of their scores for every clip.

    The ensemble is a method of its own, with one table; it stands behind the seeds that it is made of.
    """
    found: Methods = {}
    for name, tables in methods.items():
        found[name] = tables
        if len(tables) > 1:
            found[f"{name}, {len(tables)} {_AS_ONE}"] = [ensemble(tables)]
    return found


def seeds_of(name: str) -> str:
    """The method whose seeds the method ``name`` is made of: another one where it is an ensemble, else itself."""
    return re.sub(rf", \d+ {_AS_ONE}$", "", name)


def floors_of(run: TrainedRun) -> dict[str, pd.DataFrame]:
    """`read_floors` of a run that was read before; `mer.core.one_run.MadeAgain` where it was replaced since."""
    with run.opened.one_making():
        return read_floors(run.folder)


def read_floors(folder: Path) -> dict[str, pd.DataFrame]:
    """The floors that a run left beside its predictions, by name; none where it left none."""
    path = checked(folder / FLOORS)
    if not path.is_file():
        return {}
    table = read_predictions(path)
    return {str(name): own.reset_index(drop=True) for name, own in table.groupby("run", sort=False)}


def floors_table(floors: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One predictions table of floors, each under its name as ``run``; `read_floors` reads it back."""
    return pd.concat([table.assign(run=name) for name, table in floors.items()], ignore_index=True)


def floor_reports(floors: Mapping[str, pd.DataFrame], protocol: str) -> dict[str, pd.DataFrame]:
    """Scores of floors by name; beside a run of another protocol than theirs the name says which theirs is.

    Args:
        floors: predictions, always leaving one subject out.
        protocol: of the run that they stand beside (`mer.training.protocols`).

    Returns:
        Reports of `mer.evaluation.report.evaluate`.
    """
    own = "" if protocol == "loso" else f" ({protocol_words('loso')})"
    return {name + own: evaluate(table) for name, table in floors.items()}


def under_rules(runs: Sequence[TrainedRun]) -> Methods:
    """For every method whose runs took looks, their predictions under all epoch rules, one table a seed."""
    found: Methods = {}
    for run in runs:
        with run.opened.one_making():
            if (path := checked(run.folder / RULES)).is_file():
                found.setdefault(method_of(run), []).append(read_predictions(path))
    return found


def evidence_reports(methods: Mapping[str, Sequence[pd.DataFrame]], resamples: int = 2000) -> dict[str, pd.DataFrame]:
    """Scores of every method, the mean over its seeds, whole and by database, with intervals over persons.

    Methods stand from the highest UF1 on all clips to the lowest.
    """
    reports = {name: mean_scores(list(tables), resamples) for name, tables in methods.items()}
    return dict(sorted(reports.items(), key=lambda item: -float(item[1]["uf1"].iloc[0])))


def method_of(run: TrainedRun) -> str:
    """The method that a run is of.

    Raises:
        InputError: it does not say, or it holds predictions of several runs.
    """
    name = run.summary.get("method")
    if not name:
        raise InputError(f"{run.name} does not say which method it is of; its summary has no 'method'. Run it again.")
    if len(run.predictions[RUN_KEY].drop_duplicates()) > 1:
        raise InputError(f"{run.name} holds predictions of several runs, rules or seeds; expected one.")
    return str(name)
