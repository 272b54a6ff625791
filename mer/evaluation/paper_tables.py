"""The paper's tables with our numbers beside theirs. No column holds both, and ours say "synthetic" when they are.

Columns of ours end in ``_ours`` or, on rendered faces, ``_ours_synthetic``; the paper's end in ``_paper``. An interval
stands in the columns ``<column>_low`` and ``<column>_high``. Parts stand in the paper's order.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.paper_runs import FULL, TrainedRun, comparable, tested_on
from mer.evaluation.published import CERTAINTY, MARKS, SCORES_BY_PART, read_published
from mer.evaluation.report import ALL, evaluate
from mer.training.protocols import PROTOCOLS

_BOUNDS = ("", "_low", "_high")
#: How the parts of the composite database are called, in the paper's order.
PART_NAMES = {"full": "full", "smic": "SMIC", "samm": "SAMM", "casme2": "CASME II"}


def part_key(part: str) -> str:
    """Name of a part of a report as published tables have it: ``all`` is ``full``, ``synthetic-smic`` is ``smic``."""
    return "full" if part == ALL else part.lower().removeprefix("synthetic-")


def ours(synthetic: bool) -> str:
    """Ending of the columns that hold our numbers."""
    return "_ours_synthetic" if synthetic else "_ours"


def ablation_table(groups: Mapping[str, Sequence[TrainedRun]], resamples: int = 2000) -> pd.DataFrame:
    """Table 2: every variant on every part.

    Args:
        groups: runs by variant (`mer.evaluation.paper_runs.by_variant`), several of one variant for several seeds.
        resamples: bootstrap draws of persons.

    Returns:
        A row a variant and part with ``part, variant, change, runs``, then of ``uf1`` and ``uar`` ours with its
        interval and the paper's (NaN where it has no such part).
    """
    end = _ending(groups.values())
    records = []
    for variant, runs in groups.items():
        for _, row in mean_scores([run.predictions for run in runs], resamples).iterrows():
            head = {"part": row["part"], "variant": variant, "change": _published(variant)["change"]}
            record = head | {"runs": len(runs)} | _cells(row, end, _published(variant), part_key(row["part"]))
            records.append(record)
    return _in_order_of_parts(pd.DataFrame(records))


def difference_table(groups: Mapping[str, Sequence[TrainedRun]], resamples: int = 2000) -> pd.DataFrame:
    """What every variant loses or gains against the whole model, ours with paired intervals, and the paper's.

    Returns:
        As `ablation_table`, without the whole model; the columns are called ``uf1_difference_...`` and
        ``uar_difference_...`` and hold variant minus whole model.

    Raises:
        InputError: there is no other variant than the whole model.
    """
    end = _ending(groups.values())
    full = [run.predictions for run in groups[FULL]]
    records = []
    for variant, runs in groups.items():
        if variant == FULL:
            continue
        theirs = {name: _published(variant)[name] - _published(FULL)[name] for name in SCORES_BY_PART}
        for _, row in paired_difference([run.predictions for run in runs], full, resamples).iterrows():
            head = {"part": row["part"], "variant": variant, "change": _published(variant)["change"]}
            cells = _cells(row, f"_difference{end}", theirs, part_key(row["part"]), "_difference_paper")
            records.append(head | {"runs": len(runs)} | cells)
    if not records:
        raise InputError(f"Only {FULL} is given; a difference needs another variant beside the whole model.")
    return _in_order_of_parts(pd.DataFrame(records))


def comparison_table(main: TrainedRun, others: Sequence[TrainedRun], resamples: int = 2000) -> pd.DataFrame:
    """Runs that differ from the main one in something else (a reading, an apex, a protocol), beside it.

    Returns:
        A row a run, the main one first, with ``method, clips``, then ``uf1`` and ``uar`` with intervals and, but for
        the main one, ``uf1_difference`` and ``uar_difference`` (the run minus the main one) with paired intervals.
        Where the runs follow several protocols the method names its own.

    Raises:
        InputError: runs that cannot be compared (`comparable`).
    """
    first, *rest = comparable([main, *others], across_protocols=True)
    several = len({run.protocol for run in (first, *rest)}) > 1
    records = []
    for run in (first, *rest):
        scores = evaluate(run.predictions, resamples).iloc[0]
        method = f"{run.method}, {PROTOCOLS.get(run.protocol, 'protocol unknown')}" if several else run.method
        record = {"method": method, "clips": int(scores["n"])}
        record |= {name + end: scores[name + end] for name in ("uf1", "uar") for end in ("", "_low", "_high")}
        if run is not first:
            paired = paired_difference(run.predictions, first.predictions, resamples).iloc[0]
            record |= {
                f"{name}_difference{end}": paired[name + end]
                for name in ("uf1", "uar")
                for end in ("", "_low", "_high")
            }
        records.append(record)
    return pd.DataFrame(records)


def classes_table(groups: Mapping[tuple[int, str], Sequence[TrainedRun]], resamples: int = 2000) -> pd.DataFrame:
    """Table 3: four and five classes, the model of one pair and that of sequences.

    Args:
        groups: runs by (number of classes, model), from `mer.evaluation.paper_runs.by_classes`.
        resamples: bootstrap draws of persons.

    Returns:
        A row a model and number of classes with ``classes, method, clips, runs``, then ``uf1``, ``uar`` and
        ``accuracy``, ours with intervals and the paper's.
    """
    published = read_published("classes").set_index(["classes", "method"])
    end = _ending(groups.values())
    records = []
    for (classes, method), runs in groups.items():
        row = mean_scores([run.predictions for run in runs], resamples).iloc[0]
        record: dict[str, object] = {"classes": classes, "method": method, "clips": row["n"], "runs": len(runs)}
        for metric in ("uf1", "uar", "accuracy"):
            record |= {f"{metric}{end}{bound}": row[f"{metric}{bound}"] for bound in _BOUNDS}
            record[f"{metric}_paper"] = published.at[(classes, method), metric]
        records.append(record)
    return pd.DataFrame(records)


def composite_table(main: TrainedRun | None) -> pd.DataFrame:
    """Table 1: published methods on the composite database, then ours in a row of its own: which method, on what data.

    Args:
        main: our run; None leaves its row out. Its intervals are in `own_parts_table`.

    Returns:
        Columns ``method`` (marked where others quote it), ``year``, and UF1 and UAR of every part as text: ``–`` where
        nothing was published; ours on rendered faces end in ``*``. `composite_notes` explains the marks.
    """
    records = []
    for _, row in _marked(read_published("composite")).iterrows():
        record: dict[str, object] = {"method": row["method"], "year": str(row["year"])}
        for part, name in PART_NAMES.items():
            record |= {f"{name} ({m})": _text(row[f"{part}_{m.lower()}"]) for m in ("UF1", "UAR")}
        records.append(record)
    table = pd.DataFrame(records)
    if main is None:
        return table
    kind = "synthetic" if main.synthetic else "real"
    own: dict[str, object] = {"method": f"{main.method}, this suite ({kind} faces)", "year": ""}
    for _, row in mean_scores(main.predictions, resamples=1).iterrows():
        if shown := PART_NAMES.get(part_key(row["part"])):
            mark = "*" if main.synthetic else ""
            own |= {f"{shown} ({metric})": _text(row[metric.lower()]) + mark for metric in ("UF1", "UAR")}
    return pd.concat([table, pd.DataFrame([own])], ignore_index=True).fillna("–")


def sources_table() -> pd.DataFrame:
    """Where the numbers of `composite_table` come from: ``method, year, certainty, source, note``."""
    return _marked(read_published("composite"))[["method", "year", "certainty", "source", "note"]]


def composite_notes(main: TrainedRun | None) -> str:
    """What the marks of `composite_table` mean, and what our row was found on."""
    marks = [f"{mark} {certainty} ({CERTAINTY[certainty]})." for certainty, mark in MARKS.items()]
    own = [] if main is None else [*(["* synthetic faces."] if main.synthetic else []), tested_on([main], False)]
    return " ".join(["No mark: read in the work that measured it.", *marks, *own])


def own_parts_table(main: TrainedRun, resamples: int = 2000) -> pd.DataFrame:
    """Our row of table 1 with intervals, a row a part, the paper's FRL-DGT beside it."""
    return ablation_table({FULL: [main]}, resamples).drop(columns=["variant", "change", "runs"])


