"""The lower half of the run board: one run with its curves and links, or two runs side by side."""

import time
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd

from mer.runs.background import is_alive, log_tail
from mer.runs.board_actions import job_of
from mer.runs.board_details import compare_html, links_markdown, run_html
from mer.runs.board_live import LiveReader
from mer.runs.board_rows import BoardRun
from mer.runs.board_tables import Defaults
from mer.runs.console import duration

#: States in which a run may have written curves since the last look.
_MOVES = ("running",)


class DetailsView(ipywidgets.VBox):
    """What the board shows of the run looked at.

    Attributes:
        words: state, scores, parameters, errors (HTML).
        links: to the run's files, as JupyterLab opens them.
        curve: which curve is drawn.
        plot: the curves (`plotly.graph_objects.FigureWidget`), made when there is something to draw.
        said: the curves in words.
    """

    def __init__(self, defaults: Defaults) -> None:
        self.defaults = defaults
        self.words, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.links = ipywidgets.Output()
        self.curve = ipywidgets.Dropdown(description="Curve", options=[], layout=ipywidgets.Layout(width="260px"))
        self.plot: Any = None
        self._curves = ipywidgets.VBox([self.curve, self.said], layout=ipywidgets.Layout(display="none"))
        self._reader: LiveReader | None = None
        self._history = pd.DataFrame()
        self._run: BoardRun | None = None
        self._linked: str | None = None
        super().__init__([self.words, self.links, self._curves])
        self.curve.observe(self._draw, "value")

    def show(self, runs: list[BoardRun], curves: bool = True) -> None:
        """Show one run, two side by side, or a sentence for none and for more.

        Args:
            runs: what is looked at.
            curves: with the curves of a run that has some; drawing the first takes a second or two, for plotly loads.
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
            return
        if new or run.state in _MOVES or self._history.attrs.get("state") != run.state:
            self._history = self._reader.history()
            self._history.attrs |= {"run": run.key, "state": run.state}
            self._offer_curves()

    def _progress(self, run: BoardRun, reader: LiveReader) -> list[str]:
        if run.state not in ("running", "interrupted", "failed"):
            return []
        progress = reader.progress()
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

    def _offer_curves(self) -> None:
        from mer.figures.plots.live import live_names

        names = live_names(self._history)
        self._curves.layout.display = "" if names else "none"
        if not names:
            return
        kept = self.curve.value if self.curve.value in names else names[0]
        if self.curve.options != tuple(names):
            self.curve.unobserve(self._draw, "value")
            self.curve.options = names
            self.curve.value = kept
            self.curve.observe(self._draw, "value")
        self._draw()

    def _draw(self, _change: object = None) -> None:
        from mer.figures.plots.live import live_plot, live_words

        run, curve = self._run, self.curve.value
        if run is None or curve is None:
            return
        name = f"{run.study} / {run.run}"
        figure = live_plot(self._history, curve, synthetic=bool(run.synthetic), run=name)
        if self.plot is None:
            import plotly.graph_objects as go

            self.plot = go.FigureWidget()
            self.plot._config = {"displayModeBar": False, "responsive": True}
            self._curves.children = (self.curve, self.plot, self.said)
        with self.plot.batch_update():
            if [trace.name for trace in self.plot.data] == [trace.name for trace in figure.data]:
                for old, trace in zip(self.plot.data, figure.data, strict=True):
                    old.x, old.y = trace.x, trace.y
            else:
                self.plot.data = ()
                self.plot.add_traces(figure.data)
            self.plot.update_layout(figure.layout, overwrite=True)
        self.said.value = f"<p>{live_words(self._history, curve)}</p>"

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
