"""The report of a study: one static page that a reader opens without a kernel and without a network.

Everything on it comes from the run folders: words and pictures of ``figures/``, tables of ``tables/``, scores of
``summary.json``, versions and machine of ``record.json``, and the executed notebooks, exported as pages beside them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer.core.errors import InputError
from mer.core.files import read_mapping, write_text
from mer.core.finished_run import fault
from mer.core.made_again import made_again
from mer.core.one_run import BeingMade, read_one_run
from mer.core.paths import outputs_dir
from mer.evaluation.corrected_since import corrected_since_words
from mer.evaluation.data_terms import DataTerms, own_terms, run_terms, terms_words
from mer.figures.tables import cell, heading, interval, number
from mer.runs.console import duration
from mer.runs.export import export_notebook
from mer.runs.folder import RunFolder
from mer.runs.odd_records import mapping, text
from mer.runs.odd_records import number as taken
from mer.runs.plan import PlannedRun, Study
from mer.runs.short_paths import short_paths
from mer.runs.tables import read_table
from mer.training.protocols import PROTOCOLS

SCORES = ("uf1", "uar", "accuracy")


def write_report(study: Study) -> Path:
    """Write ``outputs/<study>/index.html`` and the notebooks' pages; returns its path.

    Runs that are missing or failed are shown as such.
    """
    import jinja2

    outputs = outputs_dir()
    runs = [_run(planned, RunFolder(outputs, study.name, planned.name)) for planned in study.runs]
    steps = [planned.step for planned in study.runs]
    for at, run in enumerate(runs):  # what a grid shows many times is opened by those who want it
        run["folded"] = steps[at] in steps[:at]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template("report.html.j2").render(
        title=study.title or study.name,
        study=study.name,
        about=study.about,
        runs=runs,
        scores=score_table(runs),
        synthetic=any(run["synthetic"] for run in runs),
        all_synthetic=all(run["synthetic"] for run in runs if run["scored"]),
        terms=terms_words(one for run in runs for one in run["terms"]),
        record=_common_record([run["record"] for run in runs if run["state"] == "finished"]),
        total=duration(sum(run["seconds"] or 0 for run in runs)),
        finished=sum(run["state"] == "finished" for run in runs),
    )
    target = outputs / study.name / "index.html"
    write_text(target, page)
    return target


def _terms(folder: RunFolder) -> tuple[DataTerms, ...]:
    try:
        return run_terms(folder.path)
    except InputError:  # a run of elsewhere, that this one was made from, is damaged; the page must be written
        return own_terms(folder.path)


def score_table(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for every finished run that has a UF1 or a UAR, then its floors, for the head of the page.

    A floor of equal scores that stands above already is not repeated. Where runs have several label spaces, each row
    names its own; a method that does not leave one subject out of all says what it leaves out.
    """
    scored = [run for run in runs if run["scored"]]
    several = len({run["summary"].get("labels") for run in scored}) > 1
    rows, floors = [], []
    for run in scored:
        summary = run["summary"]
        shared = {"anchor": run["anchor"], "synthetic": run["synthetic"]}
        labels = f" ({summary['labels']})" if several and "labels" in summary else ""
        protocol = str(summary.get("protocol") or "loso")
        how = "" if protocol == "loso" else f", {PROTOCOLS.get(protocol, protocol)}"
        rows.append(_score_row(summary.get("method", run["name"]) + how + labels, summary) | shared)
        for name, scores in mapping(summary.get("beside")).items():
            floor = _score_row(name + labels, mapping(scores)) | {"epoch_rule": ""}
            if floor not in floors:
                rows.append(floor | shared)
                floors.append(floor)
    return rows


