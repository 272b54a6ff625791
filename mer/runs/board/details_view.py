"""The lower half of the run board: one run with its curves and links, or two runs side by side."""

import html
import time
from pathlib import Path

import ipywidgets
import pandas as pd

from mer.figures.curve_words import curve_name
from mer.figures.live_curves import live_curves, live_names
from mer.runs.background import is_alive
from mer.runs.board.actions import job_of
from mer.runs.board.details import compare_html, links_markdown, run_html
from mer.runs.board.live import LiveReader
from mer.runs.board.rows import BoardRun
from mer.runs.board.tables import Defaults
from mer.runs.console import duration
from mer.runs.jobs import log_tail
from mer.widgets.live_plot import LivePlot

#: States in which a run may have written curves since the last look.
_MOVES = ("running",)


class DetailsView(ipywidgets.VBox):
    """What the board shows of the run looked at.

    Attributes:
        words: state, scores, parameters, errors (HTML).
        links: to the run's files, as JupyterLab opens them.
        curve: which curve is drawn.
        part: the fold or group in colour; empty for all that are under way.
        plot: the curves (`LivePlot`).
        said: the curves in words.
    """

    def __init__(self, defaults: Defaults) -> None:
        self.defaults = defaults
        self.words, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.links = ipywidgets.Output()
        self.curve = ipywidgets.Dropdown(description="Curve", options=[], layout=ipywidgets.Layout(width="260px"))
        self.plot = LivePlot()
        self.part = ipywidgets.Dropdown(description="Fold", options=[""], layout=ipywidgets.Layout(width="260px"))
        self._unit, self._total = "fold", 0
        chosen = ipywidgets.HBox([self.curve, self.part], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self._curves = ipywidgets.VBox([chosen, self.plot, self.said], layout=ipywidgets.Layout(display="none"))
        self._reader: LiveReader | None = None
        self._history = pd.DataFrame()
        self._run: BoardRun | None = None
        self._linked: str | None = None
        super().__init__([self.words, self.links, self._curves])
        self.curve.observe(self._draw, "value")
        self.part.observe(self._draw, "value")

    def show(self, runs: list[BoardRun], curves: bool = True) -> None:
        """Show one run, two side by side, or a sentence for none and for more.

        Args:
            runs: what is looked at.
            curves: with the curves of a run that has some.
        """
        self._run = runs[0] if len(runs) == 1 else None
        if self._run is not None:
            self._show_run(self._run, curves)
            return
        if len(runs) == 2:
            self._say(compare_html(runs[0], runs[1], self.defaults))
        elif runs:
            self._say(f"<p>{len(runs)} runs are chosen. Choose one for its details, two for a comparison.</p>")
        else:
            self._say("<p>No run is looked at.</p>")
        self._curves.layout.display = "none"
        self._link("")

    def _show_run(self, run: BoardRun, curves: bool) -> None:
        if self._reader is None or self._reader.folder != Path(run.folder):
            self._reader = LiveReader(run.folder)
        new = self._history.attrs.get("run") != run.key
        sentences = self._progress(run, self._reader)
        self._say(run_html(run, self.defaults, sentences, _last_words(run)))
        self._link(links_markdown(run))
        if not curves:
            if new:
                self._curves.layout.display = "none"
            return
        if new or run.state in _MOVES or self._history.attrs.get("state") != run.state:
            self._history = self._reader.history()
            self._history.attrs |= {"run": run.key, "state": run.state}
            self._offer_curves(new)
        elif self._curves.layout.display == "none":  # others were looked at meanwhile
            self._offer_curves(False)

    def _progress(self, run: BoardRun, reader: LiveReader) -> list[str]:
        progress = reader.progress()
        self._unit = progress.unit if progress.unit != "part" else progress.kind_of_done()
        self._total = progress.total
        if run.state not in ("running", "interrupted", "failed"):
            return []
        said = [progress.sentence(), progress.scores()]
        job = job_of(run)
        if run.state == "running":
            since = f"Running for {duration(_seconds_since(run.started))}." if run.started else ""
            said = [since, *said]
            last = log_tail(job, 1).strip() if job is not None and is_alive(job) else ""
            said += [f"Its process says: {last}"] if last else []
        elif job is not None and job.cancelled:
            said.append(f"Cancelled {job.cancelled}. Resume goes on from what is finished.")
        return said

    def _offer_curves(self, new: bool) -> None:
        names = live_names(self._history)
        self._curves.layout.display = "" if names else "none"
        if not names:
            return
        parts = [(f"all {self._unit}s", ""), *((name, name) for name in dict.fromkeys(self._history["part"]))]
        self.part.description = self._unit.capitalize()
        self._offer(self.curve, [(curve_name(name), name) for name in names], names[0] if new else None)
        self._offer(self.part, parts, "" if new else None)
        self._draw()

    def _offer(self, dropdown: ipywidgets.Dropdown, options: list[tuple[str, str]], first: str | None) -> None:
        """Other options, of which what was chosen stays chosen; ``first`` is chosen where another run is looked at."""
        values = [value for _, value in options]
        kept = dropdown.value if first is None and dropdown.value in values else values[0]
        dropdown.unobserve(self._draw, "value")
        if dropdown.options != tuple(options):
            dropdown.options = options
        dropdown.value = kept
        dropdown.observe(self._draw, "value")

    def _draw(self, _change: object = None) -> None:
        run = self._run
        if run is not None and self.curve.value is not None:
            name = f"{run.study} / {run.run}"
            curves = live_curves(
                self._history,
                self.curve.value,
                synthetic=run.synthetic,
                run=name,
                unit=self._unit,
                total=self._total,
                part=self.part.value or "",
            )
            self.plot.curves = curves
            self.said.value = f"<p>{html.escape(curves['words'])}</p>"

    def _say(self, text: str) -> None:
        if self.words.value != text:  # else an opened list of parameters would close at every look
            self.words.value = text

    def _link(self, markdown: str) -> None:
        if self._linked != markdown:
            self._linked = markdown
            data = {"text/markdown": markdown, "text/plain": markdown}
            output = {"output_type": "display_data", "data": data, "metadata": {}}
            self.links.outputs = (output,) if markdown else ()


def _last_words(run: BoardRun) -> str:
    """What the process of an interrupted run printed last, unless it was cancelled; of one not begun, its error."""
    job = job_of(run) if run.state in ("interrupted", "would run") else None
    if job is None or job.cancelled or is_alive(job):
        return ""
    said = log_tail(job)
    return said if run.state == "interrupted" or "Error" in said else ""


def _seconds_since(started: str) -> float:
    from datetime import UTC, datetime

    try:
        return max(0.0, time.time() - datetime.strptime(started, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0.0
