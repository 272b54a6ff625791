"""The folds that a run left on disk: what each is called, whom it tested, where its weights lie. Loads no model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.training.checkpoints import read_about
from mer.training.held_out import folder_name
from mer.training.run_folder import fold_weights


@dataclass(frozen=True)
class TrainedFold:
    """One finished fold.

    Attributes:
        name: ``database/subject`` of the person it held out, or the name of the database
            (`mer.training.protocols`).
        persons: ``database/subject`` of all whom it held out; one, unless a whole database was left out.
        weights: its file.
    """

    name: str
    persons: tuple[str, ...]
    weights: Path


def trained_fold(weights: Path, about: Mapping[str, Any]) -> TrainedFold:
    """The fold of a weights file, by what the file says of itself (`mer.training.checkpoints.read_about`)."""
    persons = tuple(str(one) for one in about.get("held_out", ()))
    databases = {one.partition("/")[0] for one in persons}
    # The folder of a fold that leaves a database out has that database's name.
    whole = next((one for one in databases if len(databases) == 1 and folder_name(one) == weights.parent.name), None)
    return TrainedFold(whole or ", ".join(persons), persons, weights)


def trained_folds(run_folder: Path | str) -> list[TrainedFold]:
    """All folds of a run, in the order of their folders' names.

    Raises:
        MissingPath: the run has no weights.
        InputError: a file is damaged.
    """
    return [trained_fold(path, read_about(path)) for path in fold_weights(run_folder)]


def folds_by_person(folds: Iterable[TrainedFold], run_folder: Path | str) -> dict[str, TrainedFold]:
    """For every person that a run tested the fold that held them out.

    Args:
        folds: of the run.
        run_folder: named in the message.

    Raises:
        InputError: two folds held the same person out, so the folder mixes two runs.
    """
    found: dict[str, TrainedFold] = {}
    for fold in folds:
        for person in fold.persons:
            if person in found:
                raise InputError(
                    f"{run_folder} mixes two runs: its folds {found[person].weights.parent.name!r} and "
                    f"{fold.weights.parent.name!r} both held {person!r} out. Train it again into an empty folder."
                )
            found[person] = fold
    return found
