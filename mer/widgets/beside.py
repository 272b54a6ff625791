"""A widget and its still image in one output: a live notebook shows the view, every other reader the picture."""

from collections.abc import Mapping
from typing import Any

import ipywidgets
import pandas as pd
from matplotlib.figure import Figure

from mer.core.files import read_json
from mer.figures.save import FigureFiles, run_folder, save_figure, screen_width, still_bundle

_VIEW = "application/vnd.jupyter.widget-view+json"


def show_widget(
    widget: ipywidgets.Widget,
    figure: Figure,
    name: str,
    run: Any,
    *,
    title: str,
    caption: str,
    alt: str,
    data: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
) -> FigureFiles:
    """Show a widget, and save a figure that stands for it wherever no kernel serves the widget.

    The output holds both: JupyterLab with a kernel shows the widget; an exported page, an untrusted notebook, the
    report and readers of the bare file show the picture with its words.

    Args:
        widget: what a person works with.
        figure: drawn from the same data; saved as `mer.figures.save.save_figure` does, and closed.
        name, run, title, caption, alt, data: as for `mer.figures.save.show`.
    """
    from IPython.display import display

    files = save_figure(figure, name, run_folder(run), title=title, caption=caption, alt=alt, data=data)
    caption = read_json(files.record)["caption"]
    bundle = still_bundle(
        files.png.read_bytes(), alt=alt, width=screen_width(figure), caption=f"{caption} {_STANDS_FOR}", name=name
    )
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({**bundle, _VIEW: view}, raw=True)
    figure.clear()
    return files


_STANDS_FOR = "(A still: with a kernel in JupyterLab an interactive view stands here.)"
