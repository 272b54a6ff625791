"""``mer runs``: what ran, in a table that fits a terminal."""

import os
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from mer.core.errors import InputError, nearest
from mer.core.finished_run_files import unvouched
from mer.core.made_again import made_again
from mer.core.near_path import near_path
from mer.core.paths import expanded, given_path, outputs_dir
from mer.core.sealed import NEWER
from mer.manifest.own_corrections import read_own_corrections
from mer.runs.folder import NOT_STUDIES, RunFolder
from mer.runs.job_logs import log_lines, logs_folder
from mer.runs.jobs import LOGS
from mer.runs.registry import DAMAGED, OUT_OF_DATE, list_runs
from mer.runs.study import study_names

#: Headings of the columns, by those of `list_runs`; text is flush left.
_HEADS = {
    "state": "state",
    "started": "started (UTC)",
    "minutes": "min",
    "UF1": "UF1",
    "UAR": "UAR",
    "n": "n",
    "epoch_rule": "epoch",
    "data": "faces",
}
_TEXT = ("state", "started", "epoch_rule", "data")
_NUMBERS = {"minutes": "{:.1f}", "UF1": "{:.3f}", "UAR": "{:.3f}", "n": "{:.0f}"}
_NAME = 36  # letters of a run's name; a longer one has a line of its own


class Listed(NamedTuple):
    """What is printed, and whether a run in it is damaged."""

    text: str
    damaged: bool


def runs_text(given: str | None, as_json: bool = False, check: bool = False) -> Listed:
    """What ``mer runs`` prints, and whether a run in it is damaged.

    Args:
        given: a study, or the folder of a study or of a run; None for all.
        as_json: machine-readable, with all that is known.
        check: read every byte of every result.

    Raises:
        InputError: nothing is called so; the nearest name is told.
    """
    table, known = list_runs(check=check), study_names()
    ran = set(table["study"])
    study, run = _chosen(given, ran.union(known))
    chosen = table[table["study"] == study] if study else table
    chosen = chosen[chosen["run"] == run] if run else chosen
    damaged = bool((chosen["state"] == DAMAGED).any())
    if as_json:
        return Listed(str(chosen.to_json(orient="records", indent=2)), damaged)
    if chosen.empty:
        others = f"\nRuns are there of: {', '.join(sorted(ran))}" if ran else ""
        name = f" of study {study!r}" if study else ""
        return Listed(f"No runs{name} in {outputs_dir()}. Start some: mer study {study or 'demo'}{others}", False)
    lines = [
        *table_lines(chosen),
        *_out_of_date(chosen),
        *([*_of_another(chosen), *_unvouched(chosen)] if check else []),
        *_where_logs_are(chosen),
    ]
    return Listed("\n".join(lines), damaged)


def logs_text(given: str | None) -> str:
    """What ``mer runs --logs`` prints: a line a log, with whose it is.

    Args:
        given: as for `runs_text`.

    Raises:
        InputError: nothing is called so; the nearest name is told.
    """
    ran = {path.parent.name for path in outputs_dir().glob(f"*/{LOGS}")}
    study, run = _chosen(given, ran | set(list_runs()["study"]) | set(study_names()))
    lines = [line for name in ([study] if study else sorted(ran)) for line in log_lines(outputs_dir(), name, run)]
    return "\n".join(lines) or f"No logs of jobs{f' of study {study!r}' if study else ''} in {outputs_dir()}."


def corrections_fault() -> str:
    """Why it cannot be told which runs are older than a user's corrections; empty where it can."""
    try:
        read_own_corrections()
    except InputError as error:
        return f"Whether runs are older than your corrections cannot be told: {error}"
    return ""


def table_lines(table: pd.DataFrame) -> list[str]:
    """Runs study by study, 116 letters wide at most (a run's name may be longer); what all share stands above.

    Args:
        table: of `list_runs`, not empty.
    """
    shown = table.assign(
        started=table["started"].map(lambda text: text.replace("T", " ").removesuffix("Z")[:16]),
        **{name: table[name].map(lambda value, how=how: "" if pd.isna(value) else how.format(value))
           for name, how in _NUMBERS.items()},
    )  # fmt: skip
    shown = shown.assign(**{name: shown[name].fillna("").astype(str) for name in _TEXT})
    shared = {name: values[0] for name in ("epoch_rule", "data") if len(values := _said(shown, name)) == 1}
    heads = {name: head for name, head in _HEADS.items() if name not in shared}
    names = min(_NAME, max(len(name) for name in ("run", *shown["run"])))
    widths = {name: max(len(head), *shown[name].map(len)) for name, head in heads.items()}

    def line(name: str, cells: dict[str, str]) -> str:
        texts = [cells[one].ljust(width) if one in _TEXT else cells[one].rjust(width) for one, width in widths.items()]
        return "  ".join(["", name.ljust(names), *texts]).rstrip()

    words = {"data": "{} faces", "epoch_rule": "epoch rule {}"}
    above = ", ".join(words[name].format(value) for name, value in shared.items() if value)
    lines = [f"All scores: {above}."] if above else []
    lines.append(line("run", heads))
    for study, runs in shown.groupby("study", sort=False):
        lines.append(str(study))
        for name, *cells in runs[["run", *heads]].itertuples(index=False, name=None):
            row = dict(zip(heads, cells, strict=True))
            lines += [f"  {name}", line("", row)] if len(name) > names else [line(name, row)]
    return lines


