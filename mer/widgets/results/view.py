"""Look through the results of a run: linked views in which a selection in one is a selection in all."""

import html
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd

from mer.core.errors import InputError
from mer.widgets.bars import table_html
from mer.widgets.cell_grid import CellGrid
from mer.widgets.kept import Kept
from mer.widgets.names import database_words
from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.results.clip import ClipDetail, true_motion_of
from mer.widgets.results.clip_strip import ClipStrip
from mer.widgets.results.data import (
    SYNTHETIC_FACES,
    RunResults,
    clips_table,
    fits,
    no_scores,
    plane,
    read_results,
    rows_of_cell,
    selection_scores,
)
from mer.widgets.results.explain import ExplainView
from mer.widgets.results.map import FeatureMap
from mer.widgets.results.pictures import thumbnail
from mer.widgets.selection import Selection

_TITLES = {
    "database": "database",
    "subject": "subject",
    "clip": "clip",
    "label": "true class",
    "predicted": "predicted",
    "right": "right",
    "probability": "p(predicted)",
    "fold": "held out",
}
_THUMBNAIL_BYTES = 8 * 2**20


def explore_results(run: Any, store: Any = None, features: pd.DataFrame | None = None) -> ipywidgets.VBox:
    """Linked views of a finished run; what the run does not keep is said in its place.

    Args:
        run: the run's folder, an object with ``folder`` or ``path``, or its results (`read_results`).
        store: aligned store of its clips (`mer.face.store.AlignedStore`), for the true motion and the terms of use.
        features: points of the plane (`mer.figures.features.features_table`) when they were computed before.
    """
    try:
        results = read_results(run)
    except InputError as error:
        return ipywidgets.VBox([Notice(f"No results to show. {error}", "error")])
    return ResultsExplorer(results, store, features)


class ResultsExplorer(ipywidgets.VBox):
    """The widget of `explore_results`: ``map``, ``matrix``, ``table``, ``strip``, ``detail`` share ``selection``."""

    def __init__(self, results: RunResults, store: Any = None, features: pd.DataFrame | None = None) -> None:
        self.results = results
        self.selection = Selection(len(results.predictions))
        self.notice = Notice()
        self._thumbnails = Kept(_THUMBNAIL_BYTES)
        count = len(results.classes)
        self._all = np.bincount(results.cell, minlength=count**2).reshape(count, count)
        self.matrix = CellGrid(
            self._all,
            results.classes,
            results.classes,
            row_title="true class",
            column_title="predicted class",
            label="Confusion matrix",
        )
        self.matrix.when_picked = self._picked
        self.table = ClipTable(clips_table(results), titles_of(results), self.selection, label="Test clips of the run")
        self.strip = ClipStrip(self.selection, self._thumbnail, results.words)
        self.detail = ClipDetail(results, true_motion_of(results, store))
        self.explain = ExplainView(results, self.selection)
        self.summary = ipywidgets.HTML()
        buttons = {"Clear selection": self._clear, "Choose the wrong": self._wrong, "Choose the right": self._right}
        self.buttons = {name: ipywidgets.Button(description=name, tooltip=name) for name in buttons}
        for name, action in buttons.items():
            self.buttons[name].on_click(action)
        self.selection.observe(self._focus_changed, "focus")
        self.selection.observe(self._rows_changed, "rows")
        self.map = self._map(features)  # hears after all others: of ten thousand clips it is slow to draw in the page
        upper = ipywidgets.HBox(
            [self.map, self._matrix_box()], layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="12px")
        )
        about = ipywidgets.HTML(about_html(results, getattr(store, "terms", "")))
        lower = [self.table, self.strip, self.detail, self.explain]
        super().__init__([about, self.notice, upper, *lower])
        self._rows_changed()
        self._focus_changed()
        results.arrays.read_ahead()  # a clip far behind comes at once, also in the strip

    def _map(self, features: pd.DataFrame | None) -> ipywidgets.Widget:
        """The plane, or in its place what keeps it from being shown."""
        if features is not None and not fits(features, self.results):
            return Notice(
                "The points given are not of this run's clips. Leave them out, or compute them anew.", "error"
            )
        try:
            points = plane(self.results) if features is None else features
        except InputError as error:
            return Notice(str(error), "warning")
        return FeatureMap(self.results, points, self.selection)

    def _matrix_box(self) -> ipywidgets.VBox:
        words = (
            '<p style="margin:0;max-width:420px;line-height:1.35;font-size:12px">Confusion matrix: counts of clips and '
            "percent of the true class. A cell chooses its clips, a head its row or column; with Ctrl it is added. "
            "Arrow keys walk, Enter chooses.</p>"
        )
        buttons = ipywidgets.HBox(list(self.buttons.values()), layout=ipywidgets.Layout(flex_flow="row wrap"))
        return ipywidgets.VBox([ipywidgets.HTML(words), self.matrix, buttons, self.summary])

    @guarded
    def _picked(self, label: int | None, predicted: int | None, add: bool) -> None:
        rows = rows_of_cell(self.results.cell, len(self.results.classes), label, predicted)
        self._choose(np.union1d(rows, self.selection.rows) if add else rows)

    def _choose(self, rows: np.ndarray) -> None:
        if not len(rows):
            self.notice.say("No clip is there to choose: the selection stays as it was.", "warning")
            return
        self.selection.choose(rows.tolist())

    def _clear(self, _button: object = None) -> None:
        self.selection.clear()

    @guarded
    def _wrong(self, _button: object = None) -> None:
        self._choose(np.flatnonzero(~self.results.right))

    @guarded
    def _right(self, _button: object = None) -> None:
        self._choose(np.flatnonzero(self.results.right))

    def _thumbnail(self, row: int) -> bytes:
        return self._thumbnails.get(row, lambda: thumbnail(self.results.arrays, row))

    @guarded
    def _rows_changed(self, _change: object = None) -> None:
        rows, count = self.selection.rows, len(self.results.classes)
        chosen = np.bincount(self.results.cell[list(rows)], minlength=count**2) if rows else None
        self.matrix.mark(None if chosen is None else chosen.reshape(count, count))
        self.summary.value = summary_html(self.results, rows)
        if self.notice.kind == "warning":
            self.notice.clear()
        self.strip.show()

    @guarded
    def _focus_changed(self, _change: object = None) -> None:
        self.strip.focus = self.selection.focus
        self.detail.show(self.selection.focus)
        self.explain.clip_changed()


