"""Two runs side by side: the clips that one gets right and the other wrong, and both models on one clip."""

import html
from typing import Any

import ipywidgets
import numpy as np

from mer.core.errors import InputError
from mer.evaluation.agreement import VERDICTS
from mer.widgets.bars import table_html
from mer.widgets.cell_grid import CellGrid
from mer.widgets.parts.clip_table import ClipTable
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice
from mer.widgets.results.clip import TrueMotion, scores_html, true_motion_of
from mer.widgets.results.clip_pictures import ClipPictures
from mer.widgets.results.data import SYNTHETIC_FACES, RunResults, clip_line
from mer.widgets.results.pictures import Seen, clip_seen
from mer.widgets.selection import Selection
from mer.widgets.two_runs.data import (
    TwoRunsData,
    cell_words,
    mcnemar_words,
    rows_of_verdicts,
    score_lines,
    table_titles,
    two_runs_data,
    two_runs_table,
)


def compare_runs(run_a: Any, run_b: Any, store: Any = None, names: tuple[str, str] | None = None) -> ipywidgets.VBox:
    """Two finished runs laid side by side on their common clips; a message in its place where they cannot be compared.

    Args:
        run_a, run_b: as for `two_runs_data`, whose result `TwoRuns` takes where it is at hand.
        store: aligned store of the clips, for the true motion.
        names: what to call the runs.
    """
    try:
        data = two_runs_data(run_a, run_b, names)
    except InputError as error:
        return ipywidgets.VBox([Notice(f"These runs cannot be laid side by side. {error}", "error")])
    return TwoRuns(data, store)


