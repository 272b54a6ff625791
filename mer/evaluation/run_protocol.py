"""The protocol of a finished run: as it recorded it, else as far as the folds of its predictions tell."""

from pathlib import Path

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.core.finished_run import checked
from mer.core.run_record import RECORD, SUMMARY, read_record, recorded_config
from mer.evaluation.predictions import read_predictions
from mer.manifest.clips import person
from mer.training.protocols import PROTOCOLS

_KEY = "protocol"


def run_protocol(folder: Path | str, predictions: pd.DataFrame | None = None) -> str:
    """Which protocol a run followed.

    Folds have the same names under ``loso`` and ``loso-per-database``, so the run's own word goes first: its summary,
    then its configuration (``protocol``, or ``maps.protocol`` and the like). A run that says nothing is judged by its
    folds.

    Args:
        folder: of the run.
        predictions: its predictions; None reads them where they are needed.

    Returns:
        A name of `mer.training.protocols.PROTOCOLS`; empty where neither tells.

    Raises:
        InputError: the run says what is no protocol's name.
    """
    folder = Path(folder)
    said = [(SUMMARY, read_record(folder, SUMMARY).get(_KEY))]
    said += [(RECORD, value) for name, value in recorded_config(folder).items() if name.rpartition(".")[2] == _KEY]
    for file, name in said:
        if name is None or name == "":
            continue
        if not isinstance(name, str) or name not in PROTOCOLS:
            hint = nearest(str(name), PROTOCOLS)
            raise InputError(f"{folder / file} names the protocol {name!r}. {hint} Correct that file.")
        return name
    if predictions is None and not checked(folder / "predictions.csv").is_file():
        return ""
    return protocol_of_folds(read_predictions(folder / "predictions.csv") if predictions is None else predictions)


def protocol_of_folds(predictions: pd.DataFrame) -> str:
    """The protocol that the folds of a predictions table are named after.

    Returns:
        ``database`` where every clip was held out with its database, ``loso`` where with its person (also for
        ``loso-per-database``, whose folds have the same names); empty for folds of other names and without rows.
    """
    if predictions.empty:
        return ""
    fold = predictions["fold"].astype(str)
    if (fold == predictions["database"].astype(str)).all():
        return "database"
    return "loso" if (fold == person(predictions)).all() else ""