def about_html(results: RunResults, terms: str = "") -> str:
    """What the views show: run, clips, databases, epoch rule, terms, what is missing, and what it is older than."""
    table = results.predictions
    databases = "; ".join(database_words(name) for name in dict.fromkeys(table["database"]))
    persons = table[["database", "subject"]].drop_duplicates().shape[0]
    faces = "" if terms or not results.synthetic else f"{SYNTHETIC_FACES} "  # terms of synthetic clips say it too
    words = (
        f"Run {table['run'].iat[0]} (seed {table['seed'].iat[0]}): {len(table)} test clips of {persons} persons "
        f"({databases}); epoch rule: {results.epoch_rule}. {faces}{terms}"
    )
    missing = "".join(f"<br>{html.escape(sentence)}" for sentence in results.missing)
    older = f'<p role="note" style="margin:0 0 4px"><b>Out of date.</b> {html.escape(results.older)}</p>'
    about = f'<p style="margin:0 0 4px;line-height:1.4">{html.escape(words.strip())}{missing}</p>'
    return about + (older if results.older else "")


def titles_of(results: RunResults) -> dict[str, str]:
    """Column of the table of clips to its head; what is the same in all rows, or told by another, is left out."""
    table, titles = results.predictions, dict(_TITLES)
    if table["database"].nunique() == 1:
        del titles["database"]
    if (table["fold"] == table["database"] + "/" + table["subject"]).all():
        del titles["fold"]  # each person alone, as the heading of a clip says
    return titles


def summary_html(results: RunResults, rows: tuple[int, ...]) -> str:
    """Scores of the selection beside those of all clips."""
    count = len(results.classes)
    parts = {"all clips": selection_scores(results.cell, (), count)}
    if rows:
        parts = {"selection": selection_scores(results.cell, rows, count)} | parts
    lines = [
        [name, f"{part['n']}", f"{part['right']}", *(_score(part[metric]) for metric in ("uf1", "uar"))]
        for name, part in parts.items()
    ]
    why = no_scores(results.cell, rows, count) if rows else ""
    head = f"{len(rows)} of {len(results.cell)} clips chosen" if rows else "Nothing chosen: all clips are shown"
    table = table_html(["", "n", "right", "UF1", "UAR"], lines, head)
    note = "Scores of a selection are descriptive: it was chosen by hand, perhaps by its outcome. " if rows else ""
    if why:
        note = f"No UF1 and UAR of this selection: {why}. "
    style = "font-size:12px;margin:2px 0 0;max-width:420px;line-height:1.35"
    return f'{table}<p style="{style}">{note}Epoch rule: {html.escape(results.epoch_rule)}.</p>'


def _score(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "n/a"
