"""Whether the runs of one method are its seeds: the same settings in every run, as each recorded them.

A mean over runs that were trained otherwise is of no method. What a run was set to stands in its ``record.json``, by
flat names (`mer.runs.session.open_run`).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.run_record import recorded_config
from mer.evaluation.paper_runs import TrainedRun

#: May differ between seeds, by the last part of the name: the seed, where a run lies and on what it was made, how often
#: it was looked at, and whether clips might be missing (which clips there are, the predictions say).
_FREE = ("seed", "run_dir", "device", "look_every", "allow_missing")
#: Settings of the looks, which change no number of the fit (`mer.training.epochs`).
_LOOKS = "epochs"
#: Folders of runs: another seed has its own, but none is not one.
_RUNS = ("pretrain_run",)
#: Folders of data, which may lie elsewhere on another machine: the last part of the path counts.
_FOLDERS = ("maps_folder", "database")


def check_same_settings(runs: Sequence[TrainedRun]) -> None:
    """Check that runs of one method were set alike, but for what seeds may differ in.

    A run without a record is let through, and so is a setting that one record does not know: code has learnt it since.

    Raises:
        InputError: two runs differ; the message names the first such setting, both values and both runs.
    """
    known = [(run, found) for run in runs if (found := _settings(run))]
    for (first, own), (run, settings) in combinations(known, 2):
        for name in dict.fromkeys((*own, *settings)):
            here, there = _value(own, name), _value(settings, name)
            if here is not None and there is not None and here[0] != there[0]:
                raise InputError(
                    f"{first.name} and {run.name} are of one method and were set differently: {name} is {here[1]!r} in "
                    f"the first and {there[1]!r} in the second. Leave one out: seeds of a method are set alike."
                )


def _settings(run: TrainedRun) -> dict[str, Any]:
    with run.opened.one_making():
        config = recorded_config(run.folder)
    return {name: value for name, value in config.items() if not _free(name.split("."))}


def _free(parts: Sequence[str]) -> bool:
    """``maps.epochs.every`` is of the looks; ``fit.epochs``, how long a network is fitted, is not."""
    return parts[-1] in _FREE or _LOOKS in parts[:-1]


def _value(settings: Mapping[str, Any], name: str) -> tuple[Any, Any] | None:
    """What counts of a setting, and the setting; None where the record does not know it.

    A group that is switched off is one value under its own name, so that of a name in it the group's value is told.
    """
    while name not in settings:
        name = name.rpartition(".")[0]
        if not name:
            return None
    value = settings[name]
    last = name.rpartition(".")[2]
    if last in _RUNS:
        return bool(value), value
    return (Path(value).name, value) if last in _FOLDERS and isinstance(value, str) else (value, value)
