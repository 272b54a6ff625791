"""Two runs on the same clips, prepared for their view: what is common, who is right where, and how much better."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.evaluation.agreement import VERDICTS, Agreement, CommonClips, agreement, common_clips
from mer.evaluation.paired import mean_scores, paired_difference
from mer.evaluation.predictions import SCORE
from mer.evaluation.report import ALL
from mer.evaluation.run_protocol import run_protocol
from mer.manifest.clips import KEY
from mer.training.protocols import PROTOCOLS
from mer.widgets.names import database_words
from mer.widgets.results.data import RunResults, read_results

#: What is said beside the test, always.
NOT_INDEPENDENT = (
    "McNemar's test takes clips as independent; clips of one person are not, so its p is too small. The intervals draw "
    "whole persons, the same for both runs."
)
_LOOKED = 40  # common clips whose frames are compared
_SAME_LEVELS = 2.0  # grey levels, mean over the face


@dataclass(frozen=True)
class TwoRunsData:
    """Two runs and their common clips.

    Attributes:
        names: what to call them.
        runs: their results.
        common: rows of the clips that both predict.
        agreement: right and wrong on these.
        scores: `mer.evaluation.paired` scores of A, of B, and of A minus B: one row each, for all common clips.
        notes: what a reader must know: clips left out, protocols or epoch rules that differ.
    """

    names: tuple[str, str]
    runs: tuple[RunResults, RunResults]
    common: CommonClips
    agreement: Agreement
    scores: pd.DataFrame
    notes: tuple[str, ...]


def two_runs_data(run_a: Any, run_b: Any, names: tuple[str, str] | None = None, resamples: int = 2000) -> TwoRunsData:
    """Read and match two runs.

    Args:
        run_a, run_b: folders of finished runs, objects with ``folder`` or ``path``, or results that were read before.
        names: what to call them; by default what their tables say.
        resamples: draws of persons for the intervals.

    Raises:
        InputError: a run cannot be read, or both cannot be compared; the message says why.
    """
    runs = (read_results(run_a), read_results(run_b))
    names = names or _names(runs)
    if names[0] == names[1]:
        raise InputError(f"Both runs are called {names[0]!r}. Give two different names.")
    common = common_clips(runs[0].predictions, runs[1].predictions, names)
    notes = [f"{name}: {run.older}" for name, run in zip(names, runs, strict=True) if run.older]
    for name, count, other in zip(names, (common.only_first, common.only_second), names[::-1], strict=True):
        if count:
            notes.append(f"{count} clips of {name} are not in {other} and are left out here.")
    if different := _other_faces(runs, common):
        notes.append(
            f"Careful: {different} the onset frames differ between the runs. Either the clips are other ones under the "
            "same names (as of two synthetic databases), or the faces were aligned otherwise."
        )
    protocols = [_protocol(run) for run in runs]
    if protocols[0] != protocols[1]:
        hows = [PROTOCOLS.get(protocol, "an unknown one") for protocol in protocols]
        notes.append(
            f"The runs follow different protocols, {names[0]}: {hows[0]}; {names[1]}: {hows[1]}. Part of the "
            "difference is that of whom the models were trained on."
        )
    rules = [run.epoch_rule for run in runs]
    first, second = common.first, common.second
    if rules[0] != rules[1]:
        notes.append(
            f"The epoch was chosen by different rules, {rules[0]} in {names[0]} and {rules[1]} in {names[1]}: part of "
            "the difference is that of the rules."
        )
        second = second.assign(epoch_rule=first["epoch_rule"])  # said above; the paired scores need one name
    parts = [
        mean_scores(first, resamples),
        mean_scores(second, resamples),
        paired_difference(first, second, resamples),
    ]
    rows = [part[part["part"] == ALL].iloc[0] for part in parts]
    heads = [*names, f"{names[0]} − {names[1]}"]
    scores = pd.DataFrame(rows).reset_index(drop=True).drop(columns="part")
    scores.insert(0, "run", heads)
    return TwoRunsData(names, runs, common, agreement(first, second), scores, tuple(notes))


def _protocol(run: RunResults) -> str:
    with run.opened.one_making():
        return run_protocol(run.folder, run.predictions)


def two_runs_table(data: TwoRunsData) -> pd.DataFrame:
    """What the table shows of each common clip: key, true class, and of each run its prediction, right or wrong, and
    the probability of the true class, which can be compared also where the predictions differ."""
    first, second = data.common.first, data.common.second
    shown = first[[*KEY, "label"]].copy()
    shown["database"] = first["database"].map(database_words)
    if data.runs[0].corrected:
        shown["label"] = [data.runs[0].true_class(row) for row in data.common.first_rows]
    for letter, table, run, rows in (
        ("a", first, data.runs[0], data.common.first_rows),
        ("b", second, data.runs[1], data.common.second_rows),
    ):
        scores = table[[SCORE + name for name in run.classes]].to_numpy()
        truth = run.cell[rows] // len(run.classes)
        shown[f"predicted_{letter}"] = table["predicted"].to_numpy()
        shown[f"right_{letter}"] = np.where(run.right[rows], "right", "wrong")
        shown[f"probability_{letter}"] = scores[np.arange(len(scores)), truth].round(3)
    return shown


def table_titles(data: TwoRunsData) -> dict[str, str]:
    """Column of `two_runs_table` to its head; the database only where there are several. A and B stand for the runs."""
    titles = {name: name for name in KEY} | {"label": "true class"}
    if data.common.first["database"].nunique() == 1:
        del titles["database"]
    for letter in "ab":
        run = letter.upper()
        titles |= {f"predicted_{letter}": f"{run} predicts", f"right_{letter}": run}
        titles[f"probability_{letter}"] = f"{run} p(true)"
    return titles


def rows_of_verdicts(cell: np.ndarray, first: int | None, second: int | None) -> np.ndarray:
    """Common clips of a cell of the table of agreement (0 right, 1 wrong; None any): int64, ascending."""
    chosen = np.ones(len(cell), bool)
    if first is not None:
        chosen &= cell // 2 == first
    if second is not None:
        chosen &= cell % 2 == second
    return np.flatnonzero(chosen)


def cell_words(names: tuple[str, str]) -> list[list[str]]:
    """A sentence for each cell of the table of agreement."""
    return [[f"{names[0]} {a}, {names[1]} {b}" for b in VERDICTS] for a in VERDICTS]


def mcnemar_words(data: TwoRunsData) -> str:
    """The test in a sentence, with what it rests on."""
    only_first, only_second = int(data.agreement.counts[0, 1]), int(data.agreement.counts[1, 0])
    p = data.agreement.p
    shown = f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    return (
        f"The runs disagree on {only_first + only_second} of {len(data.common.first)} common clips: "
        f"{only_first} right in {data.names[0]} alone, {only_second} in {data.names[1]} alone; McNemar's exact test "
        f"{shown}. {NOT_INDEPENDENT}"
    )


def score_lines(data: TwoRunsData) -> list[list[str]]:
    """Lines of the table of scores: run, n, then UF1 and UAR with intervals."""
    lines = []
    for k, row in enumerate(data.scores.to_dict("records")):
        sign = "+" if k == 2 else ""
        cells = [
            f"{row[name]:{sign}.3f} [{row[f'{name}_low']:{sign}.3f}, {row[f'{name}_high']:{sign}.3f}]"
            for name in ("uf1", "uar")
        ]
        lines.append([str(row["run"]), str(row["n"]), str(row["subjects"]), *cells])
    return lines


def _other_faces(runs: tuple[RunResults, RunResults], common: CommonClips) -> str:
    """In words, of how many of some common clips the onset frames differ; empty for none, or where it is not known."""
    if any("onset" not in run.arrays for run in runs):
        return ""
    faces = [run.arrays["onset"] for run in runs]
    if faces[0].shape[1:] != faces[1].shape[1:]:
        return ""
    looked = np.unique(np.linspace(0, len(common.first) - 1, _LOOKED).astype(int))
    pair = [
        np.asarray(each[rows[looked]], float)
        for each, rows in zip(faces, (common.first_rows, common.second_rows), strict=True)
    ]
    differ = np.abs(pair[0] - pair[1]).reshape(len(looked), -1).mean(axis=1) > _SAME_LEVELS
    return f"of {int(differ.sum())} of {len(looked)} clips looked at" if differ.any() else ""


def _names(runs: tuple[RunResults, RunResults]) -> tuple[str, str]:
    """Names of the tables; folders with their parents where these are the same, letters where these are too."""
    found = [str(run.predictions["run"].iat[0]) for run in runs]
    if found[0] == found[1]:
        found = ["/".join(run.folder.parts[-2:]) for run in runs]
    if found[0] == found[1]:
        found = [f"A: {found[0]}", f"B: {found[1]}"]
    return found[0], found[1]
