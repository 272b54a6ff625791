"""Where the numbers of a run's figures are from, in one sentence of its own files: it ends every caption."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.core.finished_run import checked
from mer.core.run_record import SUMMARY, read_record, recorded_config
from mer.evaluation.named_runs import named_runs
from mer.evaluation.predictions import read_predictions
from mer.evaluation.run_protocol import run_protocol
from mer.figures.style import any_synthetic, database_label
from mer.manifest.clips import person
from mer.training.protocols import PROTOCOLS

_NOT_SHOWN = ("pretrain_run",)


def provenance(folder: Path | str) -> str:
    """Method and configuration, database, clips and subjects, protocol, epoch rule and seeds of a run.

    A run that shows others (``train_run``, ``runs`` and the like in its configuration) is described by them.

    Args:
        folder: of the run.

    Returns:
        One sentence with a full stop; empty where the folder holds no record and no predictions.
    """
    folder = Path(folder)
    parts = [part for one in trained_runs(folder) if (part := _facts(one))]
    if not parts:
        database = str(recorded_config(folder).get("data.database", recorded_config(folder).get("database") or ""))
        seed = recorded_config(folder).get("seed")
        words = _database([database]) if database else ""
        return f"{words[:1].upper()}{words[1:]}{f', seed {seed}' if seed is not None else ''}." if words else ""
    method = _listed(part["method"] for part in parts)
    clips = _listed(f"{part['clips']} clips of {part['people']} subjects" for part in parts)
    where = f"{_listed(part['database'] for part in parts)} ({clips})"
    rules, protocols = (_listed(part[key] for part in parts) for key in ("rule", "protocol"))
    seeds = list(dict.fromkeys(seed for part in parts for seed in part["seeds"]))
    seed = f"seed{'s' if len(seeds) > 1 else ''} {_listed(seeds)}"
    return ", ".join(filter(None, [method, where, protocols, f"epoch rule {rules}", seed])) + "."


def trained_runs(folder: Path) -> list[Path]:
    """The runs whose predictions a run's figures are of: the run itself, or those that its configuration names.

    Raises:
        Damaged: the predictions of one of them are not as the finished run left them, or gone.
    """
    return [folder] if os.path.isfile(checked(folder / "predictions.csv")) else _named(folder)


def _named(folder: Path) -> list[Path]:
    """Trained runs that a run's configuration names."""
    named = named_runs(recorded_config(folder), without=_NOT_SHOWN)
    return [one for one in named if os.path.isfile(checked(one / "predictions.csv"))]


def _facts(folder: Path) -> dict[str, Any]:
    """What one trained run is."""
    try:
        table = read_predictions(folder / "predictions.csv")
    except InputError:
        return {}
    config, summary = recorded_config(folder), read_record(folder, SUMMARY)
    members = {one: read_predictions(one / "predictions.csv") for one in _named(folder)} or {folder: table}
    tables = list(members.values())  # of an ensemble those of its members
    seeds = sorted({seed for one in tables for seed in one["seed"].unique()})
    return {
        "method": _method(config, summary),
        "database": _database(list(dict.fromkeys(table["database"]))),
        "clips": len(table),
        "people": person(table).nunique(),
        "protocol": _listed(_protocol(one, own) for one, own in members.items()),
        "rule": _listed(table["epoch_rule"].astype(str)),
        "seeds": [str(seed) for seed in seeds],
    }


def _protocol(folder: Path, table: pd.DataFrame) -> str:
    """Who was tested by a model of whom, in words; of folds without a known name at least how many they are."""
    if name := run_protocol(folder, table):
        return PROTOCOLS[name]
    folds = table["fold"].nunique()
    if folds == person(table).nunique():
        return PROTOCOLS["loso"]
    return f"{folds} fold{'s' if folds > 1 else ''} by subject"


def _method(config: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    name = str(summary.get("method") or ("FRL-DGT" if "fold.model.classes" in config else ""))
    named = ("configuration", "variant", "reading")
    more = [f"{key} {config[key]}" for key in named if config.get(key) and str(config[key]) not in name]
    return f"{name} ({', '.join(more)})" if name and more else name


def _database(names: list[str]) -> str:
    """Databases by their names, rendered ones by those of which they have the style."""
    if any_synthetic(names):
        stems = [name.removeprefix("synthetic-") for name in names]
        styles = _listed(label for stem in stems if (label := database_label(stem)) != stem)
        return "synthetic database" + (f" rendered in the style of {styles}" if styles else "")
    return _listed(database_label(name) for name in names)


def _listed(words: Iterable[str]) -> str:
    """Different words once each, the last after an "and"."""
    once = [str(word) for word in dict.fromkeys(words) if str(word)]
    return " and ".join(filter(None, [", ".join(once[:-1]), *once[-1:]]))


def said_once(caption: str, sentence: str) -> str:
    """The caption, ended by the sentence unless it has it already."""
    return caption if not sentence or sentence in caption else f"{caption.strip()} {sentence}"
