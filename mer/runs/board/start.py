"""The run board's form for a single run: a notebook and its parameters, checked before anything starts."""

import html
from collections.abc import Callable

import ipywidgets

from mer.core.errors import InputError
from mer.core.paths import notebooks_dir
from mer.runs.board.actions import check_run, notebook_names, parse_values, start_run
from mer.runs.jobs import Job
from mer.runs.notebook import RUN_DIR, read_notebook
from mer.widgets.parts.guard import guarded
from mer.widgets.parts.notice import Notice


class StartForm(ipywidgets.VBox):
    """Choose a notebook, type parameters, check, start.

    Attributes:
        notebook: dropdown of the notebooks.
        values: text field, one ``name=value`` a line.
        check: button that only checks.
        start: button that starts the run.
        notice: what is wrong with the parameters, or what was started.
    """

    def __init__(self, started: Callable[[Job], None]) -> None:
        """``started`` is called with the job that was started."""
        self._started = started
        self.notice = Notice()
        names = notebook_names(notebooks_dir())
        self.notebook = ipywidgets.Dropdown(
            description="Notebook", options=names, value=None, layout=ipywidgets.Layout(width="320px")
        )
        self.values = ipywidgets.Textarea(
            description="Parameters",
            placeholder="one name=value a line, for instance seed=1",
            layout=ipywidgets.Layout(width="100%", max_width="640px", height="84px"),
        )
        self.known = ipywidgets.HTML()
        self.check = ipywidgets.Button(description="Check", tooltip="Check the parameters; start nothing")
        self.start = ipywidgets.Button(description="Start run", tooltip="Start this notebook in the background")
        super().__init__(
            [
                ipywidgets.HTML("<h3>A single notebook</h3>"),
                self.notebook,
                self.values,
                self.known,
                ipywidgets.HBox([self.check, self.start]),
                self.notice,
            ]
        )
        self.add_class("mer-start-form")
        self.notebook.observe(self._list_parameters, "value")
        self.values.observe(self._edited, "value")
        self.check.on_click(self._check)
        self.start.on_click(self._start)

    @guarded
    def _list_parameters(self, _change: object = None) -> None:
        self.notice.clear()
        self.known.value = ""
        if self.notebook.value is None:
            return
        known = read_notebook(self.notebook.value).parameters.values()
        rows = [
            f"<li><code>{html.escape(one.name)}</code>: {html.escape(one.expected())}, "
            f"default <code>{html.escape(repr(one.default))}</code></li>"
            for one in known
            if one.name != RUN_DIR
        ]
        self.known.value = f"<details><summary>{len(rows)} parameters</summary><ul>{''.join(rows)}</ul></details>"

    def _edited(self, _change: object) -> None:
        self.notice.clear()  # it was about what stood there before

    @guarded
    def _check(self, _button: object) -> None:
        name = check_run(self._chosen(), parse_values(self.values.value))
        self.notice.say(f"All parameters are valid. The run would be single / {name}.")

    @guarded
    def _start(self, _button: object) -> None:
        job = start_run(self._chosen(), parse_values(self.values.value))
        self.notice.say(f"Started single / {job.label} (process {job.pid}).")
        self._started(job)

    def _chosen(self) -> str:
        if self.notebook.value is None:
            raise InputError("No notebook is chosen. Choose one in the list above.")
        return str(self.notebook.value)