def _score_row(method: str, scores: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("n", "subjects", "epoch_rule")
    cells = [interval(scores, name).partition(" ")[::2] for name in SCORES]
    return {"method": method, "cells": cells, **{key: scores.get(key, "") for key in keys}}


def _run(planned: PlannedRun, folder: RunFolder) -> dict[str, Any]:
    """What the page says of a run: of one, though another may take its place meanwhile."""
    named = {
        "name": planned.name,
        "anchor": re.sub(r"[^A-Za-z0-9]+", "-", planned.name),
        "heading": _heading(planned),
        "about": planned.about,
    }
    try:
        return named | read_one_run(folder.path, lambda: _found(planned, folder))
    except BeingMade:
        return named | _BEING_MADE


def _found(planned: PlannedRun, folder: RunFolder) -> dict[str, Any]:
    damaged = fault(folder.path)
    state = "damaged" if damaged else folder.state()
    record, seconds = folder.read("record.json"), taken((folder.result() or {}).get("seconds"))
    summary = folder.read("summary.json") if state == "finished" else {}
    notebook = folder.file(f"{planned.notebook.stem}.ipynb")
    page = export_notebook(notebook) if notebook.is_file() else None
    return {
        "state": state,
        "error": f"{damaged}. {made_again(folder.path)}" if damaged else folder.read("error.json").get("message", ""),
        "older": corrected_since_words(folder.path, printed=True) if state == "finished" else "",
        "summary": summary,
        "scored": any(number(summary.get(name)) is not None for name in SCORES),
        "synthetic": bool(summary.get("synthetic")),
        "facts": _facts(summary),
        "seconds": seconds,
        "duration": duration(seconds) if seconds is not None else "",
        "memory": record.get("peak_memory_mb"),
        "parameters": folder.read("parameters.json").get("parameters", {}),
        "notebook": _relative(notebook, folder) if notebook.is_file() else "",
        "page": _relative(page, folder) if page else "",
        "shown": _shown(folder) if state == "finished" else [],
        "terms": _terms(folder) if state == "finished" else (),
        "record": record,
    }


#: Of a run that was made again time and again while the report was written.
_BEING_MADE = {
    **{"state": "running", "error": "", "older": "", "summary": {}, "scored": False, "synthetic": False, "facts": []},
    **{"seconds": None, "duration": "", "memory": None, "parameters": {}, "notebook": "", "page": "", "shown": []},
    **{"terms": (), "record": {}},
}


def _shown(folder: RunFolder) -> list[dict[str, Any]]:
    """Tables and figures in the order in which the notebook made them."""
    paths = [*folder.file("tables").glob("*.csv"), *folder.file("figures").glob("*.json")]
    paths.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [_table(path, folder) if path.suffix == ".csv" else _figure(path, folder) for path in paths]


def _table(path: Path, folder: RunFolder) -> dict[str, Any]:
    table = read_table(path)
    return {"kind": "table"} | table | {"files": [(kind, _relative(file, folder)) for kind, file in table["files"]]}


def _figure(record: Path, folder: RunFolder) -> dict[str, Any]:
    words = read_mapping(record)
    files = {suffix: record.with_suffix(f".{suffix}") for suffix in ("png", "svg", "pdf", "csv")}
    data = [record.with_name(name) for name in words.get("csv", [])]
    links = [("SVG", files["svg"]), ("PDF", files["pdf"]), *(("numbers", path) for path in data)]
    return {
        "kind": "figure",
        "title": words.get("title") or record.stem,
        "caption": words.get("caption", ""),
        "alt": words.get("alt", ""),
        "png": _relative(files["png"], folder),
        "width": round(float(words["width_in"]) * 118) if "width_in" in words else None,
        "links": [(name, _relative(path, folder)) for name, path in links if path.is_file()],
    }


def _heading(planned: PlannedRun) -> str:
    """The notebook's first line, with the grid's values where there are some."""
    title = planned.notebook.source[0].strip().partition("\n")[0].lstrip("# ") or planned.notebook.stem
    return title if planned.name == planned.step else f"{title} ({planned.name.removeprefix(planned.step + '-')})"


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a summary says beside the scores: plain values only."""
    shown = []
    for key, value in summary.items():
        if (
            key in ("synthetic", "method")
            or key.endswith(("_low", "_high"))
            or isinstance(value, dict | list)
            or value is None
        ):
            continue
        text = interval(summary, key) if f"{key}_low" in summary else cell(short_paths(str(value)))
        shown.append((heading(key), text))
    return shown


def _common_record(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Versions, machine and code of the study's last finished run."""
    latest = max(records, key=lambda record: text(record.get("started")), default={})
    return {key: latest.get(key, {}) for key in ("versions", "machine", "code")} | {
        "started": min((text(record.get("started")) for record in records), default=""),
        "ended": max((text(record.get("ended")) for record in records), default=""),
    }


def _relative(path: Path, folder: RunFolder) -> str:
    from urllib.parse import quote

    return quote(path.relative_to(folder.outputs / folder.study).as_posix())