class TwoRuns(ipywidgets.VBox):
    """The widget of `compare_runs`: ``matrix`` (who is right), ``table`` and both clips share ``selection``."""

    def __init__(self, data: TwoRunsData, store: Any = None) -> None:
        self.data = data
        self.selection = Selection(len(data.common.first))
        self.notice = Notice()
        a, b = data.names
        self.matrix = CellGrid(
            data.agreement.counts,
            VERDICTS,
            VERDICTS,
            row_title=a,
            column_title=b,
            label=f"Right and wrong of {a} and {b}",
            percent=False,
            words=cell_words(data.names),
        )
        self.matrix.when_picked = self._picked
        self.table = ClipTable(two_runs_table(data), table_titles(data), self.selection, label="Clips of both runs")
        self.clear = ipywidgets.Button(description="Clear selection", tooltip="Clear selection")
        self.clear.on_click(lambda _button: self.selection.clear())
        self.chosen, self.heading = ipywidgets.HTML(), ipywidgets.HTML()
        self.sides = [
            RunSide(name, run, rows, true_motion_of(run, store))
            for name, run, rows in zip(
                data.names, data.runs, (data.common.first_rows, data.common.second_rows), strict=True
            )
        ]
        wrap = ipywidgets.Layout(flex_flow="row wrap", grid_gap="24px")
        upper = ipywidgets.HBox([self.matrix, ipywidgets.HTML(two_runs_html(data))], layout=wrap)
        bar = ipywidgets.HBox([self.clear, self.chosen], layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px"))
        letters = ipywidgets.HTML(letters_html(data.names))
        about = ipywidgets.HTML(two_runs_about(data, getattr(store, "terms", "")))
        super().__init__([about, self.notice, upper, bar, letters, self.table, self.heading, *self.sides])
        self.selection.observe(self._rows_changed, "rows")
        self.selection.observe(self._focus_changed, "focus")
        self._rows_changed()
        self._focus_changed()
        for run in data.runs:
            run.arrays.read_ahead()  # the first click on a clip far behind would inflate all before it

    @guarded
    def _picked(self, first: int | None, second: int | None, add: bool) -> None:
        rows = rows_of_verdicts(self.data.agreement.cell, first, second)
        if not len(rows):
            self.notice.say("No clip is of this kind: the selection stays as it was.", "warning")
            return
        self.selection.choose((np.union1d(rows, self.selection.rows) if add else rows).astype(int).tolist())

    @guarded
    def _rows_changed(self, _change: object = None) -> None:
        rows = self.selection.rows
        cells = self.data.agreement.cell[list(rows)]
        self.matrix.mark(np.bincount(cells, minlength=4).reshape(2, 2) if rows else None)
        if self.notice.kind == "warning":
            self.notice.clear()
        words = (
            f"{len(rows)} of {self.selection.count} common clips chosen" if rows else "Nothing chosen: all are shown"
        )
        self.chosen.value = f"<b>{words}</b>"

    @guarded
    def _focus_changed(self, _change: object = None) -> None:
        row = self.selection.focus
        if row < 0:
            return
        one = self.data.common.first.iloc[row]
        true_class = self.data.runs[0].true_class(int(self.data.common.first_rows[row]))
        name, label = html.escape(clip_line(one)), html.escape(true_class)
        self.heading.value = f'<p style="margin:8px 0 2px"><b>{name}</b>: true class <b>{label}</b></p>'
        both = [side.look(row) for side in self.sides]
        for side, own, other in zip(self.sides, both, both[::-1], strict=True):
            if own is not None:  # else said at the side
                side.draw(own, other)


class RunSide(ipywidgets.VBox):
    """One run's view of a common clip: prediction, scores, frames, motion, weights.

    What its arrays no longer give is said in place of the pictures; the other run's side does not need them.
    """

    def __init__(self, name: str, run: RunResults, rows: np.ndarray, true_motion: TrueMotion) -> None:
        """``rows``: the run's own row of every common clip."""
        self.name, self.run, self.rows, self._true_motion = name, run, rows, true_motion
        self.words, self.notice, self.scores = ipywidgets.HTML(), Notice(), ipywidgets.HTML()
        self.pictures = ClipPictures(onset=False)  # the onset is under the weights
        super().__init__([self.words, self.notice, self.scores, self.pictures])

    @guarded
    def look(self, row: int) -> Seen | None:
        """Say what the run predicts of a common clip, and give what it keeps of it to be drawn; None where that can no
        longer be read."""
        own = int(self.rows[row])
        one = self.run.predictions.iloc[own]
        verdict = "✓ right" if self.run.right[own] else "✗ wrong"
        self.words.value = (
            f'<p style="margin:6px 0 2px"><b>{html.escape(self.name)}</b> predicts '
            f"<b>{html.escape(one['predicted'])}</b> ({verdict})</p>"
        )
        self.scores.value = scores_html(self.run, own, f"Class scores (probability), {self.name}")
        seen = None
        try:
            seen = clip_seen(self.run.arrays, own, f"{one['clip']}, {self.name}", *self._true_motion(own))
        finally:
            self.pictures.layout.display = "none" if seen is None else ""  # never those of the clip before
        return seen

    def draw(self, seen: Seen, other: Seen | None) -> None:
        """Draw what `look` gave, on the same scales as ``other``, what the other run keeps of the clip."""
        self.pictures.show(seen, [] if other is None else [other])


def letters_html(names: tuple[str, str]) -> str:
    """What A and B in the table are, and of which class the probability is."""
    a, b = (html.escape(name) for name in names)
    return (
        f'<p style="margin:0;line-height:1.4">In the table <b>A</b> is {a} and <b>B</b> is {b}; p(true) is the '
        "probability that a run gives the true class.</p>"
    )


def two_runs_html(data: TwoRunsData) -> str:
    """Scores of both, their difference with its interval, and McNemar's test."""
    heads = ["", "n", "persons", "UF1 [95 %]", "UAR [95 %]"]
    table = table_html(heads, score_lines(data), "Scores on the common clips, intervals over persons")
    rule = data.runs[0].epoch_rule if len({run.epoch_rule for run in data.runs}) == 1 else "differs, see above"
    words = html.escape(mcnemar_words(data))
    return f'{table}<p style="max-width:560px;line-height:1.4">{words} Epoch rule: {html.escape(rule)}.</p>'


def two_runs_about(data: TwoRunsData, terms: str = "") -> str:
    """What is compared, on which clips, and what each run does not keep."""
    a, b = data.names
    faces = "" if terms or not data.runs[0].synthetic else f" {SYNTHETIC_FACES}"
    notes = list(data.notes)
    for name, run in zip(data.names, data.runs, strict=True):
        notes += [f"{name}: {sentence}" for sentence in run.missing]
    lines = "".join(f"<br>{html.escape(note)}" for note in notes)
    words = f"{a} and {b} on {len(data.common.first)} common clips.{faces} {terms}".strip()
    return f'<p style="margin:0 0 4px;line-height:1.4">{html.escape(words)}{lines}</p>'