def _said(table: pd.DataFrame, name: str) -> list[str]:
    """What the runs with a score say in a column, each once; all runs where none has a score."""
    scored = table[table["UF1"] != ""]
    return list(dict.fromkeys((scored if len(scored) else table)[name]))


def _out_of_date(table: pd.DataFrame) -> list[str]:
    """A line a reason, with the runs that it is of and what to do."""
    lines = []
    for (state, because), runs in table[table["because"] != ""].groupby(["state", "because"], sort=False):
        names = ", ".join(runs["study"] + "/" + runs["run"])
        if NEWER in str(because):
            lines.append(f"Cannot be read: {names}: {because}.")
            continue
        again = made_again(Path(str(runs["folder"].iat[0]))) if state == DAMAGED else "Run it again."
        lines.append(f"{str(state).capitalize()}: {names}: {because}. {again if len(runs) == 1 else 'Run them again.'}")
    return ["", *lines] if lines else []


def _of_another(table: pd.DataFrame) -> list[str]:
    """A line for each finished run whose folder was copied, renamed, or put in another's place since."""
    lines = []
    for row in table[table["state"].isin(["finished", OUT_OF_DATE])].itertuples(index=False):
        result = RunFolder(outputs_dir(), str(row.study), str(row.run)).result() or {}
        made = "/".join(str(result.get(name, own)) for name, own in (("study", row.study), ("run", row.run)))
        if made != f"{row.study}/{row.run}":
            lines.append(f"{row.study}/{row.run} holds the run {made}: its folder was copied, renamed or swapped.")
    return ["", *lines] if lines else []


def _unvouched(table: pd.DataFrame) -> list[str]:
    """A line on each kind of files for which finished runs of older versions do not vouch, and how to get that."""
    runs: dict[str, list[Path]] = {}
    for row in table[table["state"].isin(["finished", OUT_OF_DATE])].itertuples(index=False):
        if kinds := unvouched(str(row.folder)):
            runs.setdefault(" and ".join(kinds), []).append(Path(str(row.folder)))
    lines = []
    for what, folders in runs.items():
        names = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in folders)
        whose = "it was" if len(folders) == 1 else "they were"
        again = made_again(folders[0], up_to_date=True) + (" (the others likewise)" if len(folders) > 1 else "")
        lines.append(f"Nothing vouches for the {what} of {names}: {whose} made by an older version. {again}")
    return ["", *lines] if lines else []


def _where_logs_are(table: pd.DataFrame) -> list[str]:
    """A line a study that left logs of jobs."""
    folders = {study: logs_folder(outputs_dir(), study) for study in table["study"].unique()}
    lines = [
        f"Logs of its jobs: {folder} (mer runs {study} --logs)" for study, folder in folders.items() if folder.is_dir()
    ]
    return ["", *lines] if lines else []


def _chosen(given: str | None, studies: set[str]) -> tuple[str, str]:
    """Study and run that are meant, empty for all.

    Raises:
        InputError: nothing is called so, or a path is not that of a study or run.
    """
    if given is None:
        return "", ""
    if given in studies:
        return given, ""
    outputs = outputs_dir().resolve()
    places = (expanded(given), given_path(given), outputs / given)
    for place in places:
        if os.path.isdir(place) and place.resolve().is_relative_to(outputs):
            inside = place.resolve().relative_to(outputs).parts
            if inside and inside[0] in NOT_STUDIES:
                raise InputError(f"{given} holds no runs of a study. {nearest(given, studies)}")
            return (inside[0] if inside else "", inside[1] if len(inside) > 1 else "")
    hint = nearest(given, studies) if study_names() else "Call mer in the project's folder, where notebooks/ is."
    for place in places:
        if "/" in given and os.path.isdir(place.parent) and place.parent.resolve().is_relative_to(outputs):
            hint = near_path(place)
            break
    raise InputError(f"No study {given!r}, nor runs of it in {outputs_dir()}. {hint}")
