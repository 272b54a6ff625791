"""One output that is a view for a live notebook and a picture for everybody else."""

import ipywidgets
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mer.core.errors import InputError
from mer.widgets.beside import show_widget

VIEW = "application/vnd.jupyter.widget-view+json"
WORDS = {"title": "A line", "caption": "It rises.", "alt": "A rising line."}


def line():
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([1, 2])
    return figure


@pytest.fixture
def shown(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    return shown


def test_one_output_holds_the_view_and_the_picture(tmp_path, shown):
    widget = ipywidgets.Button(description="x")
    show_widget(widget, line(), "view", tmp_path, **WORDS)
    ((data, options),) = shown
    assert options == {"raw": True}
    assert data[VIEW] == {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    assert 'alt="A rising line."' in data["text/html"] and 'data-figure="view"' in data["text/html"]
    assert "It rises." in data["text/html"] and "still" in data["text/html"]
    assert data["image/png"] and data["text/plain"].startswith("A rising line.")


def test_the_picture_is_a_figure_of_the_run_with_its_numbers(tmp_path, shown):
    files = show_widget(ipywidgets.Button(), line(), "view", tmp_path, data=pd.DataFrame({"y": [1, 2]}), **WORDS)
    assert files.png.is_file() and files.pdf.is_file() and files.svg.is_file()
    assert files.csv[0].read_text() == "y\n1\n2\n"


def test_nothing_is_shown_without_words(tmp_path, shown):
    with pytest.raises(InputError, match="alt"):
        show_widget(ipywidgets.Button(), line(), "view", tmp_path, **(WORDS | {"alt": ""}))
    assert not shown