def _marked(published: pd.DataFrame) -> pd.DataFrame:
    """Published rows with a mark behind the method where the numbers are not those of the work that measured them."""
    marks = published["certainty"].map(MARKS)
    return published.assign(method=published["method"].where(marks.isna(), published["method"] + " " + marks))


def _published(variant: str) -> dict[str, Any]:
    """The paper's row of a variant."""
    row = read_published("ablation").set_index("variant").loc[variant]
    return {str(name): value for name, value in row.items()}


def _cells(row: pd.Series, end: str, theirs: Mapping[str, Any], part: str, paper: str = "_paper") -> dict[str, object]:
    cells: dict[str, object] = {}
    for metric in ("uf1", "uar"):
        cells |= {f"{metric}{end}{bound}": row[f"{metric}{bound}"] for bound in _BOUNDS}
        cells[f"{metric}{paper}"] = theirs.get(f"{part}_{metric}", float("nan"))
    return cells


def _in_order_of_parts(table: pd.DataFrame) -> pd.DataFrame:
    known = list(PART_NAMES)
    rank = [known.index(key) if (key := part_key(part)) in known else len(known) for part in table["part"]]
    return table.iloc[sorted(range(len(table)), key=rank.__getitem__)].reset_index(drop=True)


def _ending(groups: Iterable[Sequence[TrainedRun]]) -> str:
    return ours(any(run.synthetic for runs in groups for run in runs))


def _text(value: float) -> str:
    return f"{value:.3f}" if value == value else "–"
