"""Points of a plot chosen and ringed without plotly drawing all anew: what is then to be seen."""

import io

import numpy as np
import pytest
from PIL import Image

PLOT = """import plotly.graph_objects as go
from mer.widgets.parts.plot import Plot
def made(kind, chosen=None):
    marker = {"size": 14, "color": [0, 1, 2, 1, 0], "colorscale": "Viridis", "symbol": ["x", "circle"] * 2 + ["x"]}
    trace = kind(x=[0, 1, 2, 3, 4], y=[1, 3, 2, 4, 0], mode="markers", marker=marker, selectedpoints=chosen)
    trace.update(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 0.12}}, showlegend=False)
    layout = {"width": 420, "height": 300, "template": "plotly_white", "dragmode": "lasso"}
    return Plot(go.Figure([trace], layout))
"""
POINTS = list(zip([0, 1, 2, 3, 4], [1, 3, 2, 4, 0], strict=True))


def seen(notebook, view):
    """Pixels of the part of a plot that holds its points, int16 (H, W, 3)."""
    notebook.settle()
    view.locator(".nsewdrag").scroll_into_view_if_needed()
    area = view.locator(".nsewdrag").bounding_box()
    picture = Image.open(io.BytesIO(notebook.page.screenshot(clip=area)))
    return np.asarray(picture.convert("RGB")).astype(np.int16)


@pytest.mark.parametrize("kind", ["Scattergl", "Scatter"])
def test_chosen_points_look_as_plotly_draws_them(open_notebook, kind):
    cells = [f"{PLOT}plot = made(go.{kind})\nplot", f"made(go.{kind}, [1, 4])", f"made(go.{kind}, [0])"]
    notebook = open_notebook("plot_choice", cells=cells).run_all()
    view = notebook.output(0)
    wanted = {(1, 4): seen(notebook, notebook.output(1)), (0,): seen(notebook, notebook.output(2))}
    wanted[None] = seen(notebook, view)
    assert all(np.abs(wanted[rows] - wanted[None]).max() > 90 for rows in [(1, 4), (0,)])
    for rows in [(1, 4), (0,), None, (0,), (0,), (1, 4), None]:
        notebook.kernel(f"plot.choose_points({rows})")
        assert np.abs(seen(notebook, view) - wanted[rows]).max() <= 24, rows  # edges of an SVG lie between pixels
    notebook.kernel("plot.choose_points([0])")
    notebook.kernel("plot.data[0].marker.size = 14.5")  # plotly draws all anew, and knows what is chosen
    drawn = view.locator(".js-plotly-plot").evaluate("plot => [...plot._fullData[0].selectedpoints]")
    assert drawn == [0]
    notebook.check()


def test_plotly_need_not_draw_anew_for_a_choice(open_notebook):
    notebook = open_notebook("plot_quick", cells=[f"{PLOT}plot = made(go.Scattergl)\nplot"]).run_all()
    plot = notebook.output(0).locator(".js-plotly-plot")
    plot.evaluate("plot => { plot.drawn = 0; plot.on('plotly_afterplot', () => plot.drawn++); }")
    notebook.kernel("plot.choose_points([2]); plot.ring((2, 2)); plot.choose_points(None)")
    notebook.settle()
    assert plot.evaluate("plot => plot.drawn") == 0
    notebook.kernel("plot.data[0].selectedpoints = [1]")
    notebook.settle()
    assert plot.evaluate("plot => plot.drawn") > 0  # what is counted is what plotly does itself


def test_what_is_chosen_while_the_plot_loads_is_shown(open_notebook):
    asked = "plot.on_msg(lambda _widget, content, _buffers: 'view' in content and plot.choose_points([3]))"
    notebook = open_notebook("plot_early", cells=[f"{PLOT}plot = made(go.Scattergl)\n{asked}\nplot"]).run_all()
    plot = notebook.output(0).locator(".js-plotly-plot")
    assert plot.evaluate("plot => [...(plot._fullData[0].selectedpoints ?? [])]") == [3]


def test_the_ring_follows_its_point(open_notebook):
    notebook = open_notebook("plot_ring", cells=[f"{PLOT}plot = made(go.Scattergl)\nplot"]).run_all()
    view = notebook.output(0)
    ring = view.locator(".mer-plot-ring")
    assert not ring.is_visible()
    for row in (0, 3):
        notebook.kernel(f"plot.choose_points([{row}]); plot.ring({POINTS[row]})")
        pixels = seen(notebook, view)
        ring.evaluate("ring => ring.style.opacity = 0")
        rows, columns = np.nonzero(seen(notebook, view).min(-1) < 120)  # the chosen point alone is dark
        ring.evaluate("ring => ring.style.opacity = 1")
        area, box = view.locator(".nsewdrag").bounding_box(), ring.bounding_box()
        assert box["x"] + box["width"] / 2 - area["x"] == pytest.approx(columns.mean(), abs=1.5)
        assert box["y"] + box["height"] / 2 - area["y"] == pytest.approx(rows.mean(), abs=1.5)
        assert (pixels.max(-1) < 60).sum() > 40  # the ring itself is to be seen
    plot = view.locator(".js-plotly-plot")
    before = ring.bounding_box()["x"]
    plot.evaluate("plot => Plotly.relayout(plot, {'xaxis.range': [2, 3.2]})")
    notebook.settle()
    assert ring.bounding_box()["x"] > before
    plot.evaluate("plot => Plotly.relayout(plot, {'xaxis.range': [0, 1]})")
    notebook.settle()
    assert not ring.is_visible()  # its point is out of sight
    plot.evaluate("plot => Plotly.relayout(plot, {'xaxis.autorange': true})")
    notebook.settle()
    assert ring.is_visible()
    notebook.kernel("plot.ring(None)")
    notebook.settle()
    assert not ring.is_visible()
