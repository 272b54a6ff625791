"""Finished training runs as the paper's tables need them: read, named, and checked to be comparable."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from mer.core.errors import InputError, MissingPath, nearest
from mer.core.finished_run import checked
from mer.core.one_run import OpenedRun, read_one_run
from mer.core.run_record import SUMMARY, read_record, recorded_config
from mer.core.unfinished_run import refuse_unfinished
from mer.evaluation.paired import aligned_runs
from mer.evaluation.predictions import read_predictions
from mer.evaluation.published import read_published
from mer.evaluation.run_protocol import run_protocol
from mer.training.protocols import PROTOCOLS

#: The whole model in the paper's table 2.
FULL = "M9"
#: Classes of CASME II in the paper's table 3, by the name of the labels.
CLASS_COUNTS = {"casme2-4": 4, "casme2-5": 5}
#: Real clips that the paper's tables 1 and 2 are on: the composite database.
_PAPER_CLIPS = 442
#: Name of a protocol to what it leaves out, after a number of persons.
_LEFT_OUT = PROTOCOLS | {"loso": "one left out at a time", "database": "one database left out at a time"}


@dataclass(frozen=True)
class TrainedRun:
    """A finished run of training, each clip predicted by a model that never saw its person.

    Attributes:
        folder: where it lies.
        predictions: its checked table; one run, epoch rule and seed.
        summary: what its notebook found.
        opened: within its ``one_making()`` further files of the folder are read.
    """

    folder: Path
    predictions: pd.DataFrame
    summary: dict[str, Any]
    opened: OpenedRun = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """How messages call it: study and run."""
        return f"run {self.folder.parent.name}/{self.folder.name}"

    @property
    def synthetic(self) -> bool:
        """Whether the faces were rendered."""
        return bool(self.summary.get("synthetic"))

    @cached_property
    def method(self) -> str:
        """How tables call it: the method that it names, with ``on motion maps`` where it saw no frames; else `name`."""
        with self.opened.one_making():
            on = " on motion maps" if recorded_config(self.folder).get("maps_folder") else ""
        return f"{self.summary.get('method') or self.name}{on}"

    @cached_property
    def protocol(self) -> str:
        """Name of its protocol (`mer.training.protocols`); empty where neither its record nor its folds tell."""
        with self.opened.one_making():
            return run_protocol(self.folder, self.predictions)


def read_runs(folders: Sequence[str | Path]) -> list[TrainedRun]:
    """Read finished runs.

    Raises:
        MissingPath: a folder does not exist, or is no finished training run.
        InputError: its predictions are faulty.
    """
    return [read_run(folder) for folder in folders]


def read_run(folder: str | Path) -> TrainedRun:
    """Read one finished run, whatever it trained: frames, motion maps or a baseline.

    Raises:
        BeingMade: it is being made again just now. Else as for `read_runs`.
    """
    return read_one_run(folder, lambda: _read_run(Path(folder)))


def _read_run(folder: Path) -> TrainedRun:
    refuse_unfinished(folder, "A table or comparison of runs")
    opened = OpenedRun(folder)  # first: what is then read is of this making, or refused
    missing = [name for name in ("predictions.csv", "summary.json") if not checked(folder / name).is_file()]
    if missing:
        raise MissingPath(
            f"{folder} is no finished training run: it lacks {' and '.join(missing)}. Give folders of finished runs of "
            "04_train_loso, 06_motion_maps or 19_baselines; `mer runs` lists them."
        )
    return TrainedRun(folder, read_predictions(folder / "predictions.csv"), read_record(folder, SUMMARY), opened)


def comparable(runs: Sequence[TrainedRun], across_protocols: bool = False) -> list[TrainedRun]:
    """The runs with their clips in one order.

    Args:
        runs: of one table.
        across_protocols: they may follow different protocols; whoever shows them has to say so.

    Raises:
        InputError: two differ in clips, labels, classes, epoch rule or protocol, or one is on rendered faces and
            another is not; the message names both.
    """
    tables = aligned_runs([run.predictions for run in runs], [run.name for run in runs])
    for run in runs[1:]:
        if run.synthetic != runs[0].synthetic:
            kinds = ["synthetic" if one.synthetic else "real" for one in (runs[0], run)]
            raise InputError(
                f"{runs[0].name} is on {kinds[0]} faces and {run.name} on {kinds[1]} ones; they cannot share a table."
            )
        if run.protocol != runs[0].protocol and not across_protocols:
            raise InputError(
                f"{runs[0].name} and {run.name} follow different protocols, {runs[0].protocol or 'an unknown one'} and "
                f"{run.protocol or 'an unknown one'}. Give runs of one protocol."
            )
    return [replace(run, predictions=table) for run, table in zip(runs, tables, strict=True)]


def by_variant(runs: Sequence[TrainedRun]) -> dict[str, list[TrainedRun]]:
    """Comparable runs by the name of their variant, in the paper's order; several of one variant are its seeds.

    Raises:
        InputError: a run names no variant or one that table 2 does not have, none is the whole model, or runs cannot be
            compared.
    """
    known = list(read_published("ablation")["variant"])
    groups: dict[str, list[TrainedRun]] = {}
    for run in comparable(runs):
        variant = str(run.summary.get("variant", ""))
        if variant not in known:
            hint = nearest(variant, known) if variant else f"Valid: {', '.join(known)}."
            raise InputError(f"{run.name} has the variant {variant or 'none'!r}, not one of table 2. {hint}")
        groups.setdefault(variant, []).append(run)
    if FULL not in groups:
        raise InputError(
            f"None of {', '.join(run.name for run in runs)} is {FULL}, the whole model, with which the others are "
            "compared. Add its run."
        )
    return {variant: groups[variant] for variant in known if variant in groups}


def by_classes(runs: Sequence[TrainedRun]) -> dict[tuple[int, str], list[TrainedRun]]:
    """Runs by (number of classes, model), in the paper's order; those of as many classes are comparable.

    The model is ``FRL-DGT`` or, where the summary's ``sequence`` is positive, ``FRL-DGT-S``.

    Raises:
        InputError: labels other than ``casme2-4`` and ``casme2-5``, or runs with the same labels that cannot be
            compared.
    """
    groups: dict[tuple[int, str], list[TrainedRun]] = {}
    for labels, count in CLASS_COUNTS.items():
        own = [run for run in runs if _labels(run) == labels]
        for run in comparable(own) if own else []:
            model = "FRL-DGT-S" if int(run.summary.get("sequence", 0) or 0) > 0 else "FRL-DGT"
            groups.setdefault((count, model), []).append(run)
    order = list(read_published("classes")[["classes", "method"]].itertuples(index=False, name=None))
    return {key: groups[key] for key in order if key in groups}


def _labels(run: TrainedRun) -> str:
    labels = str(run.summary.get("labels", ""))
    if labels not in CLASS_COUNTS:
        raise InputError(
            f"{run.name} has the labels {labels or 'none'!r}; table 3 needs {' or '.join(CLASS_COUNTS)}. "
            f"{nearest(labels, CLASS_COUNTS)}"
        )
    return labels


def tested_on(runs: Sequence[TrainedRun], intervals: bool = True) -> str:
    """A sentence for captions on what our numbers were found on, and what stands in brackets behind them."""
    table = runs[0].predictions
    people = len(table[["database", "subject"]].drop_duplicates())
    seeds = sorted({int(run.predictions["seed"].iloc[0]) for run in runs})
    faces = "synthetic faces" if runs[0].synthetic else "real faces"
    known = {run.protocol or "loso" for run in runs}
    protocols = " and ".join(_LEFT_OUT[name] for name in PROTOCOLS if name in known)
    return (
        f"Ours: {faces}, {len(table)} clips of {people} persons, {protocols}, epoch rule "
        f"{table['epoch_rule'].iloc[0]}, seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
        f"{'; in brackets 95 % intervals over persons' if intervals else ''}."
    )


def beside_published(main: TrainedRun | None) -> str:
    """Caption of published methods on the composite database, our row below them."""
    published = f"{_PAPER_CLIPS} real clips, as published"
    if main is None:
        return f"{published}."
    faces = "synthetic faces" if main.synthetic else "real faces"
    return f"{published}; last row: ours, {faces}{'' if _as_paper(main) else ', other clips, not to be compared'}."


def paper_words(runs: Sequence[TrainedRun]) -> str:
    """What the paper's numbers beside ours were found on."""
    beware = "" if _as_paper(runs[0]) else " Other clips: compare at most the order of the rows, not the numbers."
    return f"Paper: Zhai et al., CVPR 2023, real faces.{beware}"


def _as_paper(run: TrainedRun) -> bool:
    """Whether the run was tested on what the paper's tables 1 and 2 are on."""
    return not run.synthetic and len(run.predictions) == _PAPER_CLIPS
